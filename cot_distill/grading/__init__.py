"""Grading: reading the answer that a text states, and comparing it with gold. One module per kind of answer."""

from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading import boolean, contract, latex, letter, letters, number, thoughts
from cot_distill.grading import text as text_kind
from cot_distill.grading.reading import Given, Kind, Reading
from cot_distill.grading.reading import read as _read

_KINDS: dict[str, Kind] = {
    "number": number,
    "letter": letter,
    "letters": letters,
    "boolean": boolean,
    "latex": latex,
    "text": text_kind,
}
KINDS = tuple(_KINDS)
Choices = Sequence[str] | None

__all__ = ["KINDS", "Reading", "canonical", "contains", "equal", "f1", "read", "read_sentence", "state"]


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

    `choices` are the texts of a question's choices in their order, `labels` what they are called where not A, B, C.
    `question` tells which numbers were given. `truncated` says whether the completion was cut at its token cap; where
    nobody knows (None), a text that breaks off in the middle of a sentence is taken for cut. Raises UserError for an
    unknown answer kind.
    """
    given = Given(tuple(choices or ()), tuple(labels), question or "", text)
    return _read(text, _kind(answer_kind), given, truncated)


def read_sentence(text: str, answer_kind: str, choices: Choices = None) -> str | None:
    """The answer that the last "The answer is …" states, in canonical form, or None. Raises as `read` does."""
    kind, given = _kind(answer_kind), _given(choices)
    said = contract.before_next_problem(thoughts.split(text).text)
    found = (kind.stated(one, given) for one in contract.stated(said))
    first = next((one for one in found if one is not None), None)
    return first if isinstance(first, str) else None


def canonical(answer: str, answer_kind: str, choices: Choices = None, labels: Sequence[str] = ()) -> str | None:
    """The canonical form of a stated answer, or None where it is not of the kind. Raises as `read` does."""
    kind = _kind(answer_kind)
    if kind is letter or kind is letters or kind is boolean:
        return kind.canonical(answer, _given(choices, labels))
    return (number if kind is number else latex if kind is latex else text_kind).canonical(answer)


def equal(answer: str, gold: str, answer_kind: str) -> bool:
    """Whether two canonical answers are the same. Raises as `read` does."""
    kind = _kind(answer_kind)
    if answer == gold:
        return True
    if kind is number:
        return number.equal(answer, gold)
    if kind is text_kind:
        return text_kind.equal(answer, gold)
    return kind is latex and latex.equal(answer, gold)


def f1(answer: str | None, gold: str, answer_kind: str) -> float:
    """How near an answer comes to gold, 0 to 1: token F1 for text, else 1 where they are the same and 0 where not."""
    if answer is None:
        return 0.0
    return text_kind.f1(answer, gold) if answer_kind == "text" else float(equal(answer, gold, answer_kind))


def contains(text: str, gold: str, answer_kind: str, choices: Choices = None) -> bool:
    """Whether gold (canonical) stands anywhere in a text, stated as the answer or not. Raises as `read` does."""
    kind = _kind(answer_kind)
    if kind is letter or kind is letters:
        return all(letter.contains(text, one, _given(choices)) for one in gold.split(", "))
    if kind is number:
        return number.contains(text, gold)
    if kind is text_kind:
        return text_kind.contains(text, gold)
    return boolean.contains(text, gold) if kind is boolean else latex.contains(text, gold)


def _given(choices: Choices, labels: Sequence[str] = ()) -> Given:
    return Given(tuple(choices or ()), tuple(labels))


def _kind(answer_kind: str) -> Kind:
    if answer_kind not in _KINDS:
        raise UserError(f"answer kind {answer_kind!r} is unknown; valid: {', '.join(KINDS)}")
    return _KINDS[answer_kind]
