"""Numbers with decimal commas, as "3,5" and "1.234,5": found out once, from all answers of a file."""

import re

from cot_distill.problems.answers import MOST, Asked, gold_of

_COMMAS = re.compile(
    r"[$€£]?\s?(?P<number>-?(?:(?P<sure>(?:0|\d{1,3}(?:\.\d{3})+|[1-9]\d{3,}),\d+|\d+,(?:\d{1,2}|\d{4,}))"
    r"|\d{1,3}(?:\.\d{3})+|\d+,\d{3}))\s?(?:[€$£%]|[^\W\d_]+)?"
)
"""A number that may have a decimal comma or points between its thousands; `sure` where it can be nothing else."""
_POINTS = re.compile(r"\D{0,3}(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,}))\D{0,12}")
"""One with a decimal point."""


def with_points(rows: list[Asked]) -> int:
    """Write decimal commas as points ("3,5" as 3.5, "1.234,5" as 1234.5) where some answer cannot be read otherwise and
    none speaks against it; returns how many rows were changed."""
    said = ["" if one.is_list else one.answers[0] for one in rows]
    if not any("," in text for text in said):
        return 0
    found = {number: match for number, text in enumerate(said) if (match := _COMMAS.fullmatch(text))}
    numbers = sum(number in found or gold_of((text,), "number") is not None for number, text in enumerate(said))
    if numbers < MOST * len(rows) or not any(match["sure"] for match in found.values()):
        return 0
    if any(map(_POINTS.fullmatch, said)):
        return 0
    for number, match in found.items():
        plain = match["number"].replace(".", "").replace(",", ".")
        rows[number] = rows[number]._replace(answers=(plain,))
    return len(found)
