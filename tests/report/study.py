"""A made-up study with completions and chains of thought, as the views and outs that a report reads."""

import random
from typing import Any

import duckdb
import pyarrow as pa

from cot_distill.errors import UserError

HOSTILE = (
    "<script>document.title='taken'</script></script><img src=x onerror=alert(1)>\u2028\u2029<!-- &lt; \x00 \ud83d"
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

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with the views."""
        connection = duckdb.connect()
        for name, rows in (("runs", self.runs), ("verdicts", self.verdicts)):
            table = pa.Table.from_pylist(rows)
            connection.register(f"all_{name}", table)
            connection.execute(f"CREATE VIEW {name} AS FROM all_{name}")
        return connection

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
    tuned = number > 0
    return {
        "run_id": number,
        "run": f"run-{number}" if tuned else "-",
        "rev": "0" * 40,
        "source": "experiment",
        "role": "tuned" if tuned else "untuned",
        "dataset": "svamp",
        "trained_on": "svamp" if tuned else None,
        "student": "small",
        "teacher": "solver" if level else None,
        "granularity": str(level) if tuned else None,
        "format": "original" if level else None,
        "seed": 100 if tuned else None,
        "pool": f"pool-{number}",
        "untuned_id": 0 if tuned else None,
        "test_set": "t",
        "grader": "g",
        "setting": "s",
        "max_new_tokens": 256,
        "params": "{}",
        "examples": 700 if tuned else None,
        "verified_rate": 1.0 if tuned else None,
        "mean_words": 20.0 * (level or 0) if tuned else None,
        "mean_steps": 1.0 * (level or 0) if tuned else None,
        "mean_tokens": 30.0 * (level or 0) if tuned else None,
        **dict.fromkeys(
            ("vocabulary", "distinct_1", "distinct_2", "distinct_3", "compression_ratio"), 0.5 if tuned else None
        ),
        "path": f"run-{number}.parquet",
    }


def _problem(split: str, number: int) -> dict[str, Any]:
    return {
        "id": f"svamp-{split}-{number:04}",
        "question": f"Ann has {number + 3} apples and eats {number % 3}. How many apples has she left on day {number}?",
        "choices": None,
        "gold": str(number + 3 - number % 3),
    }
