"""What the students got right beyond their benchmark: one table a benchmark, and the numbers that follow from it."""

import dataclasses
from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import mcnemar, wilson
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


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table `path`; see `cot_distill.records.write`."""
    records.write(path, outcomes, Outcome)


def read(path: Path) -> list[Outcome]:
    """Read the table `path`; see `cot_distill.records.read`."""
    return records.read(path, Outcome)


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The metrics of a benchmark: `n` questions of so many `parts`; for each role `accuracy` with its standard error
    and Wilson interval at 95%; the `gain` of training and its exact McNemar p-value, `mcnemar_p`.

    Raises UserError where the roles were not asked the same questions.
    """
    right = {role: {outcome.question: outcome.right for outcome in outcomes if outcome.role == role} for role in ROLES}
    untuned, tuned = (right[role] for role in ROLES)
    if not tuned or untuned.keys() != tuned.keys():
        raise UserError(
            "the untuned student was asked other questions than the tuned one; delete data/beyond and run `dvc repro`"
        )
    only_tuned = sum(tuned[question] and not untuned[question] for question in tuned)
    only_untuned = sum(untuned[question] and not tuned[question] for question in tuned)
    return {
        "n": len(tuned),
        "parts": len({question.rpartition("/")[0] for question in tuned}),
        "tuned": _accuracy(list(tuned.values())),
        "untuned": _accuracy(list(untuned.values())),
        "gain": (only_tuned - only_untuned) / len(tuned),
        "mcnemar_p": mcnemar(only_tuned, only_untuned),
    }


def _accuracy(right: Sequence[bool]) -> dict[str, float | None]:
    n, accuracy = len(right), sum(right) / len(right)
    low, high = wilson(sum(right), n)
    return {
        "accuracy": accuracy,
        # As lm-eval has it: from the sample's variance, which one question does not have.
        "standard_error": sqrt(accuracy * (1 - accuracy) / (n - 1)) if n > 1 else None,
        "low": low,
        "high": high,
    }
