"""Grading: reads the answer that a text states, and compares it with gold. Each kind of answer has a module."""

from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading import contract, thoughts
from cot_distill.grading.boolean import Boolean
from cot_distill.grading.latex import Latex
from cot_distill.grading.letter import Letter, Letters
from cot_distill.grading.number import Number
from cot_distill.grading.reading import Given, Kind, Reading
from cot_distill.grading.reading import read as _read
from cot_distill.grading.text import Text, f1

_KINDS: dict[str, Kind] = {
    "number": Number(),
    "letter": Letter(),
    "letters": Letters(),
    "boolean": Boolean(),
    "latex": Latex(),
    "text": Text(),
}
KINDS = tuple(_KINDS)
Choices = Sequence[str] | None

__all__ = ["KINDS", "Reading", "canonical", "equal", "f1", "read", "read_sentence", "state"]


def state(answer: str) -> str:
    """The answer line that examples end with."""
    return f"The answer is {answer}."


def read(
    text: str,
    answer_kind: str,
    choices: Choices = None,
    question: str | None = None,
    truncated: bool | None = None,
    labels: Sequence[str] = (),
) -> Reading:
    """Read the answer from a completion.

    `choices` are the texts of a question's choices in order; `labels` are their names if these are not A, B, C.
    `question` shows which numbers were given. `truncated` says whether the completion was cut at its token cap. If that
    is unknown (None), a text that breaks off in the middle of a sentence counts as cut. Raises UserError for an unknown
    answer kind.
    """
    return _read(text, _kind(answer_kind), Given(tuple(choices or ()), tuple(labels), question or ""), truncated)


def read_sentence(text: str, answer_kind: str, choices: Choices = None) -> str | None:
    """The answer that the last "The answer is …" states, in canonical form, or None. Raises as `read` does."""
    kind, given = _kind(answer_kind), Given(tuple(choices or ()))
    said = contract.before_next_problem(thoughts.split(text).text)
    first = next((found for one in contract.stated(said) if (found := kind.stated(one, given)) is not None), None)
    return first if isinstance(first, str) else None


def canonical(answer: str, answer_kind: str, choices: Choices = None, labels: Sequence[str] = ()) -> str | None:
    """The canonical form of a stated answer; None if it is not of this kind. Raises as `read` does."""
    return _kind(answer_kind).canonical(answer, Given(tuple(choices or ()), tuple(labels)))


def equal(answer: str, gold: str, answer_kind: str) -> bool:
    """Whether two canonical answers are the same. Raises as `read` does."""
    return answer == gold or _kind(answer_kind).equal(answer, gold)


def _kind(answer_kind: str) -> Kind:
    if answer_kind not in _KINDS:
        raise UserError(f"answer kind {answer_kind!r} is unknown; valid: {', '.join(KINDS)}")
    return _KINDS[answer_kind]
