r"""Numbers: read from a completion and compared exactly. `numerals` knows how they are written.

\boxed{1,234}   \boxed{2^{10}} → 1024   \boxed{7\pi} → no number   The answer is 5 + 7 = 12.   5 or 7 → several
"""

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from cot_distill.grading import contract, numerals, quantities, symbolic
from cot_distill.grading.reading import Found, Given, Kind, Undecided

_LISTED = re.compile(
    r"\s*(?:%|\\?\$|[a-z]{1,12}(?:\s[a-z]{1,12})?)?\s*(?:,\s*(?:and|or)?|;|\b(?:or|to|and|through)\b|&|[-–~/])\s*"
    r"(?:[a-z]\s*=\s*|\\?\$|about\s|(?:another|maybe|possibly)\s)*",
    re.I,
)
_ASSIGNED = re.compile(r"(?:^|[,;]|\band\b|\bor\b)[\s$]*[a-z]\s*=([^=,;]+?)\s*(?=[,;]|\band\b|\bor\b|$)", re.I)
_FORMULA = re.compile(
    r"(?!\W*\d+[-–]\d+\b)[\s$]*((?:[\d.+\-−*×·÷/^!(){}\[\]√\s]"
    r"|\\(?:[dtc]?frac|sqrt|cdot|times|div|d?binom|left|right|[()\[\],;! ])(?![a-zA-Z]))+)"
)
_OPERATORS = re.compile(r"[\^!√*/×·÷+−-]|\\[a-z]")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s?\{([^{}]*)\}(?:\s*\^\s*\{?[23]\}?)?")
_UNKNOWN = re.compile(
    r"\\(?:pi|sqrt|theta|alpha)(?![a-z])|π|√|\d[xyznke](?![a-z\d])"
    r"|(?<![\w'’\\.])[a-z]\s?[-+*/−^]\s?\d|\d\s?[-+*/−]\s?[a-z](?![\w'’.])"
)


class Number(Kind):
    """An integer, a decimal or a fraction; see `numerals.written` for its canonical form."""

    def conclusion(self, text: str, given: Given) -> Found:
        """The bold number of the last sentence with a number. Otherwise the value after its last `=`, or its last
        number that the question did not give: "That is 3 * 4 = 12 pens. So he has 12 of 4 pens." is 12."""
        for said, is_bold in contract.closing(text):
            if contract.GIVES_UP.search(said):
                return None
            if any(map(str.isdigit, said)):
                return self.stated(said, given) if is_bold else _of_sentence(said, text, given)
        return None

    fallbacks = (conclusion,)

    def stated(self, said: str, given: Given) -> Found:
        """The number of a statement: "24 pencils, in all" is 24, "5, 6, or 7" is several, "7\\pi" none."""
        exact = numerals.canonical(said.rstrip(" .!*"))
        if exact is not None:
            return exact
        said = next((one for one in reversed(contract.sentences(said)) if any(map(str.isdigit, one))), said)
        return _in_units(said, given) or _of_words(contract.without_denied(said), given)

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The number that all boxes have, as formulas: `2^{10}` is 1024."""
        return super().boxed([f"${one.strip('$')}$" for one in boxes], given)

    def whole(self, said: str, given: Given) -> Found:
        """The number of a text that is only a number with a unit: "12 apples." is 12, "I have 12." gives none."""
        said = said.strip(" .*\n")
        if not said or len(said.split()) > 3 or said[0] not in "$\\-+(.€£0123456789−":
            return None
        only = len(list(numerals.numbers(numerals.plain(said)))) == 1
        return self.stated(said, given) if only else numerals.canonical(said)

    def canonical(self, said: str, given: Given) -> str | None:
        return numerals.canonical(said)

    def equal(self, answer: str, gold: str) -> bool:
        """Whether two numbers have the same value. A gold with two or more decimals counts as rounded: an answer that
        rounds to it is right, and so is an answer with at least two decimals to which gold rounds (2/3, 0.667 and 0.67
        are the same). Whole numbers are compared exactly."""
        if answer.isdecimal() and gold.isdecimal():
            return answer == gold
        first, second = Fraction(answer), Fraction(gold)
        if first == second or first.denominator == 1 or second.denominator == 1:
            return first == second
        fewest = min(len(one.partition(".")[2]) if "/" not in one else 99 for one in (answer, gold))
        return 2 <= fewest < 99 and abs(first - second) <= Fraction(1, 2 * 10**fewest)


def _of_words(said: str, given: Given) -> Found:
    """The number of a statement: the value after the last `=` of an equation, or the value of a formula."""
    values = {numerals.canonical(one.strip(" $.")) for one in _ASSIGNED.findall(said)} if "=" in said else ()
    if len(values) > 1:
        return Undecided.SEVERAL
    side = _TEXT.sub(r" \1", said.rpartition("=")[2])
    side = side if any(map(str.isdigit, side)) else said
    formula = _FORMULA.match(side)
    if formula and _OPERATORS.search(formula[1]):
        in_maths = "\\" in side or side.rstrip(" .").endswith("$")
        found = _closed_form(formula[1].rstrip(" ." if in_maths else " .!"))
        if found is not None:
            return found
    if _UNKNOWN.search(side):
        return Undecided.REFUSED
    side = " ".join(numerals.plain(side).split())
    numbers = list(numerals.numbers(side))
    if len(numbers) > 1 and numbers[0][2] != numbers[1][2] and _LISTED.fullmatch(side, numbers[0][1], numbers[1][0]):
        return Undecided.SEVERAL
    return next(iter(_not_given([value for _, _, value in numbers], given)), None)


def _closed_form(formula: str) -> str | None:
    r"""The value of a formula of numbers: `2^{10}` is 1024, `3 * 4` is 12."""
    exact = numerals.canonical(formula)
    found = symbolic.value(formula.replace("√", r"\sqrt ")) if exact is None else None
    return exact if found is None else numerals.written(found)


def _in_units(said: str, given: Given) -> str | None:
    """The number of a quantity that is stated in two units, or in a unit and its part, in the unit that the question
    asks for."""
    told = quantities.told(numerals.plain(said))
    named = [number for number, unit in told if re.search(rf"\b{re.escape(unit)}", given.question, re.I)]
    return next(iter([*named, *(number for number, _ in told)]), None)


def _of_sentence(sentence: str, text: str, given: Given) -> Found:
    """The value after a sentence's last `=`. Without one, the result of the text's last equation, if the sentence has
    that number; otherwise the last number that the question did not give."""
    if (found := _in_units(sentence, given)) is not None:
        return found
    right = sentence.rpartition("=")[2]
    if "=" in sentence and any(map(str.isdigit, right)):
        return _of_words(right, given)
    numbers = [value for _, _, value in numerals.numbers(numerals.plain(contract.without_denied(sentence)))]
    equations = numerals.plain(text[-contract.READ_FROM_END :]).split("=")[1:]
    results = [value for side in equations for _, _, value in itertools.islice(numerals.numbers(side[:40]), 1)]
    if results and results[-1] in numbers:
        return results[-1]
    return next(reversed(_not_given(numbers, given)), None)


def _not_given(numbers: list[str], given: Given) -> list[str]:
    """The numbers that the question did not give; all of them if it gave all."""
    asked = {value for _, _, value in numerals.numbers(numerals.plain(given.question)) if len(numbers) > 1}
    return [one for one in numbers if one not in asked] or numbers
