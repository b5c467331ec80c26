"""How every answer is read: first by the contract; then, if the text is whole, by the plain fallback of its kind."""

import dataclasses
import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cot_distill.grading import contract, thoughts

_LONGEST_WHOLE = 200


class Undecided(enum.Enum):
    """The results of a statement without an answer. Such a statement ends the search."""

    REFUSED = "no_answer"
    SEVERAL = "several_answers"


Found = str | Undecided | None
"""An answer in canonical form; `Undecided` if the statement gives none; None if it is about something else."""


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """The facts of a question that reading may use."""

    choices: tuple[str, ...] = ()
    """The texts of the question's choices in letter order."""
    labels: tuple[str, ...] = ()
    """The names of the choices if these are not A, B, C: "1", "2"."""
    question: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a text."""

    answer: str | None
    """The answer in canonical form; None if no single answer was found."""
    step: str | None
    """The step that found the answer, or None."""
    ambiguous: bool = False
    """Whether different answers were stated. The last one counts, or none if one statement has several."""
    stated: bool = False
    """Whether the contract found the answer, and not a fallback."""
    reason: str | None = None
    """Why there is no answer: `no_answer`, `several_answers`, or `truncated` (cut before any was stated)."""


Fallback = Callable[[Any, str, Given], Found]


class Kind:
    """A kind of answer: how a statement is read, and which fallbacks read a whole text that states nothing."""

    fallbacks: Sequence[Fallback] = ()
    """The fallbacks, in the order in which they are tried. The names are those of the steps."""

    def stated(self, said: str, given: Given) -> Found:
        """The answer that a statement gives."""
        raise NotImplementedError

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The answer of a row of boxes; several different ones give none."""
        found = {_stated(one, self, given) for one in boxes}
        return found.pop() if len(found) == 1 else Undecided.SEVERAL

    def whole(self, said: str, given: Given) -> Found:
        """The answer of a short text that is only an answer."""
        raise NotImplementedError

    def canonical(self, said: str, given: Given) -> str | None:
        """The canonical form of an answer; None if it is not of this kind."""
        found = self.stated(said, given) if said.strip() else None
        return found if isinstance(found, str) else None

    def equal(self, answer: str, gold: str) -> bool:
        """Whether two canonical answers are the same."""
        return answer == gold


def read(text: str, kind: Kind, given: Given, truncated: bool | None = None) -> Reading:
    """Read the answer of a completion. `truncated` says whether it was cut at its token cap; if that is unknown (None),
    a text that breaks off in the middle of a sentence counts as cut. Fallbacks do not read a cut text, nor one whose
    thoughts did not end: "<think>So it is 6." has no answer."""
    parts = thoughts.split(text)
    said = contract.before_next_problem(parts.text)
    if (found := _by_contract(said, kind, given)) is not None:
        return found
    cut = contract.breaks_off(said) if truncated is None else truncated
    if cut or not parts.finished:
        return Reading(None, None, reason="truncated")
    for fallback in kind.fallbacks:
        if (answer := fallback(kind, said, given)) is not None:
            return _as_reading(fallback.__name__, [answer], False)
    return Reading(None, None, reason="no_answer")


def _by_contract(text: str, kind: Kind, given: Given) -> Reading | None:
    """The contract's reading; None if nothing is stated."""
    boxes = contract.boxed(text)
    if boxes is None:
        return Reading(None, None, reason="no_answer")
    if boxes and (found := kind.boxed(boxes, given)) is not None:
        return _as_reading("boxed", [found])
    statements: dict[str, Iterable[str]] = {
        "hashes": contract.hashes(text),
        "answer_line": contract.stated(text, bool(given.choices)),
    }
    for step, each in statements.items():
        if answers := [found for said in each if (found := _stated(said, kind, given)) is not None]:
            return _as_reading(step, answers)
    found = kind.whole(text.strip(), given) if len(text) <= _LONGEST_WHOLE else None
    return None if found is None else _as_reading("whole", [found])


def _stated(said: str, kind: Kind, given: Given) -> Found:
    """The answer of a statement. One that announces that there is no answer ends the search."""
    found = kind.stated(said, given)
    return Undecided.REFUSED if found is None and contract.GIVES_UP.search(said) else found


def _as_reading(step: str, answers: Sequence[str | Undecided], stated: bool = True) -> Reading:
    first = answers[0]
    if isinstance(first, Undecided):
        return Reading(None, None, first is Undecided.SEVERAL, reason=first.value)
    return Reading(first, step, len(set(answers)) > 1, stated)
