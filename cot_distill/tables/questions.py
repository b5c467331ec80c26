"""The tables of a study: each a readable .sql file beside this one, over the runs with their training seeds pooled."""

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.tables import layout
from cot_distill.tables.notes import notes
from cot_distill.tables.relations import pool

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAMES = ("granularity", "format", "teacher", "length", "best", "transfer", "beyond", "supervision")
"""The tables."""
_SHARES = {
    "accuracy",
    "stated_accuracy",
    "untuned",
    "answer_only",
    "best",
    "at_home",
    "verified_rate",
    "runner_up_accuracy",
}
_WHERE_THEY_DIFFER = ("test_set", "setting", "grader")
"""Columns that Markdown and LaTeX show only where rows differ in them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """An answered question; rates are shares, p-values two-sided, `runs` and `revs` lists."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    notes: list[str]
    """What a reader must know: missing cells, runs that are not compared with each other, runs left out."""


def ask(connection: "DuckDBPyConnection", name: str) -> Table:
    """The table `name` of `NAMES` over a connection of `relations.connect`.

    Raises UserError where verdicts cannot be read.
    """
    pool(connection)
    found = connection.sql(Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8"))
    columns = tuple(found.columns)
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return Table(columns, rows, notes(connection, name))


def as_csv(table: Table) -> str:
    """The table as CSV: every column, numbers in full, lists parted by spaces."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_in_full(row[name]) for name in table.columns] for row in table.rows)
    return out.getvalue()


def as_json(table: Table) -> str:
    """The rows as a JSON list of objects."""
    return json.dumps(table.rows, indent=2, default=str, ensure_ascii=False) + "\n"


def as_markdown(table: Table) -> str:
    """The table as Markdown, rates in percent, with its notes below."""
    header, rows = _laid_out(table)
    told = "".join(f"- {note}\n" for note in table.notes)
    return layout.markdown(header, [[cell.replace("|", "\\|") for cell in row] for row in rows]) + (
        told and f"\n{told}"
    )


def as_latex(table: Table) -> str:
    """The table as LaTeX for the package booktabs, with its notes as comments."""
    header, rows = _laid_out(table)
    return "".join(f"% {note}\n" for note in table.notes) + layout.latex(header, rows)


def _laid_out(table: Table) -> tuple[list[str], list[list[str]]]:
    """Header and cells for reading: the interval in one column, without commits and what all rows share."""
    hidden = {"accuracy_low", "revs"}
    hidden |= {name for name in _WHERE_THEY_DIFFER if len({str(row.get(name)) for row in table.rows}) < 2}
    columns = [name for name in table.columns if name not in hidden]
    header = ["95% interval" if name == "accuracy_high" else name.replace("_", " ") for name in columns]
    return header, [[_cell(row, name) for name in columns] for row in table.rows]


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if name == "accuracy_high" and "accuracy_low" in row:
        return layout.interval(row["accuracy_low"], value)
    if name in _SHARES and isinstance(value, float):
        return f"{value:.1%}"
    if name.startswith("p_") or name.endswith("_p"):
        return layout.p_value(value).removeprefix("= ")
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else f"{value[0]} +{len(value) - 1}"
    return f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())


def _in_full(value: Any) -> Any:
    return " ".join("" if one is None else str(one) for one in value) if isinstance(value, list) else value
