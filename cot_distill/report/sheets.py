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
_SHARES = {"accuracy", "untuned", "only", "best", "home", "rate"}
"""A word in the name of each column that holds shares."""
_PROOF = ("test_set", "setting", "grader")
"""Hashes that say which rows compare: of interest where they differ."""
_COMMIT = 7
"""As many digits of a commit are shown."""
_TITLES = {
    "granularity": "Granularity by student",
    "format": "Format by student",
    "teacher": "Teacher by student",
    "length": "Length against granularity",
    "best": "Best supervision of each student",
    "transfer": "Transfer to other datasets",
    "beyond": "Beyond the training benchmark",
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
    common: tuple[tuple[Column, Cell], ...]
    """What is the same in all rows, which stands above the table instead of in columns."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]


def sheet(name: str, table: "Table") -> Sheet:
    """A table that has rows, with `X_low` and `X_high` beside X, and without the columns that all rows share."""
    kept = [
        column
        for column in table.columns
        if not _is_bound(column, table.columns)
        and any(_said(row[column]) for row in table.rows)
        and not (column in _PROOF and len({str(row[column]) for row in table.rows}) == 1)
    ]
    columns = [Column(_title(column), _numeric(column, table.rows)) for column in kept]
    rows = [[_cell(column, row) for column in kept] for row in table.rows]
    same = [len(rows) > 1 and len({row[place] for row in rows}) == 1 for place in range(len(kept))]
    return Sheet(
        name,
        _TITLES.get(name, name),
        tuple((column, cell) for column, cell, shared in zip(columns, rows[0], same, strict=True) if shared),
        tuple(column for column, shared in zip(columns, same, strict=True) if not shared),
        tuple(tuple(cell for cell, shared in zip(row, same, strict=True) if not shared) for row in rows),
        tuple(table.notes),
    )


def _is_bound(column: str, columns: Sequence[str]) -> bool:
    return any(column.endswith(bound) and column.removesuffix(bound) in columns for bound in _BOUNDS)


def _said(value: Any) -> bool:
    return any(one is not None for one in value) if isinstance(value, list) else value is not None


def _title(column: str) -> str:
    named = {"revs": "commit", "runs": "run", "at_home": "on its own dataset"}
    return named.get(column, column.replace("p_", "p against ").replace("_", " "))


def _numeric(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(type(row[column]) in (int, float, type(None)) for row in rows)


def _cell(column: str, row: Mapping[str, Any]) -> Cell:
    value, low, high = row[column], *(row.get(f"{column}{bound}") for bound in _BOUNDS)
    more = "" if low is None or high is None else f"{_figure(column, low)}–{_figure(column, high)}"
    if column == "granularity" and value is not None:
        return Cell(in_words(value))
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, (int, float)):
        return Cell(_figure(column, value), more, float(value))
    if isinstance(value, list):
        told = [str(one)[: _COMMIT if column == "revs" else None] for one in value if one is not None]
        return Cell(told[0] if told else "", f"+{len(told) - 1}" if len(told) > 1 else "")
    return Cell("" if value is None else str(value))


def _figure(column: str, value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    words = column.split("_")
    if "p" in (words[0], words[-1]):
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if any(word in _POINTS for word in words):
        return f"{round(100 * value, 1) or 0.0:+.1f}".replace("-", "−")
    if _SHARES & set(words):
        return f"{100 * value:.1f}"
    return f"{value:,.{0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2}f}"
