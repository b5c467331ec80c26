"""A table of tables/questions.py as the report shows it: rates in percent, an interval beside its figure."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cot_distill.supervision import in_words

if TYPE_CHECKING:
    from cot_distill.tables.questions import Table

_BOUNDS = ("_low", "_high")
_POINTS = ("gain", "difference")
"""How columns are called that hold differences of shares."""
_TITLES = {
    "granularity": "Granularity by student",
    "format": "Format by student",
    "teacher": "Teacher by student",
    "length": "Length against granularity",
    "best": "Best supervision of each student",
    "transfer": "Transfer to other benchmarks",
    "supervision": "Quality of the supervision",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column's head, and whether its figures stand right-aligned."""

    title: str
    numeric: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, what stands quietly beside it, and what it is sorted by: None where that is the text."""

    text: str
    more: str = ""
    rank: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the report."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]


def sheet(name: str, table: "Table") -> Sheet:
    """The table with `X_low` and `X_high` beside X, and without the columns that are empty in all rows."""
    kept = [
        column
        for column in table.columns
        if not _is_bound(column, table.columns) and any(row[column] is not None for row in table.rows)
    ]
    columns = tuple(Column(_title(column), _numeric(column, table.rows)) for column in kept)
    rows = tuple(tuple(_cell(column, row) for column in kept) for row in table.rows)
    return Sheet(name, _TITLES.get(name, name), columns, rows, tuple(table.notes))


def _is_bound(column: str, columns: Sequence[str]) -> bool:
    return any(column.endswith(bound) and column.removesuffix(bound) in columns for bound in _BOUNDS)


def _title(column: str) -> str:
    return column.replace("_", " ")


def _numeric(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(type(row[column]) in (int, float, type(None)) for row in rows)


def _cell(column: str, row: Mapping[str, Any]) -> Cell:
    value, low, high = row[column], *(row.get(f"{column}{bound}") for bound in _BOUNDS)
    more = "" if low is None or high is None else f"{_figure(column, low)}–{_figure(column, high)}"
    if column == "granularity" and value is not None:
        return Cell(in_words(value), rank=None)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, (int, float)):
        return Cell(_figure(column, value), more, float(value))
    return Cell("" if value is None else ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _figure(column: str, value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    words = column.split("_")
    if words[0] == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if any(word in _POINTS for word in words):
        return f"{round(100 * value, 1) or 0.0:+.1f}".replace("-", "−")
    return f"{100 * value:.1f}" if _is_share(words) else f"{value:,.2f}"


def _is_share(words: Sequence[str]) -> bool:
    shares = {"accuracy", "untuned", "rate", "share", "best", "only", "agreement"}
    return bool(shares & set(words)) or words[:2] == ["answer", "only"]
