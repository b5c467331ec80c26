r"""Numbers: read from a completion and compared exactly. How they are written is the business of `numerals`.

    \boxed{1,234}   \boxed{2^{10}} → 1024   \boxed{7\pi} → no number   The answer is 5 + 7 = 12.   The answer is 5 or 7. → several
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from cot_distill.grading import arithmetic, contract, numerals
from cot_distill.grading.reading import Found, Given, Undecided

canonical = numerals.canonical

_SENTENCE_END = re.compile(r"(?<=[a-z\d%)$])(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)[.!]\**\s+(?=[A-Z(])")
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:unclear|unknown|undetermined|indeterminate|not\s+(?:known|given|clear|possible|provided|enough|specified)"
    r"|insufficient|impossible|cannot\s+be|can't\s+be|n/a\b)",
    re.I,
)
_NO_STATEMENT = re.compile(
    r"\W*(?:not\b|n't\b|correct\b|right\b|wrong\b|incorrect\b|consistent\b|reasonable\b|valid\b|(?:less|greater|more)\s+than)", re.I
)
_NOT_BUT = re.compile(r"\W*not\s+(?:[^\n.]{1,40}?)\bbut\s+(?:rather\s+)?|[^=\n]{1,60}?,\s+not\s+[^\n]*", re.I)
_NOTHING = re.compile(r"\W*(?:none|nothing|nobody|no\s?one)\W*|\W*no\s+(?:more\s+)?[a-z]{3,}\W*(?:left|remain\w*)?\W*", re.I)
_BRACKETS = re.compile(r"(?<=[\w%}$*])\s*\((?!\s*[-\d.,/]+\s*\))[^()]*\)")
_DENIED = re.compile(r",?\s+not\s+\$?[\d.,]*\d")
_SINCE = re.compile(r"(?<=[\w%}$*]),?\s+(?:since|because)\b.*")
_COUNTED = re.compile(r"\bhow\s+many\s+(?:more\s+|other\s+|total\s+)?([a-z]{2,}?)s?\b", re.I)
_SIZE = re.compile(r"(?<!total )(?<!sum )\b(?:of|per)\s+(?:size\s|(?:his|her|their|the|its)\s)?$", re.I)
"""Leads up to a number that tells how many are in each, or of how many."""
_LISTED = re.compile(
    r"\s*(?:%|\\?\$|[a-z]{1,12}(?:\s[a-z]{1,12})?)?\s*(?:,\s*(?:and|or)?|;|\b(?:or|to|and|through)\b|&|[-–~])\s*"
    r"(?:[a-z]\s*=\s*|\\?\$|about\s|(?:another|maybe|possibly)\s)*", re.I
)
_RANGE = re.compile(r"\d\s?[–~-]$|\d[–~-]\s?$")
_ASSIGNED = re.compile(r"\b([a-z])\s*=\s*([^=,;]{1,30}?)\$?\s*(?:,|;|\band\b|\bor\b)\s*(?:and\s|or\s)?\$?\s*[a-z]\s*=\s*([^=,;]{1,30})", re.I)
_OPERATORS = re.compile(r"[\^!√*/×·÷+−-]|\\(?:[dtc]?frac|sqrt|cdot|times|div|d?binom)(?![a-z])")
_FORMULA = re.compile(
    r"[\s$]*((?:[\d.+\-−*×·÷/^!(){}\[\]√\s]|\\(?:[dtc]?frac|sqrt|cdot|times|div|d?binom|left|right|[()\[\],;! ])(?![a-zA-Z]))+)"
)
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s?\{([^{}]*)\}")
_UNKNOWN = re.compile(
    r"\d\s?(?:\\(?:pi|sqrt|theta|alpha)|π|√)|\d[xyznk](?![a-z])|(?<![\w'’\\.])[a-z]\s?[-+*/−^]\s?\d|\d\s?[-+*/−]\s?[a-z](?![\w'’.])"
)
"""A formula with an unknown left: "x - 22", "7\\pi"."""
_LIST_BELOW = re.compile(r"([^\n]*?\d[^\n=]*?[.!])\s+[^\n.]*:\s*\n(?:\s*(?:[-*•]|\d{1,2}[.)])[^\n=]*(?:\n|$))+\s*")
_WORDY = re.compile(r"\W*(?:[A-Za-z]+\s+){3}")

def stated(said: str, given: Given) -> Found:
    """The number that a statement gives.

    >>> stated("24 pencils, in all.", Given()), stated("5, 6, or 7.", Given()), stated(r"7\\pi", Given())
    ('24', <Undecided.SEVERAL: 'several_answers'>, <Undecided.REFUSED: 'no_answer'>)
    """
    exact = canonical(said.rstrip(" .!*"))
    if exact is not None:
        return exact
    first = _SENTENCE_END.split(said, maxsplit=1)[0]
    said = first if any(map(str.isdigit, first)) or not any(map(str.isdigit, said)) else said
    if _REFUSED.match(said):
        return Undecided.REFUSED
    said = _NOT_BUT.sub(lambda match: match[0].partition(", not")[0] if ", not" in match[0] else "", said, count=1)
    if _NO_STATEMENT.match(said):
        return None
    if _NOTHING.fullmatch(said):
        return "0"
    return _of_words(_SINCE.sub("", _BRACKETS.sub("", said)), given)


def joined(said: Sequence[str], given: Given) -> Found:
    """The one number of several boxes.

    >>> joined(["5", "7"], Given())
    <Undecided.SEVERAL: 'several_answers'>
    """
    found = {stated(one, given) for one in said}
    return found.pop() if len(found) == 1 else Undecided.SEVERAL


def whole(said: str, given: Given) -> Found:
    """The number that a text is, its unit aside.

    >>> whole("$12", Given()), whole("12 apples.", Given()), whole("I have 12.", Given())
    ('12', '12', None)
    """
    said = said.strip(" .*\n")
    numbers = list(numerals.numbers(numerals.plain(said)))
    if len(numbers) > 1 or len(said.split()) > 3 or not said[:1] in "$\\-+(.€£0123456789−":
        return canonical(said)
    return stated(said, given) if numbers else None


def conclusion(text: str, given: Given) -> Found:
    """The value behind the last `=` of the last sentence with a number, else its last number that the question did not
    give; what it puts in bold type goes before.

    >>> conclusion("That is 3 * 4 = 12 pens. So he has 12 pens.", Given())
    '12'
    """
    if headed := _LIST_BELOW.fullmatch(text.strip()):
        text = headed[1]
    text = contract.without_checks(text)
    for sentence in contract.sentences(text):
        if contract.GIVES_UP.search(sentence):
            return Undecided.REFUSED
        if any(map(str.isdigit, sentence)):
            marked = [one for one in contract.bold(sentence) if any(map(str.isdigit, one))]
            return stated(marked[-1], given) if marked else _of_sentence(sentence, given)
    worded = [found for one in contract.sentences(text)[:1] if (found := numerals.in_words(one))]
    return worded[-1][2] if worded else None


FALLBACKS = (conclusion,)


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


def _of_words(said: str, given: Given) -> Found:
    """The number of a statement: of an equation the value behind its last `=`, of a formula what it comes to."""
    if (both := _ASSIGNED.search(said)) and canonical(both[2].strip(" $")) != canonical(both[3].strip(" $.")):
        return Undecided.SEVERAL
    side = _TEXT.sub(r" \1", said.rpartition("=")[2] if "=" in said else said)
    if not any(map(str.isdigit, side)) and any(map(str.isdigit, said)):
        side = said
    formula = _FORMULA.match(side)
    if formula and _OPERATORS.search(formula[1]) and not _RANGE.search(side[: formula.end()].partition(" ")[0]):
        found = arithmetic.value(formula[1].rstrip(" .!" if "\\" not in side and "$" not in said else " ."))
        if found is not None:
            return numerals.written(found)
    if _UNKNOWN.search(side):
        return Undecided.REFUSED
    side = numerals.plain(side)
    numbers = list(numerals.numbers(side))
    if len(numbers) > 1 and not numerals.is_compound(side):
        for (_, end, value), (begin, _, other) in zip(numbers, numbers[1:], strict=False):
            if value != other and _LISTED.fullmatch(side, end, begin):
                return Undecided.SEVERAL
    if len(numbers) > 1 and _WORDY.match(side):
        return _of_sentence(said, given)
    first = numerals.first(side)
    return None if first is None else first[2]


def _of_sentence(sentence: str, given: Given) -> Found:
    """The value behind the last `=`; else, of the numbers that the question did not give, the last one: of what it
    counts if there are any, else of what the text's equations came to."""
    _, equals, right = sentence.rpartition("=")
    if equals and any(map(str.isdigit, right)):
        return _of_words("=" + right, given)
    said = numerals.plain(_DENIED.sub("", _BRACKETS.sub("", sentence)))
    numbers = list(numerals.numbers(said))
    if len(numbers) > 1 and numerals.is_compound(said):
        found = numerals.first(said)
        return found[2] if found else None
    asked = {value for _, _, value in numerals.numbers(numerals.plain(given.question))} if given.question else set()
    results = [found[2] for one in numerals.plain(given.text).split("=")[1:] if (found := numerals.first(one[:40]))]
    counted = _COUNTED.search(given.question)
    noun = re.compile(rf"\s*(?:[\w-]+\s+){{0,2}}{counted[1]}", re.I) if counted else None
    for kept in (
        [one for one in numbers if not _SIZE.search(said, 0, one[0])],
        [one for one in numbers if one[2] not in asked],
        [one for one in numbers if noun and noun.match(said, one[1])],
        [one for one in numbers if one[2] in results],
    ):
        numbers = [one for one in numbers if one in kept] or numbers
    return numbers[-1][2] if numbers else None
