"""The options that a question itself names, which give the answer its form.

Enter "odd", "even", or "neither".      Enter "C" for circle, "P" for parabola.      A. 10  B. 8  …  Enter the letter.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping

from cot_distill.grading import chain, clauses, letter, spans
from cot_distill.grading.chain import Found, Reading

_ENTER = re.compile(
    r"\b(?:enter|write|answer|express|type|state|choose|respond)\b(?![^\n]*\bfor\s+example\b)[^\n]*", re.I
)
_QUOTED = re.compile(
    r"(?:[\"“]|``)([A-Z]|[A-Z]?[a-z][A-Za-z -]{0,30}),?(?:[\"”]|'')"
    r"(?:\s+for\s+(?:an?\s+|the\s+)?([a-z][a-z -]{2,30})(?=[,.\n]|\s+and\b|\s+or\b|$))?"
)
_ONE_LETTER = re.compile(
    r"\b(?:enter|write|give|answer|express|choose|select)\b[^.?!\n]*(?:\bthe\s+letter\b|\bA,\s?B(?:,\s?[C-H])*,?\s+or\s+[B-H]\b)",
    re.I,
)
_LETTERED = re.compile(r"(?:(?<=\s)|^|(?<=\{))\(?([A-H])(?:\)|\.(?=\s))\}?\\?\s*")
_UNLISTED = ("",) * 8
"""Choices that only a drawing shows."""
_NEITHER = frozenset({"neither", "none"})
_LONGEST = 2000
"""Characters at a question's end in which its options are looked for."""
_SENTENCES = 3
"""The last sentences in which an option is looked for."""


def read(text: str, question: str | None) -> Reading:
    """The question's own option that a completion states; no answer where the question names none."""
    if not question:
        return Reading(None, None)
    question = question[-_LONGEST:]
    if _ONE_LETTER.search(question):
        return letter.read(text, _listed(question))
    words = _words(question)
    return chain.read_final(STEPS, text, words) if words else Reading(None, None)


def boxed(text: str, words: Mapping[str, str]) -> Iterator[Found]:
    r"""The last `\\boxed{…}` that holds an option."""
    return _each((inside for _, inside in spans.boxes(text)), words)


def answer_sentence(text: str, words: Mapping[str, str]) -> Iterator[Found]:
    """The last "the answer is …" with an option."""
    return _each(spans.sentences(text), words)


def answer_label(text: str, words: Mapping[str, str]) -> Iterator[Found]:
    """The last "Answer: …" with an option."""
    return _each(spans.labels(text), words)


def option(text: str, words: Mapping[str, str]) -> Iterator[Found]:
    """The option that one of the last sentences asserts."""
    return _each(itertools.islice(spans.last_sentences(text), _SENTENCES), words)


STEPS = (boxed, answer_sentence, answer_label, option)


@functools.lru_cache(4096)
def _words(question: str) -> Mapping[str, str]:
    """What each option is called → how it is to be entered, where there are several."""
    asked = _ENTER.findall(question)
    named = [match for line in asked for match in _QUOTED.findall(line)]
    words = {(means or entered).casefold(): entered for entered, means in named}
    return words if len(words) > 1 else {}


def _listed(question: str) -> tuple[str, ...]:
    """The texts behind "A.", "B." … of a question."""
    marks = [mark for index, mark in enumerate(_LETTERED.finditer(question)) if mark[1] == chr(ord("A") + index)]
    if len(marks) < 2:
        return _UNLISTED
    ends = [mark.start() for mark in marks[1:]] + [len(question)]
    texts = [question[mark.end() : end].split("\n")[0] for mark, end in zip(marks, ends, strict=True)]
    return tuple(text.strip(" \\$") for text in texts)


def _each(statements: Iterator[str], words: Mapping[str, str]) -> Iterator[Found]:
    for said in statements:
        found = _chosen(said, words)
        if found is not None:
            yield found


def _chosen(said: str, words: Mapping[str, str]) -> str | None:
    """The only option that a statement asserts; "neither even nor odd" is neither."""
    entered = re.sub(r"\\text\w*|[\W_]", "", said)
    if entered in words.values():
        return entered
    clause = clauses.asserted(said)
    named = _named(clause, words) or _named(clause := said, words)
    if named & _NEITHER:
        named &= _NEITHER
    elif clauses.denies(clause):
        return None
    return words[named.pop()] if len(named) == 1 else None


def _named(said: str, words: Mapping[str, str]) -> set[str]:
    return {word for word in words if re.search(rf"\b{re.escape(word)}\b", said, re.I)}
