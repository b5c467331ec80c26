"""The one way that an answer is read: the contract first, strictly; then, of a text that is whole, one plain fallback."""

import dataclasses
import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from cot_distill.grading import contract, thoughts

CONTRACT = ("boxed", "hashes", "answer_line", "whole")
"""The steps that read a stated answer; every other step is a fallback."""
_LONGEST_WHOLE = 200


class Undecided(enum.Enum):
    """What a statement may be instead of an answer; it ends the search."""

    REFUSED = "no_answer"
    SEVERAL = "several_answers"


Found = str | Undecided | None
"""An answer in canonical form, what a statement is instead, or None where it is about something else."""


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """What is known of a question."""

    choices: tuple[str, ...] = ()
    """The texts of its choices in letter order."""
    labels: tuple[str, ...] = ()
    """What the choices are called where not A, B, C: "1", "2"."""
    question: str = ""
    text: str = ""
    """The whole text that is read; a statement of several numbers means the one that its equations came to."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a text."""

    answer: str | None
    """In canonical form; None where no single answer was found."""
    step: str | None
    """The step that found it, or None."""
    ambiguous: bool = False
    """Whether different answers were stated: the last one counts, and none where they stand in one statement."""
    stated: bool = False
    """Whether the answer was stated by the contract rather than read by a fallback."""
    reason: str | None = None
    """Why there is no answer: `no_answer`, `several_answers`, or `truncated` (cut before any was stated)."""


class Kind(Protocol):
    """What each kind of answer brings; a module with these names is one."""

    FALLBACKS: Sequence[Callable[[str, Given], Found]]
    """Tried in order on a whole text that states nothing."""

    @staticmethod
    def stated(said: str, given: Given) -> Found:
        """The answer that a statement gives."""

    @staticmethod
    def joined(said: Sequence[str], given: Given) -> Found:
        """The answer that several boxes in a row give."""

    @staticmethod
    def whole(said: str, given: Given) -> Found:
        """The answer that a text is, and nothing else; None for a text that says more."""


def read(text: str, kind: Kind, given: Given, truncated: bool | None = None) -> Reading:
    """The answer of a completion. `truncated` says whether it was cut at its token cap; None where nobody knows, and
    then a text that breaks off in the middle of a sentence is taken for cut. A cut text has no fallback."""
    parts = thoughts.split(text)
    said = contract.before_next_problem(parts.text)
    cut = contract.breaks_off(said) if truncated is None else truncated
    if not said.strip() and not parts.finished:  # it never stopped thinking, but may have stated its answer
        said = parts.thoughts
        cut = contract.breaks_off(said) or bool(truncated)
        found = None if cut else _by_contract(said, kind, given)
        return found or Reading(None, None, reason="truncated" if cut else "no_answer")
    found = _by_contract(said, kind, given)
    if found is not None:
        return found
    if cut or not parts.finished:
        return Reading(None, None, reason="truncated")
    for fallback in kind.FALLBACKS:
        answer = fallback(said, given)
        if isinstance(answer, str):
            return Reading(answer, fallback.__name__)
        if answer is not None:
            return Reading(None, None, answer is Undecided.SEVERAL, reason=answer.value)
    return Reading(None, None, reason="no_answer")


def _by_contract(text: str, kind: Kind, given: Given) -> Reading | None:
    """What the contract says, or None where nothing is stated."""
    boxes = contract.boxed(text)
    if boxes is None:
        return Reading(None, None, reason="no_answer")
    if boxes:
        found = kind.stated(boxes[0], given) if len(boxes) == 1 else kind.joined(boxes, given)
        if found is not None:
            return _as_reading("boxed", [found])
    for step, statements in (
        ("hashes", (said for said in contract.hashes(text))),
        ("answer_line", contract.stated(text, bool(given.choices))),
    ):
        answers = [found for said in statements if (found := kind.stated(said, given)) is not None]
        if answers:
            return _as_reading(step, answers)
    found = kind.whole(text.strip(), given) if len(text) <= _LONGEST_WHOLE else None
    return None if found is None else _as_reading("whole", [found])


def _as_reading(step: str, answers: Sequence[str | Undecided]) -> Reading:
    first = answers[0]
    if isinstance(first, Undecided):
        return Reading(None, None, first is Undecided.SEVERAL, reason=first.value)
    return Reading(first, step, len(set(answers)) > 1, stated=True)
