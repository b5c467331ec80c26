"""Reading a number from a completion, step by step, and comparing numbers exactly.

Each step is a small function from text to the number's canonical form, or None where it does not apply;
the first that finds a number wins and its name stands in the verdict. Values are fractions, never floats.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from cot_distill.grading import spans

# A number as models write it: sign, currency, thousands separators, decimals, or a simple fraction.
# Digits are capped, so that a hostile run of digits costs nothing.
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-\u2212]\s?)?[$€£]?\s?(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,30})(?P<decimals>\.\d{1,30})?"
    r"(?:\s?/\s?(?P<below>\d{1,30})(?!\d|\.\d))?(?!\d)"
)


def read(text: str) -> tuple[str, str] | None:
    """The number that a completion states, in canonical form, and the name of the step that read it."""
    kept = spans.before_over_generation(text)
    for step in STEPS:
        found = step(kept)
        if found is not None:
            return found, step.__name__
    return None


def answer_sentence(text: str) -> str | None:
    """The last "the answer is …" that states a number; after an equation, the value behind its last `=`."""
    return _last_stated(spans.SENTENCE, text)


def boxed(text: str) -> str | None:
    r"""The last `\\boxed{…}` that holds a number."""
    return _last_stated(spans.BOXED, text)


def hashes(text: str) -> str | None:
    """The last `#### …`, as GSM8K ends its solutions."""
    return _last_stated(spans.HASHES, text)


def answer_label(text: str) -> str | None:
    """The last "Answer: …" that states a number."""
    return _last_stated(spans.LABEL, text)


def last_number(text: str) -> str | None:
    """The last number of the whole text: what is left for a model that never learned the answer line."""
    matches = list(_NUMBER.finditer(text))
    return next((value for match in reversed(matches) if (value := _value(match)) is not None), None)


STEPS: tuple[Callable[[str], str | None], ...] = (answer_sentence, boxed, hashes, answer_label, last_number)


def canonical(text: str) -> str | None:
    """A number's canonical form ("1,234.50" → "1234.5", "3/4" → "3/4"), or None where `text` is no number."""
    match = _NUMBER.fullmatch(text.strip())
    return _value(match) if match else None


def equal(one: str, other: str) -> bool:
    """Whether two canonical numbers have exactly the same value."""
    return one == other or Fraction(one) == Fraction(other)


def _last_stated(pattern: re.Pattern[str], text: str) -> str | None:
    for said in spans.stated(pattern, text):
        number = _NUMBER.search(said.rpartition("=")[2].replace("*", " ").replace("\\", " "))
        if number and (value := _value(number)) is not None:
            return value
    return None


def _value(match: re.Match[str]) -> str | None:
    whole = match["whole"].replace(",", "")
    value = Fraction(whole + match["decimals"]) if match["decimals"] else Fraction(int(whole))
    if match["below"]:
        if int(match["below"]) == 0:
            return None
        value /= int(match["below"])
    if match["sign"] and not re.search(r"[\d)]\s?$", match.string[: match.start()]):
        value = -value  # behind a number or a bracket the sign is an operator: "20 - 6" ends in 6
    return _written(value)


def _written(value: Fraction) -> str:
    """An integer or a terminating decimal in decimal form, any other value as a reduced fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    return ("-" if value < 0 else "") + f"{digits[:-places]}.{digits[-places:]}"
