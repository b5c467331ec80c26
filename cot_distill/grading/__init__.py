"""Grading: reading the answer that a text states, and comparing it with gold. One module per kind of answer."""

import dataclasses
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading import boolean, latex, letter, number

KINDS = ("number", "letter", "boolean", "latex")


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a text: the answer in canonical form (None: none found) and the step that found it."""

    answer: str | None
    step: str | None


def state(answer: str) -> str:
    """The answer line that examples end with."""
    return f"The answer is {answer}."


def read(text: str, answer_kind: str, choices: Sequence[str] | None = None) -> Reading:
    """Read the answer from a completion; `choices` are the texts of a letter's choices in their order.

    Raises UserError for an unknown answer kind.
    """
    _check(answer_kind)
    if answer_kind == "number":
        found = number.read(text)
    elif answer_kind == "letter":
        found = letter.read(text, choices)
    elif answer_kind == "boolean":
        found = boolean.read(text)
    else:
        found = latex.read(text)
    return Reading(*found) if found else Reading(None, None)


def canonical(answer: str, answer_kind: str, choices: Sequence[str] | None = None) -> str | None:
    """The canonical form of a stated answer, or None where it is not of the kind. Raises as `read` does."""
    _check(answer_kind)
    if answer_kind == "number":
        return number.canonical(answer)
    if answer_kind == "letter":
        return letter.canonical(answer, choices)
    if answer_kind == "boolean":
        return boolean.canonical(answer)
    return latex.canonical(answer)


def equal(answer: str, gold: str, answer_kind: str) -> bool:
    """Whether two canonical answers are the same. Raises as `read` does."""
    _check(answer_kind)
    if answer_kind == "number":
        return number.equal(answer, gold)
    if answer_kind == "latex":
        return latex.equal(answer, gold)
    return answer == gold


def _check(answer_kind: str) -> None:
    if answer_kind not in KINDS:
        raise UserError(f"answer kind {answer_kind!r} is unknown; valid: {', '.join(KINDS)}")
