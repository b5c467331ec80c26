"""The students' results in another benchmark: one table for each benchmark, and its metrics."""

import dataclasses
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

from cot_distill.evaluation.statistics import wilson
from cot_distill.records import Key

ROLES = ("untuned", "tuned")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a student got a question right."""

    question: str
    """The question's part of the benchmark and its index there, from 0: `virology/00012`."""
    role: str
    right: bool
    source: str
    """The file or hub repository that the question comes from."""

    @property
    def key(self) -> Key:
        return self.question, self.role

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.role not in ROLES:
            yield "role", f"is {self.role!r}, not one of {', '.join(ROLES)}"


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The metrics of one student in a benchmark: `n` questions (at least one), `parts`, and `accuracy` with its
    standard error and Wilson interval at 95%."""
    n, right = len(outcomes), sum(outcome.right for outcome in outcomes)
    accuracy = right / n
    low, high = wilson(right, n)
    return {
        "n": n,
        "parts": len({outcome.question.rpartition("/")[0] for outcome in outcomes}),
        "accuracy": accuracy,
        # As in lm-eval: from the sample variance, which a single question does not have.
        "standard_error": sqrt(accuracy * (1 - accuracy) / (n - 1)) if n > 1 else None,
        "low": low,
        "high": high,
    }
