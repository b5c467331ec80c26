"""The tables of a study: each a readable .sql file beside this one, over `arms` and `scores`."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.tables import layout
from cot_distill.tables.notes import GRIDS, about_runs, notes
from cot_distill.tables.sheets import Sheet, sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAMES = ("granularity", "format", "teacher", "length", "best", "transfer", "beyond", "supervision", "predictors")
"""The tables."""
_SELDOM = {"selection": None, "unclosed_rate": None, "split": "test", "test_accuracy": None}
"""Columns that stand only where some row has another value than this."""
_ENDS = ("_low", "_high")


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """An answered question; rates are shares, p-values two-sided, `runs` and `revs` lists."""

    columns: tuple[str, ...]
    """Those of `_SELDOM` only where some row has something else there."""
    rows: list[dict[str, Any]]
    notes: list[str]
    """What a reader must know: missing cells, runs that are not compared with each other, runs left out."""


def ask(connection: "DuckDBPyConnection", name: str, of_runs: bool = True) -> Table:
    """The table `name`, one of `NAMES` or `results`, over a connection of `relations.connect`; without `of_runs` its
    notes leave out what is the same for all tables."""
    found = connection.sql(Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8"))
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    idle = {name for name, usual in _SELDOM.items() if all(row.get(name) in (None, usual) for row in rows)}
    idle |= {f"{name}{end}" for name in idle for end in _ENDS}
    columns = tuple(name for name in found.columns if name not in idle)
    rows = [{name: row[name] for name in columns} for row in rows]
    told = [*(about_runs(connection) if of_runs else ()), *notes(connection, name)]
    if any(name.startswith("p_") for name in columns) and any(row.get("seeds") == 1 for row in rows):
        told.append(layout.ONE_SEED)
    return Table(columns, rows, told)


def compares(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what the table `name` is about varies in its rows, so that they compare something."""
    if name == "best":
        return any(row["compared"] > 1 for row in rows)
    factor = {**{grid: factor for grid, (factor, _) in GRIDS.items()}, "length": "mean_words"}.get(name)
    return bool(rows) and (factor is None or len({row[factor] for row in rows}) > 1)


def as_csv(table: Table) -> str:
    """The table as CSV: every column, numbers in full, lists parted by spaces."""
    return layout.as_csv(table.columns, (row.values() for row in table.rows))


def as_markdown(table: Table) -> str:
    """The table as Markdown, rates in percent, with its notes below."""
    header, rows = _laid_out(sheet("", table))
    told = "".join(f"- {note}\n" for note in table.notes)
    return layout.markdown(header, [[layout.cell(cell) for cell in row] for row in rows]) + (told and f"\n{told}")


def as_latex(table: Table) -> str:
    """The table as LaTeX for the package booktabs, with its notes as comments."""
    header, rows = _laid_out(sheet("", table))
    return "".join(f"% {note}\n" for note in table.notes) + layout.latex(header, rows)


def _laid_out(shown: Sheet) -> tuple[list[str], list[list[str]]]:
    """Header and cells: an interval in a column of its own, an adjusted p behind its p; commits are for CSV."""
    header: list[str] = []
    rows: list[list[str]] = [[] for _ in shown.rows]
    for place, column in enumerate(shown.columns):
        if column.name == "revs":
            continue
        header += [column.title, "95% interval"] if column.interval else [column.title]
        for line, row in zip(rows, shown.rows, strict=True):
            cell = row[place]
            beside = f" ({cell.more})" if cell.more and column.p else f" {cell.more}" if cell.more else ""
            line += [cell.text, cell.more] if column.interval else [cell.text + beside]
    return header, rows
