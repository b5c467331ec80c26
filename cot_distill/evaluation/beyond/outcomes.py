"""What the students got right beyond their benchmark: one table a benchmark, and the numbers that follow from it."""

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
    """Its part of the benchmark and its place there, from 0: `virology/00012`."""
    role: str
    right: bool
    source: str
    """The file, or the hub's repository, that the question comes from."""

    @property
    def key(self) -> Key:
        return self.question, self.role

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.role not in ROLES:
            yield "role", f"is {self.role!r}, not one of {', '.join(ROLES)}"


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The metrics of one student in a benchmark: `n` questions (at least one) of so many `parts`, `accuracy` with its
    standard error and Wilson interval at 95%."""
    n, right = len(outcomes), sum(outcome.right for outcome in outcomes)
    accuracy = right / n
    low, high = wilson(right, n)
    return {
        "n": n,
        "parts": len({outcome.question.rpartition("/")[0] for outcome in outcomes}),
        "accuracy": accuracy,
        # As lm-eval has it: from the sample's variance, which one question does not have.
        "standard_error": sqrt(accuracy * (1 - accuracy) / (n - 1)) if n > 1 else None,
        "low": low,
        "high": high,
    }
