"""`cot-distill tables` and `cot-distill query`: results over several runs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, chosen, connection, missing, told
from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.tables.experiments import Gathered

_Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE instead of printing it.")]


class Layout(StrEnum):
    """The output formats of `tables`."""

    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


class QueryLayout(StrEnum):
    """The output formats of `query`."""

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
    form: Annotated[Layout, typer.Option("--format", help="The output format.")] = Layout.MARKDOWN,
    out: _Out = None,
) -> None:
    """Print each arm's accuracy and gain over the untuned student, or the table NAME. Seeds are pooled."""
    print_table(chosen(experiments, rev, tags), name, form, out)


def check_name(name: str | None) -> None:
    """Raises UserError if there is no table of this name; None is the table of every arm's gain."""
    from cot_distill.tables import questions

    if name is not None and name not in questions.NAMES:
        raise UserError(f"no table {name!r}; there are {', '.join(questions.NAMES)}")


def print_table(gathered: "Gathered", name: str | None, form: Layout, out: Path | None) -> None:
    """Print every arm's gain over these runs, or the named table. With `out`, write it to that file instead."""
    from cot_distill.tables import compare, questions

    check_name(name)
    # A CSV has no place for notes. The table without a name is the study's own.
    with connection(gathered, tell=name is None or form is Layout.CSV) as opened:
        if name is None:
            shown = {Layout.MARKDOWN: compare.markdown, Layout.CSV: compare.as_csv, Layout.LATEX: compare.as_latex}
            _hand_over(shown[form](compare.results(opened)), out)
            return
        table = questions.ask(opened, name, of_runs=form is not Layout.CSV)
        if form is Layout.CSV:
            told(table.notes)
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
    form: Annotated[QueryLayout, typer.Option("--format", help="The output format.")] = QueryLayout.MARKDOWN,
    out: _Out = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print every relation and its columns.")] = False,
) -> None:
    """Ask the runs and their verdicts a question of your own in SQL, read-only."""
    from cot_distill.tables import query as asking

    if schema:
        _hand_over(asking.schema(), out)
        return
    if sql is None:
        raise UserError("no question; give a SELECT, or --schema to see the columns")
    answer, left_out, lost = asking.query(chosen(experiments, rev, tags), sql, form.value)
    told([f"not taken: {why}" for why in left_out])
    _hand_over(answer, out)
    missing(lost)


def _hand_over(text: str, out: Path | None) -> None:
    from cot_distill.files import write_text

    if out is None:
        print(text, end="")
    else:
        write_text(out, text)
