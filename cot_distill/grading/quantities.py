"""Quantities with their units: told in two units at once, or in a unit and its part.

90 minutes (1.5 hours) → 90 minutes, 1.5 hours      2 hours and 30 minutes → 2.5      $5 and 20 cents → 5.2
"""

import re
from fractions import Fraction

from cot_distill.grading import numerals

_SIZES = (
    {"s": 1, "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800},
    {"cent": 1, "dollar": 100, "$": 100},
    {"month": 1, "year": 12},
    {"mm": 1, "cm": 10, "m": 1000, "meter": 1000, "metre": 1000, "km": 10**6},
    {"inch": 1, "inches": 1, "in": 1, "foot": 12, "feet": 12, "ft": 12, "yard": 36, "mile": 63360},
    {"mg": 1, "g": 1000, "gram": 1000, "kg": 10**6, "ounce": 1, "oz": 1, "pound": 16, "lb": 16},
    {"ml": 1, "milliliter": 1, "l": 1000, "liter": 1000, "litre": 1000},
)
_QUANTITY = r"(\$?-?\d[\d.,/]{0,20})\s*(?:\\(?:text|mathrm)\{)?\s*([a-z]{0,12})\.?\s*\}?"
_TWICE = re.compile(
    _QUANTITY + r",?\s*(?:or\s|which\s(?:is|equals)\s|\(?\s*(?:=|or\s|i\.e\.,?\s)|\()\s*(?:about\s)?" + _QUANTITY, re.I
)
_COMPOUND = re.compile(r"(\$?\d{1,9})\s?([a-z]{0,8})\.?,?\s(?:and\s)?(\d{1,4})\s?([a-z]{1,8})(?![\w/])", re.I)


def told_twice(text: str) -> list[tuple[str, str]] | None:
    """(number, unit) of a quantity in its two units; None where there is none, or the two are not the same.

    >>> told_twice("It takes 90 minutes (1.5 hours)."), told_twice("5 apples or 7 pears")
    ([('90', 'minute'), ('1.5', 'hour')], None)
    """
    told = _told(_TWICE.search(text))
    if told is None or Fraction(told[0][0]) * told[0][2] != Fraction(told[1][0]) * told[1][2]:
        return None
    return [(number, unit) for number, unit, _ in told]


def compound(text: str) -> str | None:
    """The number of a quantity in a unit and its part, counted in the unit; None where there is none.

    >>> compound("in 2 hours and 30 minutes"), compound("2 boxes and 3 pens"), compound("1 hour and 90 minutes")
    ('2.5', None, None)
    """
    for match in _COMPOUND.finditer(text):
        if told := _told(match):
            (number, _, size), (part, _, part_size) = told
            if int(part) * part_size < size:
                return numerals.written(int(number) + Fraction(int(part) * part_size, size))
    return None


def _told(match: re.Match[str] | None) -> list[tuple[str, str, int]] | None:
    """(number, unit, size of the unit) twice, of one table and in different units."""
    told = []
    for number, unit in (match.group(1, 2), match.group(3, 4)) if match else ():
        name = (unit or "$" * number.startswith("$")).lower()
        name = name if name == "inches" else name.removesuffix("s")
        told.append((numerals.canonical(number.rstrip(".,")) or "0", name))
    for sizes in _SIZES:
        if told and all(unit in sizes for _, unit in told) and told[0][1] != told[1][1]:
            return [(number, unit, sizes[unit]) for number, unit in told]
    return None
