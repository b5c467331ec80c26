"""Grading: reading the answer that a text states, and comparing it with gold."""

import dataclasses

from cot_distill.errors import UserError
from cot_distill.grading import number


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a text: the answer in canonical form (None: none found) and the step that found it."""

    answer: str | None
    step: str | None


def state(answer: str) -> str:
    """The answer line that examples end with."""
    return f"The answer is {answer}."


def read(text: str, answer_kind: str) -> Reading:
    """Read the answer from a completion. Raises UserError for an answer kind that has no reader."""
    _supported(answer_kind)
    found = number.read(text)
    return Reading(*found) if found else Reading(None, None)


def canonical(answer: str, answer_kind: str) -> str | None:
    """The canonical form of a benchmark's gold, or None where it is not of the kind. Raises as `read` does."""
    _supported(answer_kind)
    return number.canonical(answer)


def equal(answer: str, gold: str, answer_kind: str) -> bool:
    """Whether two canonical answers are the same. Raises as `read` does."""
    _supported(answer_kind)
    return number.equal(answer, gold)


def _supported(answer_kind: str) -> None:
    if answer_kind != "number":
        raise UserError(f"answer kind {answer_kind!r} cannot be graded; this version grades: number")
