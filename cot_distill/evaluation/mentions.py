"""Whether gold is anywhere in a completion, stated as its answer or not."""

import re
from collections.abc import Sequence

from cot_distill.grading import equal
from cot_distill.grading.choices import marked, plain, texts_named
from cot_distill.grading.numerals import numbers
from cot_distill.grading.reading import Given
from cot_distill.grading.text import words

_READ_FROM_END = 20_000
"""Choices and formulas are searched in this many characters of a text."""
_TRUTHS = {
    "True": re.compile(r"\b(?:true|yes)\b", re.I),
    "False": re.compile(r"\b(?:false|no(?!\s+[a-z]))\b", re.I),
}


def contains(text: str, gold: str, answer_kind: str, choices: Sequence[str] | None = None) -> bool:
    """Whether gold (canonical) is anywhere in a text, in any notation of its kind.

    >>> contains("He had 4 boxes of 12.", "12", "number"), contains("A pear?", "A", "letter", ["red", "pear"])
    (True, False)
    """
    end = text[-_READ_FROM_END:]
    if answer_kind == "number":
        values = (value for _, _, value in numbers(text))
        return any(value == gold or (not value.isdecimal() and equal(value, gold, "number")) for value in values)
    if answer_kind == "boolean":
        return _TRUTHS[gold].search(text) is not None
    if answer_kind in ("letter", "letters"):
        said, given = plain(end), Given(tuple(choices or ()))
        return set(gold.split(", ")) <= {*marked(said, given), *texts_named(said, given)}
    if answer_kind == "latex":
        return "".join(gold.split()) in "".join(end.split())
    said = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(one))} " in said for one in gold.split("\n"))
