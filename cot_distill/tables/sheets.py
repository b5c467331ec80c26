"""How a study's tables are read: which columns hold shares, points and p-values, and what stands beside what."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cot_distill.supervision import in_words
from cot_distill.tables import layout

if TYPE_CHECKING:
    from cot_distill.tables.questions import Table

_BESIDE = ("_low", "_high", "_holm")
"""How columns end that stand beside the column of the same name: an interval's ends, and a p adjusted by Holm."""
_SHARES = {"accuracy", "untuned", "only", "best", "home", "rate"}
"""A word in the name of each column that holds shares."""
_PROOF = ("test_set", "setting", "grader")
"""Hashes that say which rows compare: of interest where they differ."""
_TITLES = {"revs": "commit", "runs": "runs", "at_home": "on its own dataset"}
_COMMIT = 7
"""As many digits of a commit are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column's head, and how its cells are read."""

    name: str
    title: str
    numeric: bool
    interval: bool
    """What stands beside its figures are the ends of their interval at 95%."""
    p: bool
    """It holds p-values; beside one stands the same adjusted by Holm."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, what stands beside it, and what it is sorted by: None where that is the text."""

    text: str
    more: str = ""
    rank: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be read."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]

    def without_common(self) -> tuple[tuple[tuple[Column, Cell], ...], "Sheet"]:
        """What is the same in all of several rows, and the table without it."""
        places = range(len(self.columns))
        same = [len(self.rows) > 1 and len({row[place] for row in self.rows}) == 1 for place in places]
        common = tuple((self.columns[place], self.rows[0][place]) for place in places if same[place])
        kept = [place for place in places if not same[place]]
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return common, dataclasses.replace(self, columns=tuple(self.columns[place] for place in kept), rows=rows)


def sheet(title: str, table: "Table", words: bool = False) -> Sheet:
    """A table of a study to be read, without hashes in which rows do not differ; with `words`, levels are words."""
    kept = [
        name
        for name in table.columns
        if not any(name.endswith(end) and name.removesuffix(end) in table.columns for end in _BESIDE)
        and not (name in _PROOF and len({str(row[name]) for row in table.rows}) < 2)
    ]
    columns = tuple(_column(name, table) for name in kept)
    return Sheet(
        title,
        columns,
        tuple(tuple(_cell(column, row, words) for column in columns) for row in table.rows),
        tuple(table.notes),
    )


def _column(name: str, table: "Table") -> Column:
    is_p = name.startswith("p_")
    title = _TITLES.get(name, (f"p against {name[2:]}" if is_p else name).replace("_", " "))
    return Column(
        name,
        f"{title} (Holm)" if f"{name}_holm" in table.columns else title,
        numeric=all(type(row[name]) in (int, float, type(None)) for row in table.rows),
        interval=f"{name}_low" in table.columns,
        p=is_p,
    )


def _cell(column: Column, row: Mapping[str, Any], words: bool) -> Cell:
    name, value = column.name, row[column.name]
    if words and name == "granularity":
        return Cell(in_words(value))
    if value is None:
        return Cell("")
    if isinstance(value, list):
        return _first(name, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Cell(" ".join(str(value).split()))
    more = ""
    if column.interval:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        more = f"{low:.2f} to {high:.2f}" if "correlation" in name else layout.interval(low, high)
    elif column.p and row.get(f"{name}_holm") is not None:
        more = figure(name, row[f"{name}_holm"])
    return Cell(figure(name, value), more, float(value))


def _first(name: str, values: Sequence[Any]) -> Cell:
    told = [str(one)[: _COMMIT if name == "revs" else None] for one in values if one is not None]
    return Cell(told[0] if told else "", f"+{len(told) - 1}" if len(told) > 1 else "")


def figure(name: str, value: float) -> str:
    """A number as the column `name` shows it."""
    words = set(name.split("_"))
    if "p" in words:
        return layout.p_value(value).removeprefix("= ")
    if isinstance(value, int):
        return f"{value:,}"
    if "gain" in words:
        return layout.points(value)
    if "correlation" in words:
        return f"{value:.2f}"
    return f"{value:.1%}" if words & _SHARES else f"{value:.4g}"
