"""Grading: reading the answer that a text states, and comparing it with gold. One module per kind of answer."""

from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading import boolean, chain, latex, letter, number, similar, spans
from cot_distill.grading.chain import Reading

KINDS = ("number", "letter", "boolean", "latex")

__all__ = ["KINDS", "Reading", "canonical", "contains", "equal", "read", "read_sentence", "state"]


def state(answer: str) -> str:
    """The answer line that examples end with."""
    return f"The answer is {answer}."


def read(text: str, answer_kind: str, choices: Sequence[str] | None = None, question: str | None = None) -> Reading:
    """Read the answer from a completion; `choices` are the texts of a letter's choices in their order.

    `question` tells which number is meant where a sentence states several ("30 books and 23 pens"), and what a sentence
    without yes or no affirms or denies; a question's own options ('Enter "odd" or "even".') give the answer's form, and
    what comes behind an answer and is worded as the question is another problem. Raises UserError for an unknown answer
    kind.
    """
    _check(answer_kind)
    text = similar.before_similar(text, question) if question else text
    if answer_kind == "number":
        return number.read(text, question)
    if answer_kind == "letter":
        return letter.read(text, choices)
    return boolean.read(text, question) if answer_kind == "boolean" else latex.read(text, question)


def read_sentence(text: str, answer_kind: str, choices: Sequence[str] | None = None) -> str | None:
    """The answer that the last "The answer is …" states, in canonical form, or None. Raises as `read` does."""
    _check(answer_kind)
    text = spans.before_over_generation(text)
    if answer_kind == "number":
        return chain.read((number.answer_sentence,), text).answer
    if answer_kind == "letter":
        return chain.read((letter.answer_sentence,), text, choices).answer
    return chain.read((boolean.answer_sentence if answer_kind == "boolean" else latex.answer_sentence,), text).answer


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
    if answer == gold:
        return True
    if answer_kind == "number":
        return number.equal(answer, gold)
    return answer_kind == "latex" and latex.equal(answer, gold)


def contains(text: str, gold: str, answer_kind: str, choices: Sequence[str] | None = None) -> bool:
    """Whether gold (canonical) stands anywhere in a text, stated as the answer or not. Raises as `read` does."""
    _check(answer_kind)
    if answer_kind == "number":
        return number.contains(text, gold)
    if answer_kind == "letter":
        return letter.contains(text, gold, choices)
    return boolean.contains(text, gold) if answer_kind == "boolean" else latex.contains(text, gold)


def _check(answer_kind: str) -> None:
    if answer_kind not in KINDS:
        raise UserError(f"answer kind {answer_kind!r} is unknown; valid: {', '.join(KINDS)}")
