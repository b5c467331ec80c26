"""Reading a number from a completion, step by step, and comparing numbers exactly.

Each step yields the numbers that it finds, in canonical form, the one that counts first; the first step that finds any
wins and its name stands in the verdict. How numbers are written is the business of `numerals`.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from cot_distill.grading import chain, concluding, numerals, spans
from cot_distill.grading.asked import NOTHING, Asked, asked
from cot_distill.grading.chain import Found, Reading, Undecided
from cot_distill.grading.picking import picked

canonical = numerals.canonical

_HASHES = re.compile(r"####\s?([^\n]{1,60})")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")
_LINE_LABEL = re.compile(r"(?:^|\n)[ \t*_]{0,4}A[*_]{0,2}:[*_ ]{0,3}([^\n]{1,200})")
_SEVERAL = re.compile(r"\s*(?:%|[a-z]{1,12})?\s*(?:or|to|and)\s*$|\s?[-\u2013~]\s?$", re.I)
_RANGE = re.compile(r"\bbetween\s*$|\brange\w*\s+(?:\w+\s+)?$", re.I)
_RESTATED = re.compile(
    r"\s*([a-z]{1,12}),?\s+(?:or|which\s+is(?:\s+equal\s+to)?)\s+[$\d.,]+\s*(?!\1\b)[a-z]{1,12}\b", re.I
)
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:unclear|unknown|undetermined|indeterminate|not\s+(?:known|given|clear|possible|provided|enough|specified)"
    r"|insufficient|impossible|cannot\s+be|can't\s+be|n/a\b)",
    re.I,
)
_NO_STATEMENT = re.compile(
    r"\W*(?:not\b|n't\b|correct\b|right\b|wrong\b|incorrect\b|consistent\b|reasonable\b|valid\b|less\s+than|greater\s+than|more\s+than)",
    re.I,
)
_NOT_BUT = re.compile(r"\W*not\s+(?:[^\n.]{1,40}?)\bbut\s+(?:rather\s+)?", re.I)
_NOTHING = re.compile(
    r"\W*(?:(?:none|nothing|nobody|no\s?one)\W*|no\s+(?:more\s+)?(?!longer\b|one\b|way\b|need\b|answer|solution|the\b|it\b|not\b)[a-z]{3,}\b"
    r"(?:[^\d\n]{0,40}\b(?:as|because|since)\b.*|[^\d\n]*))",
    re.I | re.S,
)
_OPENING = re.compile(
    r"\W{0,4}(?:the|my|final|correct)?\s*(?:final\s+)?answer\b[^\n]{0,40}?\d[^\n]*?(?:[.:]\s|\n|$)", re.I
)
_OF_UNKNOWN = re.compile(r"(?<![\w'])[a-z]\s?[-+*/\u2212]\s?$")
"""Leads up to a number that is part of an unknown one: "x - 22"."""
_EXPRESSION = re.compile(r"\s*[$(]?[\d.,]+\)?\s*[-+*/x×÷]\s*[$(\d]")
_SENTENCE_END = re.compile(r"(?<=[a-z\d%)])(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)[.!]\**\s+(?=[A-Z(])")
_SENTENCES = re.compile(r"\W*(?:[A-Za-z]+\s+){2}.*?[a-z\d)]\.\s+[A-Z]")
_WORDY = re.compile(r"\W*(?:[A-Za-z]+\s+){3}")


def read(text: str, question: str | None = None) -> Reading:
    """The number that a completion states, in canonical form; `question` tells which of several it is."""
    return chain.read_final(STEPS, text, asked(question))


def boxed(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    r"""The last `\\boxed{…}` that holds a number."""
    for _, inside in spans.boxes(text):
        found = _stated(inside)
        if found is not None:
            yield found


def hashes(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The first `#### 42`, as GSM8K ends its solutions: what comes behind it is over-generation."""
    if "####" in text:
        for match in _HASHES.finditer(text):
            said = numerals.plain(match[1])
            found = numerals.first(said)
            if (
                found
                and found[0] <= 3
                and len(said) - found[1] < 20
                and not said[found[1] :].startswith((". ", ": ", ") "))
            ):
                yield found[2]
                return


def answer_sentence(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The last "the answer is …" that states a number; after an equation, the value behind its last `=`.

    Where it opens the text, a working that comes to another number corrects it.
    """
    stated = list(_each((_SENTENCE_END.split(said, 1)[0] for said in spans.sentences(text)), text, wanted))
    if stated and isinstance(stated[0], str) and (opening := _OPENING.match(text)):
        corrected = concluding.corrected(text[opening.end() :], stated[0], wanted)
        if corrected is not None:
            yield corrected
    yield from stated


def answer_label(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The last "Answer: …", or a line "A: …", that is no question."""
    labels = (said for said in spans.labels(text) if not said.rstrip().endswith("?"))
    # A long explanation behind "Answer:" is left to `conclusion`, which reads how it ends.
    yield from _each((said for said in labels if len(said) < spans.LONGEST or not _SENTENCES.match(said)), text, wanted)
    lines = list(_LINE_LABEL.finditer(text)) if ("A:" in text or "A*" in text) and " B:" not in text else []
    for match in reversed(lines):
        found = _stated(match[1], text, wanted)
        if found is not None:
            yield found


def bold(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The last number in bold type of the last sentence that holds a number."""
    if "**" in text:
        for sentence in spans.last_sentences(text):
            marked = [
                found
                for match in reversed(list(_BOLD.finditer(sentence)))
                if (found := _stated(match[1], text, wanted))
            ]
            if marked:
                yield marked[0]
                return
            if any(character.isdigit() for character in sentence):
                return


def conclusion(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The number of the sentence that concludes the text; see `concluding`."""
    found = concluding.conclusion(text, wanted)
    if found is not None:
        yield found


def last_number(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """The last number of the whole text: what is left for a model that never learned the answer line."""
    found = numerals.last(text)
    if found is not None:
        yield found


def number_in_words(text: str, wanted: Asked = NOTHING) -> Iterator[Found]:
    """A number that the last sentence writes in words, where the text holds no digits."""
    for sentence in spans.last_sentences(text):
        found = numerals.in_words(sentence)
        if found is not None:
            yield found[2]
        return


STEPS: tuple[Callable[[str, Asked], Iterator[Found]], ...] = (
    *(boxed, hashes, answer_sentence, answer_label, bold, conclusion, last_number, number_in_words),
)


def equal(one: str, other: str) -> bool:
    """Whether two canonical numbers have the same value.

    A gold with two decimals or more is taken as rounded: an answer that rounds to it is right, and so is one of at
    least two decimals that gold rounds to (2/3, 0.667 and 0.67 are the same). Whole numbers are compared exactly.
    """
    if one == other:
        return True
    if one.isdecimal() and other.isdecimal():
        return False  # canonical integers differ as texts
    first, second = Fraction(one), Fraction(other)
    if first == second:
        return True
    if first.denominator == 1 or second.denominator == 1:
        return False
    places = [len(text.partition(".")[2]) if "/" not in text else 99 for text in (one, other)]
    fewest = min(places)
    return 2 <= fewest < 99 and abs(first - second) <= Fraction(1, 2 * 10**fewest)


def contains(text: str, gold: str) -> bool:
    """Whether a number of the text has gold's value."""
    values = (value for _, _, value in numerals.numbers(text))
    return any(value == gold or (not value.isdecimal() and equal(value, gold)) for value in values)


def _each(statements: Iterator[str], text: str, wanted: Asked) -> Iterator[Found]:
    for said in statements:
        found = _stated(said, text, wanted)
        if found is not None:
            yield found
        elif _REFUSED.match(said):
            yield Undecided.REFUSED


def _stated(said: str, text: str = "", wanted: Asked = NOTHING) -> Found | None:
    """The number that a short text states: its first, but the value behind the last `=` of an equation."""
    if _SENTENCES.match(said):
        if (drawn := concluding.drawn(said)) is not None:
            return concluding.of_sentence(drawn, text, wanted)
        if (meant := picked(list(numerals.numbers(said)), said, wanted)) is not None:
            return meant
    first = _SENTENCE_END.split(said, 1)[0]
    if any(map(str.isdigit, first)):
        said = first
    said = numerals.plain(said)
    but = _NOT_BUT.match(said)
    if but:
        said = said[but.end() :]
    elif _NO_STATEMENT.match(said):
        return None
    elif _NOTHING.fullmatch(said):
        return "0"
    value = said.rpartition("=")[2]
    if _EXPRESSION.match(value):  # "12 = 3 * 4"
        value = said
    found = numerals.first(value) or numerals.first(said)
    if found is None:
        return None
    begin, end, answer = found
    if "=" not in said:
        if _OF_UNKNOWN.search(said, 0, said.index(said[begin:end].lstrip("-\u2212 "), begin)):
            return Undecided.REFUSED
        following = next(numerals.numbers(said[end : end + 30]), None)
        if following is not None and following[2] != answer:
            between = said[end : end + following[0]]
            if _RESTATED.match(said, end):  # "90 minutes or 1.5 hours": the second is what was asked for
                return following[2]
            if _SEVERAL.fullmatch(between) or _RANGE.search(said[:begin]):
                meant = picked(list(numerals.numbers(said)), said, wanted)
                return meant or concluding.total(said) or Undecided.SEVERAL
        if _WORDY.match(said) or concluding.CONDITION.match(said):
            return concluding.of_sentence(said, text, wanted)
    return answer
