r"""Numbers: read from a completion and compared exactly. How they are written is the business of `numerals`.

\boxed{1,234}   \boxed{2^{10}} → 1024   \boxed{7\pi} → no number   The answer is 5 + 7 = 12.   5 or 7 → several
"""

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from cot_distill.grading import arithmetic, contract, numerals, quantities
from cot_distill.grading.reading import Found, Given, Kind, Undecided

_SENTENCE_END = re.compile(r"(?<=[a-z\d%)$])(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)[.!]\**\s+(?=[A-Z(])")
_NO_STATEMENT = re.compile(
    r"\W*(?:not\b|n't\b|correct\b|right\b|wrong\b|incorrect\b|consistent\b|reasonable\b|valid\b|(?:less|greater|more)\s+than)",
    re.I,
)
_NOT_BUT = re.compile(r"\W*not\s+[^\n.]{1,40}?\bbut\s+(?:rather\s+)?", re.I)
_DENIED = re.compile(r",?\s+not\s+\$?[\d.,]*\d")
_NOTHING = re.compile(
    r"\W*(?:none|nothing|nobody|no\s?one)\W*|\W*no\s+(?:more\s+)?[a-z]{3,}\W*(?:left|remain\w*)?\W*", re.I
)
_BRACKETS = re.compile(r"(?<=[\w%}$*])\s*\((?!\s*[-\d.,/]+\s*\))[^()]*\)")
_SINCE = re.compile(r"(?<=[\w%}$*]),?\s+(?:since|because)\b.*")
_LISTED = re.compile(
    r"\s*(?:%|\\?\$|[a-z]{1,12}(?:\s[a-z]{1,12})?)?\s*(?:,\s*(?:and|or)?|;|\b(?:or|to|and|through)\b|&|[-–~])\s*"
    r"(?:[a-z]\s*=\s*|\\?\$|about\s|(?:another|maybe|possibly)\s)*",
    re.I,
)
_ASSIGNED = re.compile(
    r"\b[a-z]\s*=\s*([^=,;]{1,30}?)\$?\s*(?:,|;|\band\b|\bor\b)\s*(?:and\s|or\s)?\$?\s*[a-z]\s*=\s*([^=,;]{1,30})", re.I
)
_FORMULA = re.compile(
    r"[\s$]*((?:[\d.+\-−*×·÷/^!(){}\[\]√\s]"
    r"|\\(?:[dtc]?frac|sqrt|cdot|times|div|d?binom|left|right|[()\[\],;! ])(?![a-zA-Z]))+)"
)
_OPERATORS = re.compile(r"[\^!√*/×·÷+−-]|\\[a-z]")
_RANGE = re.compile(r"\W*\d+[-–]\d+\b")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s?\{([^{}]*)\}(?:\s*\^\s*\{?[23]\}?)?")
_UNKNOWN = re.compile(
    r"\\(?:pi|sqrt|theta|alpha)(?![a-z])|π|√|\d[xyznk](?![a-z])|(?<![\w'’\\.])[a-z]\s?[-+*/−^]\s?\d|\d\s?[-+*/−]\s?[a-z](?![\w'’.])"
)
_WORDY = re.compile(
    r"\W*(?!(?:about|approximately|around|roughly|only|just|exactly|simply|the)\b)[A-Za-z]{2,}\s|\W*(?:[A-Za-z]+\s+){3}"
)
_COUNTED = re.compile(r"\bhow\s+many\s+(?:more\s+|other\s+|total\s+)?([a-z]{2,}?)s?\b", re.I)
_SIZE = re.compile(r"(?<!total )(?<!sum )(?<!average )\b(?:of|per)\s+(?:size\s|(?:his|her|their|the|its)\s)?$", re.I)
"""Leads up to a number that tells how many are in each, or of how many."""
_LIST_BELOW = re.compile(
    r"([^\n]{0,150}?\d[^\n=]{0,80}?[.!])\s{1,3}[^\n.]{0,80}:\s{0,3}\n"
    r"(?:[ \t\n]{0,3}(?:[-*•]|\d{1,2}[.)])[^\n=]*(?:\n|$))+\s*"
)


def conclusion(text: str, given: Given) -> Found:
    """The value behind the last `=` of the last sentence with a number, else its last number that the question did not
    give; what it puts in bold type goes before: "That is 3 * 4 = 12 pens. So he has 12 of 4 pens." is 12."""
    headed = _LIST_BELOW.fullmatch(text.strip())
    sentences = contract.sentences(contract.without_checks(headed[1] if headed else text))
    for sentence in sentences:
        if contract.GIVES_UP.search(sentence):
            return Undecided.REFUSED
        if any(map(str.isdigit, sentence)):
            marked = [one for one in contract.bold(sentence) if any(map(str.isdigit, one))]
            return _stated(marked[-1], given) if marked else _of_sentence(sentence, given)
    worded = numerals.in_words(sentences[0]) if sentences else None
    return worded[2] if worded else None


class Number(Kind):
    """An integer, a decimal or a fraction; see `numerals.written` for its canonical form."""

    fallbacks = (conclusion,)

    def stated(self, said: str, given: Given) -> Found:
        """The number that a statement gives: "24 pencils, in all" is 24, "5, 6, or 7" several, "7\\pi" none."""
        return _stated(said, given)

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The one number that all boxes hold, as formulas: `2^{10}` is 1024."""
        return super().boxed([f"${one.strip('$')}$" for one in boxes], given)

    def whole(self, said: str, given: Given) -> Found:
        """The number that a text is, its unit aside: "12 apples." is 12, "I have 12." is none."""
        said = said.strip(" .*\n")
        if not said or len(said.split()) > 3 or said[0] not in "$\\-+(.€£0123456789−":
            return None
        return (
            _stated(said, given) if len(list(numerals.numbers(numerals.plain(said)))) == 1 else numerals.canonical(said)
        )

    def canonical(self, said: str, given: Given) -> str | None:
        return numerals.canonical(said)

    def equal(self, answer: str, gold: str) -> bool:
        """Whether two numbers have the same value. A gold with two decimals or more is taken as rounded: an answer that
        rounds to it is right, and so is one of at least two decimals that gold rounds to (2/3, 0.667 and 0.67 are the
        same). Whole numbers are compared exactly."""
        if answer.isdecimal() and gold.isdecimal():
            return answer == gold
        first, second = Fraction(answer), Fraction(gold)
        if first == second or first.denominator == 1 or second.denominator == 1:
            return first == second
        fewest = min(len(one.partition(".")[2]) if "/" not in one else 99 for one in (answer, gold))
        return 2 <= fewest < 99 and abs(first - second) <= Fraction(1, 2 * 10**fewest)

    def contains(self, text: str, gold: str, given: Given) -> bool:
        values = (value for _, _, value in numerals.numbers(text))
        return any(value == gold or (not value.isdecimal() and self.equal(value, gold)) for value in values)


def _stated(said: str, given: Given) -> Found:
    exact = numerals.canonical(said.rstrip(" .!*"))
    if exact is not None:
        return exact
    first = _SENTENCE_END.split(said, maxsplit=1)[0]
    said = first if any(map(str.isdigit, first)) or not any(map(str.isdigit, said)) else said
    said = _DENIED.sub("", _NOT_BUT.sub("", said, count=1))
    if _NO_STATEMENT.match(said):
        return None
    if _NOTHING.fullmatch(said):
        return "0"
    if (twice := quantities.told_twice(said)) is not None:
        return _asked_for(twice, given)
    found = _of_words(_SINCE.sub("", _BRACKETS.sub("", said)), given)
    return Undecided.REFUSED if found is None and contract.GIVES_UP.search(said) else found


def _of_words(said: str, given: Given) -> Found:
    """The number of a statement: of an equation the value behind its last `=`, of a formula what it comes to."""
    both = _ASSIGNED.search(said) if "=" in said else None
    if both and numerals.canonical(both[1].strip(" $")) != numerals.canonical(both[2].strip(" $.")):
        return Undecided.SEVERAL
    side = _TEXT.sub(r" \1", said.rpartition("=")[2])
    if not any(map(str.isdigit, side)) and any(map(str.isdigit, said)):
        side = said
    formula = _FORMULA.match(side)
    if formula and _OPERATORS.search(formula[1]) and not _RANGE.match(side):
        in_maths = "\\" in side or side.rstrip(" .").endswith("$")
        found = arithmetic.value(formula[1].rstrip(" ." if in_maths else " .!"))
        if found is not None:
            return numerals.written(found)
    if _UNKNOWN.search(side):
        return Undecided.REFUSED
    side = " ".join(numerals.plain(side).split())
    numbers = list(numerals.numbers(side))
    if len(numbers) > 1 and not numerals.is_compound(side):
        for (_, end, value), (begin, _, other) in itertools.pairwise(numbers):
            if value != other and _LISTED.fullmatch(side, end, begin):
                return Undecided.SEVERAL
        if _WORDY.match(side):
            return _last(side, given)
    first = numerals.first(side)
    return None if first is None else first[2]


def _asked_for(twice: Sequence[tuple[str, str]], given: Given) -> str:
    """The number in the unit that the question names, else the first."""
    named = (number for number, unit in twice if re.search(rf"\b{re.escape(unit)}", given.question, re.I))
    return next(named, twice[0][0])


def _of_sentence(sentence: str, given: Given) -> Found:
    """The value behind the last `=`; where there is none, the sentence's last number (see `_last`)."""
    if (twice := quantities.told_twice(sentence)) is not None:
        return _asked_for(twice, given)
    right = sentence.rpartition("=")[2]
    if len(right) < len(sentence) and any(map(str.isdigit, right)):
        return _of_words("=" + right, given)
    return _last(sentence, given)


def _last(sentence: str, given: Given) -> Found:
    """Of the numbers that the question did not give, the last one: of what it counts if there are any, else of what the
    text's equations came to."""
    said = numerals.plain(_DENIED.sub("", _BRACKETS.sub("", sentence)))
    numbers = list(numerals.numbers(said))
    if len(numbers) > 1 and numerals.is_compound(said):
        found = numerals.first(said)
        return found[2] if found else None
    if len(numbers) > 1:
        asked = {value for _, _, value in numerals.numbers(numerals.plain(given.question))}
        results = [
            found[2] for one in numerals.plain(given.text).split("=")[1:][-200:] if (found := numerals.first(one[:40]))
        ]
        counted = _COUNTED.search(given.question)
        noun = (
            re.compile(rf"\s*(?:(?!(?:per|an?|in|for|of|each)\b)[\w-]+\s+){{0,2}}{counted[1]}", re.I)
            if counted
            else None
        )
        for kept in (
            [one for one in numbers if not _SIZE.search(said, 0, one[0])],
            [one for one in numbers if one[2] not in asked],
            [one for one in numbers if noun and noun.match(said, one[1])],
            [one for one in numbers if one[2] in results],
        ):
            numbers = [one for one in numbers if one in kept] or numbers
    return numbers[-1][2] if numbers else None
