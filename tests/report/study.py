"""A made-up study with completions and chains of thought, as the views and outs that a report reads."""

import random
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cot_distill.errors import UserError
from cot_distill.tables.experiments import Gathered
from cot_distill.tables.relations import connect
from cot_distill.tables.runs import Run

HOSTILE = (
    "<script>document.title='taken'</script></script><img src=x onerror=alert(1)>\u2028\u2029<!-- &lt; \x00"
    + "x" * 50_000
)
_LEVELS = (None, 0, 1, 2, 3, 4, 5, 6)
_RATES = (0.04, 0.10, 0.16, 0.19, 0.26, 0.23, 0.27, 0.22)


class Study:
    """Eight runs (untuned, answer only, levels 1 to 6) on `size` test problems, and `taught` training problems."""

    def __init__(self, size: int = 12, taught: int = 5, words: int = 12) -> None:
        self._taught = taught
        self._words = words
        self.runs = [_run(number, level) for number, level in enumerate(_LEVELS)]
        self.problems = [_problem("test", number) for number in range(size)]
        draw = random.Random(7)
        self.verdicts = [
            self._verdict(run, problem, draw.random() < rate)
            for run, rate in zip(self.runs, _RATES, strict=True)
            for problem in self.problems
        ]

    def connect(self, folder: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection with the relations, over verdicts that are written to the folder."""
        for run in self.runs:
            of_run = [row for row in self.verdicts if row["run_id"] == run["run_id"]]
            kept = [{name: value for name, value in row.items() if name != "run_id"} for row in of_run]
            run["path"] = str(folder / f"run-{run['run_id']}.parquet")
            run["untuned_path"] = None if run["role"] == "untuned" else str(folder / "run-0.parquet")
            pq.write_table(pa.Table.from_pylist(kept), run["path"])
        runs = [Run(**{name: value for name, value in run.items() if name != "run_id"}) for run in self.runs]
        return connect(Gathered(runs, ["exp-9: failed"]))

    def fetch(self, run: Any, out: str) -> list[dict[str, Any]]:
        """An out of a run."""
        if out == "data/problems/test.parquet":
            return self.problems
        training = [_problem("train", number) for number in range(self._taught)]
        if out == "data/problems/train.parquet":
            return training
        if out != "data/examples/rationales.parquet" or run["role"] != "tuned":
            raise UserError(f"{run['run']} has no {out}")
        return [
            {
                "problem_id": problem["id"],
                "text": "" if run["granularity"] == "0" else f"Level {run['granularity']}: {self._thought(problem)}",
                "stated_answer": problem["gold"],
                "verified": True,
            }
            for problem in training
        ]

    def _verdict(self, run: dict[str, Any], problem: dict[str, Any], correct: bool) -> dict[str, Any]:
        answer = problem["gold"] if correct else str(int(problem["gold"]) + 1)
        return {
            "run_id": run["run_id"],
            "problem_id": problem["id"],
            "sample": 0,
            "correct": correct,
            "answered": True,
            "ambiguous": False,
            "contains_gold": correct,
            "truncated": False,
            "new_tokens": 40,
            "predicted": answer,
            "gold": problem["gold"],
            "read_by": "sentence",
            "completion": f"{self._thought(problem)} {run['run']} says so. The answer is {answer}.",
        }

    def _thought(self, problem: dict[str, Any]) -> str:
        draw = random.Random(problem["id"] + str(self._words))
        return " ".join(
            draw.choice(("count", "the", "apples", "then", "add", "what", "is", "left")) for _ in range(self._words)
        )


def _run(number: int, level: int | None) -> dict[str, Any]:
    shared = {"dataset": "svamp", "student": "small", "test_set": "t", "grader": "g", "rev": "c" * 40, "run_id": number}
    if level is None:
        told = {"run": "-", "role": "untuned", "pool": "untuned", "untuned_pool": None}
        return {**shared, **told, **dict.fromkeys(("teacher", "granularity", "format", "seed"))}
    return {
        **shared,
        "run": f"run-{number}",
        "role": "tuned",
        "source": "experiment",
        "trained_on": "svamp",
        "teacher": "solver" if level else None,
        "granularity": str(level),
        "format": "original" if level else None,
        "seed": 100,
        "pool": f"pool-{number}",
        "untuned_pool": "untuned",
        "supervision": {"examples": 700, "verified_rate": 1.0, "mean_words": 20.0 * level, "mean_steps": 1.0 * level},
    }


def _problem(split: str, number: int) -> dict[str, Any]:
    return {
        "id": f"svamp-{split}-{number:04}",
        "question": f"Ann has {number + 3} apples and eats {number % 3}. How many apples has she left on day {number}?",
        "choices": None,
        "gold": str(number + 3 - number % 3),
    }
