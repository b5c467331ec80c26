"""A row of raw data that knows its place, and what its values look like whatever file it comes from."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cot_distill.errors import UserError

_SURROGATE = re.compile("[\ud800-\udfff]")


class NumberText(str):
    """A JSON number as it was written, so that no digit is lost."""

    __slots__ = ()


class Place(NamedTuple):
    """Where a row stands."""

    where: str
    """Its file, or repository."""
    row: int
    """Its number there, from 0."""

    def __str__(self) -> str:
        return f"{self.where}: row {self.row}"


class BadRow(UserError):
    """A row that cannot be used; `reason` says why without the row's own values, so that rows can be counted by it."""

    def __init__(self, place: Place, told: str, reason: str) -> None:
        super().__init__(f"{place}: {told}")
        self.place, self.reason = place, reason


class Row(dict[str, Any]):
    """A row that knows its `place`.

    Methods that return text raise a BadRow that names the place and the key where there is no text. `placed` makes one.
    """

    __slots__ = ("place",)
    place: Place

    def fault(self, told: str, reason: str | None = None) -> BadRow:
        """The error that says what is wrong with this row; `reason` where `told` quotes values of it."""
        return BadRow(self.place, told, reason or told)

    def inner(self, key: str) -> "Row":
        """The object under `key`, or the row itself where no object stands there, as in the hub's flat layout."""
        value = self.get(key)
        return placed(value, self.place) if isinstance(value, dict) else self

    def text(self, key: str) -> str:
        """The text under `key`, stripped."""
        return self.as_text(key, self.get(key), key in self)

    def text_or_number(self, key: str) -> str:
        """Like `text`, for a field that may also hold a number."""
        value = self.get(key)
        return str(value) if isinstance(value, NumberText) else self.text(key)

    def texts(self, key: str) -> list[str]:
        """The list of non-empty texts under `key`."""
        value = self.get(key)
        if not isinstance(value, list) or not value:
            raise self.fault(f"{key!r} is {shown(value, 'a list of texts', key in self)}")
        return [self.as_text(key, item) for item in value]

    def as_text(self, name: str, value: Any, there: bool = True) -> str:
        """A value found under `name` as text, stripped; raises BadRow where it is none."""
        text = value.strip() if type(value) is str else ""
        if not text:
            raise self.fault(f"{name!r} is {shown(value, 'text', there)}")
        if not text.isascii() and _SURROGATE.search(text):
            raise self.fault(f"{name!r} holds half a character (a lone surrogate); fetch the file again")
        return text


def shown(value: Any, wanted: str, there: bool = True) -> str:
    """What a value is instead of what was `wanted`: "a number, not text"."""
    if not there:
        return "missing"
    if isinstance(value, str) and not isinstance(value, NumberText) and not value.strip():
        return "empty"
    kinds = {NumberText: "a number", type(None): "null", bool: "true or false", list: "a list", dict: "an object"}
    return f"{kinds.get(type(value), type(value).__name__)}, not {wanted}"


def placed(values: Mapping[str, Any] | Iterable[tuple[str, Any]], place: Place) -> Row:
    """The row of these values."""
    row = Row(values)  # an __init__ in Python would take as long as all else that reads a row
    row.place = place
    return row


def numbered(where: object, rows: Iterable[Mapping[str, Any] | Iterable[tuple[str, Any]]]) -> Iterator[Row]:
    """The rows with their places."""
    named = str(where)
    return (placed(row, Place(named, number)) for number, row in enumerate(rows))


def as_json(value: Any) -> Any:
    """A Python value in the form that the JSON readers give: a number becomes `NumberText`, one that is none null, and
    a date or another thing text."""
    if type(value) is int:
        return NumberText(value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bytes):  # texts that no program marked as such; what is none holds surrogates, and is told
        return value.decode("utf-8", "surrogateescape")
    return NumberText(value)
