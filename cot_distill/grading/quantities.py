"""A quantity that is told twice, in two units: "90 minutes (1.5 hours)"."""

import re
from fractions import Fraction

from cot_distill.grading import numerals

_SIZES = (
    {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800},
    {"cent": 1, "dollar": 100, "$": 100},
    {"mm": 1, "cm": 10, "m": 1000, "meter": 1000, "metre": 1000, "km": 10**6},
    {"inch": 1, "inches": 1, "in": 1, "foot": 12, "feet": 12, "ft": 12, "yard": 36, "mile": 63360},
    {"mg": 1, "g": 1000, "gram": 1000, "kg": 10**6, "ounce": 1, "oz": 1, "pound": 16, "lb": 16},
    {"ml": 1, "milliliter": 1, "l": 1000, "liter": 1000, "litre": 1000},
)
_QUANTITY = r"(\$?-?\d[\d.,/]{0,20})\s*(?:\\(?:text|mathrm)\{)?\s*([a-z]{0,12})\.?\s*\}?"
_TWICE = re.compile(
    _QUANTITY + r",?\s*(?:or\s|which\s(?:is|equals)\s|\(?\s*(?:=|or\s|i\.e\.,?\s)|\()\s*(?:about\s)?" + _QUANTITY, re.I
)


def told_twice(text: str) -> list[tuple[str, str]] | None:
    """(number, unit) of a quantity in its two units; None where there is none, or the two are not the same.

    >>> told_twice("It takes 90 minutes (1.5 hours)."), told_twice("5 apples or 7 pears")
    ([('90', 'minute'), ('1.5', 'hour')], None)
    """
    match = _TWICE.search(text)
    told = []
    for number, unit in (match.group(1, 2), match.group(3, 4)) if match else ():
        name = (unit or "$" * number.startswith("$")).lower()
        told.append(
            (numerals.canonical(number.rstrip(".,")) or "0", name if name == "inches" else name.removesuffix("s"))
        )
    for sizes in _SIZES:
        if told and all(unit in sizes for _, unit in told) and told[0][1] != told[1][1]:
            first, second = (Fraction(number) * sizes[unit] for number, unit in told)
            return told if first == second else None
    return None
