"""Reading a number from a completion, step by step, and comparing numbers exactly.

Each step yields the numbers that it finds, in canonical form, the one that counts first; the first step that finds any
wins and its name stands in the verdict. How numbers are written is the business of `numerals`.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from cot_distill.grading import chain, numerals, spans
from cot_distill.grading.chain import Found, Reading, Undecided

canonical = numerals.canonical

_HASHES = re.compile(r"####\s?([^\n]{1,60})")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")
_LINE_LABEL = re.compile(r"(?:^|\n)[ \t*_]{0,4}A[*_]{0,2}:[*_ ]{0,3}([^\n]{1,200})")
_SEVERAL = re.compile(r"\s*(?:%|[a-z]{1,12})?\s*(?:or|to|and)\s*$|\s?[-\u2013~]\s?$", re.I)
_RANGE = re.compile(r"\bbetween\s*$|\brange\w*\s+(?:\w+\s+)?$", re.I)
_RESTATED = re.compile(r"\s*([a-z]{2,12}),?\s+(?:or|which\s+is(?:\s+equal\s+to)?)\s+[$\d.,]+\s*(?!\1)[a-z]{2}", re.I)
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
_NOTHING = re.compile(r"\W*(?:none|nothing|nobody|no\s?one)\W*", re.I)
_EXPRESSION = re.compile(r"\s*[$(]?[\d.,]+\)?\s*[-+*/x×÷]\s*[$(\d]")
_LEAST_OF_A_LOOP = 3
"""Sentences that stand more often than this are the loop of a model that found no end."""
_WORDY = re.compile(r"\W*(?:[A-Za-z]+\s+){3}")
_MARKER = re.compile(r"^[\s*#-]*(?:(?:Step\s+)?\d{1,2}\s?[.:)](?=\s)\s*)?", re.I)
_THEREFORE = re.compile(
    r"\W*(?:therefore|thus|hence|so|in\s+total|in\s+all|altogether|consequently|in\s+conclusion|finally)\b", re.I
)
_CONDITION = re.compile(
    r"\W*(?:(?:therefore|thus|hence|so)\W+)?(?:if|after|in|over|for|with|on|at|since|when|because|given)\b(?:[^,\n]|,\d){1,120},\s",
    re.I,
)
_SO = re.compile(r",\s+(?:and\s+)?(?:so|which\s+means(?:\s+that)?|meaning(?:\s+that)?)\s")
_TOTAL = re.compile(r"\btotal(?:\s+of|\s+\w+\s+(?:is|was))\s+([^\n]{1,40})", re.I)
_RESULT = re.compile(r"=([^=\n]{1,40})")
_EQUAL_TO = re.compile(r"\bwhich\s+(?:is|equals)\s+(?:equal\s+to\s+|the\s+same\s+as\s+)?([$\d][^\n]{0,30})")
_CHECK = re.compile(
    r"\b(?:to\s+(?:double-?\s?)?check|(?:double-?)?check(?:ing)?\s+(?:the|our|if|your|that)\b|to\s+verify|let's\s+(?:check|verify|make\s+sure)|verif(?:y|ication)\b)",
    re.I,
)


def read(text: str) -> Reading:
    """The number that a completion states, in canonical form."""
    return chain.read(STEPS, spans.before_over_generation(text))


def boxed(text: str) -> Iterator[Found]:
    r"""The last `\\boxed{…}` that holds a number."""
    for _, inside in spans.boxes(text):
        found = _stated(inside)
        if found is not None:
            yield found


def hashes(text: str) -> Iterator[Found]:
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


def answer_sentence(text: str) -> Iterator[Found]:
    """The last "the answer is …" that states a number; after an equation, the value behind its last `=`."""
    return _each(spans.sentences(text), text)


def answer_label(text: str) -> Iterator[Found]:
    """The last "Answer: …", or a line "A: …", that is no question."""
    yield from _each((said for said in spans.labels(text) if not said.rstrip().endswith("?")), text)
    for match in reversed(list(_LINE_LABEL.finditer(text)) if "A:" in text or "A*" in text else []):
        found = _stated(match[1], text)
        if found is not None:
            yield found


def bold(text: str) -> Iterator[Found]:
    """The last number in bold type of the last sentence that holds a number."""
    if "**" in text:
        for sentence in spans.last_sentences(text):
            marked = [found for match in reversed(list(_BOLD.finditer(sentence))) if (found := _stated(match[1]))]
            if marked:
                yield marked[0]
                return
            if any(character.isdigit() for character in sentence):
                return


def conclusion(text: str) -> Iterator[Found]:
    """The number of the last sentence that holds one, what only checks the answer left aside.

    Of several numbers it is the value behind the sentence's last `=`, else the one that the last equation before gave
    ("140 - 22 = 118. So she needs 118 games to have 140."), else the first.
    """
    unchecked = _unchecked(text)
    last = itertools.islice(spans.last_sentences(text), 3 if len(unchecked) < len(text) else 0)
    concluding = [sentence for sentence in last if _THEREFORE.match(sentence) and any(map(str.isdigit, sentence))]
    for sentence in concluding[:1] or spans.last_sentences(unchecked):
        if spans.GIVES_UP.search(sentence) or (len(sentence) > 20 and text.count(sentence) > _LEAST_OF_A_LOOP):
            yield Undecided.REFUSED
            return
        answer = of_sentence(_MARKER.sub("", sentence), text)
        if answer is not None:
            yield answer
            return


def last_number(text: str) -> Iterator[Found]:
    """The last number of the whole text: what is left for a model that never learned the answer line."""
    found = numerals.last(text)
    if found is not None:
        yield found


def number_in_words(text: str) -> Iterator[Found]:
    """A number that the last sentence writes in words, where the text holds no digits."""
    for sentence in spans.last_sentences(text):
        found = numerals.in_words(sentence)
        if found is not None:
            yield found[2]
        return


STEPS: tuple[Callable[[str], Iterator[Found]], ...] = (
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


def of_sentence(sentence: str, text: str) -> str | None:
    """The number that a whole sentence of a text states; see `conclusion`."""
    said = numerals.plain(sentence)
    _, equals, value = said.rpartition("=")
    found = numerals.first(value) if equals else None
    if found is not None:
        restated = _EQUAL_TO.search(value)
        return (numerals.first(restated[1]) or found)[2] if restated else found[2]
    said = _without_condition(said)
    stated = [value for _, _, value in numerals.numbers(said)]
    if len(set(stated)) > 1:
        total = _TOTAL.search(said)
        if total and (found := numerals.first(total[1])):
            return found[2]
        results = [result[2] for match in list(_RESULT.finditer(text))[-3:] if (result := numerals.first(match[1]))]
        calculated = next((value for value in stated if value in results), None)
        if calculated is not None:
            return calculated
    found = numerals.first(said)
    return found[2] if found else None


def _without_condition(sentence: str) -> str:
    """The sentence without what it begins with: "If he had 9 and has 4 now, …", "She pays with $10, so …"."""
    condition = max(_SO.finditer(sentence), key=lambda match: match.start(), default=_CONDITION.match(sentence))
    rest = sentence[condition.end() :] if condition else ""
    return rest if any(map(str.isdigit, rest)) else sentence


def _unchecked(text: str) -> str:
    """The text up to the line or sentence that begins to check the answer."""
    check = _CHECK.search(text)
    if check is None:
        return text
    begin = max(text.rfind(end, 0, check.start()) for end in ("\n", ". ", "! "))
    return text[:begin] if begin > 0 and any(map(str.isdigit, text[:begin])) else text


def _each(statements: Iterator[str], text: str) -> Iterator[Found]:
    for said in statements:
        found = _stated(said, text)
        if found is not None:
            yield found
        elif _REFUSED.match(said):
            yield Undecided.REFUSED


def _stated(said: str, text: str = "") -> Found | None:
    """The number that a short text states: its first, but the value behind the last `=` of an equation."""
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
        following = next(numerals.numbers(said[end : end + 30]), None)
        if following is not None and following[2] != answer:
            between = said[end : end + following[0]]
            if _RESTATED.match(said, end):  # "90 minutes or 1.5 hours": the second is what was asked for
                return following[2]
            if _SEVERAL.fullmatch(between) or _RANGE.search(said[:begin]):
                return Undecided.SEVERAL
        if _WORDY.match(said):
            return of_sentence(said, text)
    return answer
