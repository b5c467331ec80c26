"""The relations over runs that are spelled out: a digit a problem, 1 for a right answer."""

from typing import Any

import duckdb
import pyarrow as pa

from cot_distill.tables.relations import pool

_RUNS = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("run", "rev", "source", "role", "dataset", "trained_on", "student", "teacher")
        ),
        *(
            (name, pa.string())
            for name in (
                "granularity",
                "format",
                "selection",
                "pool",
                "test_set",
                "grader",
                "path",
                "setting",
                "params",
                "stale",
                "split",
            )
        ),
        *((name, pa.int64()) for name in ("run_id", "seed", "untuned_id", "examples", "max_new_tokens")),
        *((name, pa.float64()) for name in ("verified_rate", "mean_words", "mean_steps", "mean_tokens", "distinct_2")),
    ]
)


class Synthetic:
    """Collects runs, then opens a connection with the two views."""

    def __init__(self) -> None:
        self._runs: list[dict[str, Any]] = []
        self._verdicts: list[dict[str, Any]] = []

    def untuned(self, right: str, dataset: str = "svamp", student: str = "small", **other: Any) -> None:
        """Add an untuned student."""
        self._add(right, {"role": "untuned", "dataset": dataset, "student": student, **other})

    def tuned(self, granularity: int | str | None, *rights: str, **other: Any) -> None:
        """Add an arm, a run for each of `rights`, whose seeds are 0, 1, …"""
        answer_only = granularity == 0
        run = {
            "role": "tuned",
            "dataset": "svamp",
            "student": "small",
            "teacher": None if answer_only else "solver",
            "granularity": None if granularity is None else str(granularity),
            "format": None if answer_only else "original",
            "examples": 100,
            "verified_rate": 1.0,
            "mean_words": 50.0,
            **other,
        }
        run = {"trained_on": run["dataset"], **run}
        for seed, right in enumerate(rights):
            self._add(right, {**run, "seed": seed})

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with the views over what was added."""
        connection = duckdb.connect()
        verdicts = pa.Table.from_pylist(
            self._verdicts,
            pa.schema(
                [
                    ("run_id", pa.int64()),
                    ("problem_id", pa.string()),
                    ("sample", pa.int64()),
                    ("gold", pa.string()),
                    ("longest", pa.bool_()),
                    ("correct", pa.bool_()),
                    ("answered", pa.bool_()),
                    ("stated", pa.bool_()),
                    ("truncated", pa.bool_()),
                    ("unclosed", pa.bool_()),
                    ("new_tokens", pa.int64()),
                ]
            ),
        )
        connection.register("all_runs", pa.Table.from_pylist(self._runs, _RUNS))
        connection.register("all_verdicts", verdicts)
        connection.execute("CREATE VIEW runs AS FROM all_runs")
        connection.execute("CREATE VIEW verdicts AS FROM all_verdicts")
        connection.execute("CREATE VIEW test_problems AS SELECT DISTINCT problem_id FROM verdicts")
        connection.execute("CREATE TABLE left_out (why VARCHAR, lost BOOLEAN)")
        pool(connection)
        return connection

    def _untuned(self, run: dict[str, Any]) -> int | None:
        """The last untuned run of the same student and dataset, for one that is tuned."""
        names = ("dataset", "student")
        known = [
            one["run_id"] for one in self._runs if one["role"] == "untuned" and all(one[n] == run[n] for n in names)
        ]
        return known[-1] if known and run["role"] == "tuned" else None

    def _add(self, right: str, run: dict[str, Any]) -> None:
        run_id, unstated = len(self._runs), run.pop("unstated", ())
        arm = {name: value for name, value in run.items() if name not in ("seed", "run")}
        defaults = {
            "run": f"run-{run_id}",
            "rev": "0" * 40,
            "source": "experiment",
            "pool": str(arm),
            "grader": "g",
            "params": "{}",
            "split": "test",
        }
        asked = {"run_id": run_id, "test_set": f"{len(right)} problems", "setting": "s"}
        self._runs.append({**asked, "untuned_id": self._untuned(run), **defaults, **run})
        self._verdicts += [
            {
                "run_id": run_id,
                "problem_id": f"p-{number:04}",
                "sample": 0,
                "gold": str(number),
                "correct": digit == "1",
                "answered": True,
                "stated": number not in unstated,
                "truncated": False,
                "new_tokens": 40,
            }
            for number, digit in enumerate(right)
        ]
