"""`cot-distill tables` and `cot-distill query`: what runs say together."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags
from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.tables.experiments import Gathered

_Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE instead of printing it.")]


class Layout(StrEnum):
    """How `tables` lays a table out."""

    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


class QueryLayout(StrEnum):
    """How `query` lays an answer out."""

    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


def tables(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="granularity, format, teacher, length, best, transfer, beyond or supervision."
        ),
    ] = None,
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    form: Annotated[Layout, typer.Option("--format", help="How it is laid out.")] = Layout.MARKDOWN,
    out: _Out = None,
) -> None:
    """Print accuracy and the gain over the untuned student for each arm, or the table NAME; seeds are pooled."""
    from cot_distill.tables.experiments import gather

    print_table(gather(Path("."), experiments, rev or (), tags), name, form, out)


def print_table(gathered: "Gathered", name: str | None, form: Layout, out: Path | None) -> None:
    """Print what these runs say together, or write it to `out`: every arm's gain or, where it is named, a table."""
    from cot_distill.tables import compare, questions
    from cot_distill.tables.notes import outdated
    from cot_distill.tables.relations import connect

    if name is not None and name not in questions.NAMES:
        raise UserError(f"no table {name!r}; there are {', '.join(questions.NAMES)}")
    if not gathered.runs:
        why = f" ({'; '.join(gathered.left_out[:3])})" if gathered.left_out else ""
        raise UserError(f"no run to show{why}; make one with `dvc repro` or `dvc exp run`")
    if name is None:
        _tell([f"not taken: {why}" for why in gathered.left_out])
        _tell(outdated([(run.run, run.stale) for run in gathered.runs]))
        shown = {Layout.MARKDOWN: compare.markdown, Layout.CSV: compare.as_csv, Layout.LATEX: compare.as_latex}[form]
        _hand_over(shown(compare.compare(gathered.runs)), out)
        return
    with connect(gathered) as connection:
        table = questions.ask(connection, name)
    if form is Layout.CSV:
        _tell(table.notes)  # a CSV has no place for them
    laid_out = {
        Layout.MARKDOWN: questions.as_markdown,
        Layout.CSV: questions.as_csv,
        Layout.LATEX: questions.as_latex,
    }
    _hand_over(laid_out[form](table), out)


def query(
    sql: Annotated[str | None, typer.Argument(metavar="[SELECT]", help="One SELECT, in DuckDB's SQL.")] = None,
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    form: Annotated[QueryLayout, typer.Option("--format", help="How it is laid out.")] = QueryLayout.MARKDOWN,
    out: _Out = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print what can be asked: every column.")] = False,
) -> None:
    """Ask the runs and their verdicts a question of your own, read-only."""
    from cot_distill.tables import query as asking
    from cot_distill.tables import questions
    from cot_distill.tables.experiments import gather

    if schema:
        _hand_over(asking.schema(), out)
        return
    if sql is None:
        raise UserError("no question; give a SELECT, or --schema to see what can be asked")
    table = asking.query(gather(Path("."), experiments, rev or (), tags), sql)
    _tell(table.notes)
    laid_out = {
        QueryLayout.MARKDOWN: questions.as_markdown,
        QueryLayout.CSV: questions.as_csv,
        QueryLayout.JSON: questions.as_json,
    }
    _hand_over(laid_out[form](questions.Table(table.columns, table.rows, [])), out)


def _tell(notes: list[str]) -> None:
    for note in notes:
        print(note, file=sys.stderr)


def _hand_over(text: str, out: Path | None) -> None:
    from cot_distill.files import write_text

    if out is None:
        print(text, end="")
    else:
        write_text(out, text)
