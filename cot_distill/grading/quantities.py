"""Quantities with units: stated in two units at once, or in a unit and its part.

90 minutes (1.5 hours) → 90 minutes, 1.5 hours      2 hours and 30 minutes → 2.5      $5 and 20 cents → 5.2
"""

import re
from fractions import Fraction

from cot_distill.grading import numerals

_SIZES = (
    {"s": 1, "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800},
    {"cent": 1, "dollar": 100},
    {"month": 1, "year": 12},
    {"mm": 1, "cm": 10, "m": 1000, "meter": 1000, "metre": 1000, "km": 10**6},
    {"inch": 1, "inches": 1, "in": 1, "foot": 12, "feet": 12, "ft": 12, "yard": 36, "mile": 63360},
    {"mg": 1, "g": 1000, "gram": 1000, "kg": 10**6, "ounce": 1, "oz": 1, "pound": 16, "lb": 16},
    {"ml": 1, "milliliter": 1, "l": 1000, "liter": 1000, "litre": 1000},
)
_QUANTITY = r"(?<![\d.,/])(\$?-?\d[\d.,/]{0,20})\s*(?:\\(?:text|mathrm)\{)?\s*((?!(?:and|or)\b)[a-z]{0,12})\.?\s*\}?"
_PAIR = re.compile(
    rf"{_QUANTITY}(?P<again>,?\s*(?:or\s|which\s(?:is|equals)\s|\(?\s*(?:=|or\s|i\.e\.,?\s)|\()\s*(?:about\s)?)?"
    rf"(?:,?\s*(?:and\s)?)?{_QUANTITY}(?![\w/])",
    re.I,
)


def told(text: str) -> list[tuple[str, str]]:
    """(number, unit) of a quantity, once for each unit in which it is stated; of one in a unit and its part, once.

    >>> told("It takes 90 minutes (1.5 hours)."), told("in 2 hours and 30 minutes"), told("2 boxes and 3 pens")
    ([('90', 'minute'), ('1.5', 'hour')], [('2.5', 'hour')], [])
    """
    for match in _PAIR.finditer(text):
        numbers = [Fraction(numerals.canonical(match[group].rstrip(".,")) or "0") for group in (1, 4)]
        names = [(match[group + 1] or "dollar" * match[group].startswith("$")).lower() for group in (1, 4)]
        units = [name if name == "inches" else name.removesuffix("s") for name in names]
        sizes = next((sizes for sizes in _SIZES if set(units) <= sizes.keys()), {})
        if not sizes or units[0] == units[1]:
            continue
        first, second = (number * sizes[unit] for number, unit in zip(numbers, units, strict=True))
        if match["again"] and first == second:
            return [(numerals.written(number), unit) for number, unit in zip(numbers, units, strict=True)]
        if not match["again"] and second < sizes[units[0]]:
            return [(numerals.written((first + second) / sizes[units[0]]), units[0])]
    return []
