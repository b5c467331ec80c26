"""The choices that a row offers, in any of the forms that files have, as texts without letters of their own.

["red", "blue"]   ["(A) red", "(B) blue"]   {"A": "red", "B": "blue"}   {"text": ["red", …], "label": ["A", …]}
[{"label": "A", "text": "red"}, …]          "A) red  B) blue"           columns, one a choice
"""

import dataclasses
import re
from collections.abc import Sequence
from itertools import pairwise
from string import ascii_uppercase
from typing import Any

from cot_distill.problems.paths import structured
from cot_distill.problems.row import NumberText, Row, shown

_TEXTS = ("text", "texts", "content", "value", "choices", "option", "choice", "answer", "body")
_LABELS = ("label", "labels", "key", "letter", "id", "name", "option_id")
_NAMED = re.compile(
    r"\s*[(\[]?\s*([A-Za-z]|\d{1,2})(?:\s*[)\]]\s*[:.]?\s*|\s*:\s+|\s*:(?=\S)|\s*\.\s+|\s+[-–]\s+)(?=\S)"
)
"""A choice's own name before its text: "(A) red", "B. blue", "3) green"."""
_FEWEST = 2
_SCORES = ("0", "1", "0.0", "1.0")


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    """Choices in letter order."""

    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """What the row calls each, where it says so: A, B, C or anything else."""


def offered(row: Row, name: str, value: Any) -> Offered:
    """The choices that a value holds. `name` is its path. Raises BadRow where it holds none, or too many."""
    found = structured(value)
    if isinstance(found, str) and not isinstance(found, NumberText):
        found = _listed_in_text(found)
    labels: Sequence[Any] = ()
    if isinstance(found, dict):
        labels, found = _of_object(found)
    elif isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
        labels, found = _of_objects(found)
    if not isinstance(found, list):
        if isinstance(value, str) and value.strip():
            raise row.fault(f'{name!r} is no list of choices such as ["red", "blue"]')
        raise row.fault(f"{name!r} is {shown(value, 'a list of choices', value is not None)}")
    texts = _without_empty(found)
    return _checked(row, name, texts, [str(label) for label in labels if label is not None][: len(texts)])


def of_columns(row: Row, names: Sequence[str], values: Sequence[Any]) -> Offered:
    """The choices of columns, one a choice; a row may leave the last ones empty."""
    texts = _without_empty(values)
    empty = names[min(len(texts), len(names) - 1)]
    return _checked(row, empty, texts, names[: len(texts)], names)


def _without_empty(values: Sequence[Any]) -> list[Any]:
    """Without the last ones that say nothing, with which rows of fewer choices are filled up."""
    texts = list(values)
    while texts and (texts[-1] is None or (isinstance(texts[-1], str) and not texts[-1].strip())):
        texts.pop()
    return texts


def is_scored(value: Any) -> bool:
    """Whether a value is an object from the texts of choices to 1 for right ones and 0 for others."""
    return (
        isinstance(value, dict)
        and len(value) >= _FEWEST
        and all(isinstance(score, NumberText) and score in _SCORES for score in value.values())
        and all(len(text) > 1 for text in value)
    )


def letter(index: int) -> str:
    """The letter of a choice by its place, from 0."""
    return ascii_uppercase[index]


def _checked(
    row: Row, name: str, values: Sequence[Any], labels: Sequence[str], names: Sequence[str] | None = None
) -> Offered:
    if not _FEWEST <= len(values) <= len(ascii_uppercase):
        told = f"{name!r} holds {len(values)} choices" if names is None else f"{name!r} is empty"
        raise row.fault(f"{told}; a question has 2 to {len(ascii_uppercase)}", "too few or too many choices")
    texts = []
    for place, value in enumerate(values):
        if isinstance(value, bool | NumberText):
            texts.append(str(value))
            continue
        texts.append(row.as_text(names[place] if names else name, value))
    return Offered(_without_names(texts), tuple(labels) if len(labels) == len(texts) else ())


def _without_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts without the letters or numbers that all of them begin with, in order."""
    matches = [_NAMED.match(text) for text in texts]
    names = [match[1].upper() if match else "" for match in matches]
    numbers = [str(index + 1) for index in range(len(texts))]
    if names not in (list(ascii_uppercase[: len(texts)]), numbers):
        return tuple(texts)
    return tuple(text[match.end() :] for text, match in zip(texts, matches, strict=True) if match)


def _of_object(found: dict[str, Any]) -> tuple[Sequence[Any], Any]:
    """(labels, texts) of {"text": […], "label": […]}, or of an object from label to text."""
    texts = next((found[key] for key in _TEXTS if isinstance(found.get(key), list)), None)
    if texts is not None:
        labels = next((found[key] for key in _LABELS if isinstance(found.get(key), list)), ())
        if texts and all(isinstance(item, dict) for item in texts):
            return _of_objects(texts)
        return labels, texts
    if is_scored(found):
        return (), list(found)
    there = {name: text for name, text in found.items() if text is not None}
    return list(there), list(there.values())


def _of_objects(found: Sequence[dict[str, Any]]) -> tuple[Sequence[Any], list[Any]]:
    """(labels, texts) of [{"label": "A", "text": "red"}, …], or of [{"A": "red"}, {"B": "blue"}, …]."""
    if all(len(one) == 1 for one in found):
        [*pairs] = [next(iter(one.items())) for one in found]
        if len({name for name, _ in pairs}) == len(pairs):
            return [name for name, _ in pairs], [text for _, text in pairs]
    text_key = next((key for key in _TEXTS if all(key in one for one in found)), None)
    label_key = next((key for key in _LABELS if all(key in one for one in found)), None)
    labels = [one[label_key] for one in found] if label_key else []
    return labels, [one.get(text_key) for one in found] if text_key else [None for _ in found]


def _listed_in_text(text: str) -> list[str] | str:
    """The choices that a text lists: "A) red B) blue", a line each, or between | or ;. Else the text itself."""
    for names in (ascii_uppercase, ascii_uppercase.lower(), [str(number) for number in range(1, 27)]):
        parts = _parted(text, names)
        if len(parts) >= _FEWEST:
            return parts
    for mark in ("\n", "|", ";"):
        parts = [part.strip() for part in text.split(mark) if part.strip()]
        if len(parts) >= _FEWEST:
            return parts
    return text


def _parted(text: str, names: Sequence[str]) -> list[str]:
    """The parts of a text that begin with these names, in order: none where the text does not begin with the first."""
    starts: list[int] = []
    place = 0
    for name in names:
        mark = re.compile(rf"(?:^|(?<=[\s,;|]))[(\[]?{name}\s*(?:[)\]:]|\.(?=\s))\s*").search(text, place)
        if mark is None or (not starts and text[: mark.start()].strip()):
            break
        starts.append(mark.start())
        place = mark.end()
    return [text[one:two].strip(" \n\t,;|") for one, two in pairwise([*starts, len(text)])]
