"""The options that choose a command's runs, and the database connection over these runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.errors import UserError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cot_distill.tables.experiments import Gathered

Experiments = Annotated[bool, typer.Option("--experiments", help="All experiments, besides the workspace.")]
Revs = Annotated[list[str] | None, typer.Option("--rev", metavar="REV", help="An experiment, tag or commit; repeat.")]
Tags = Annotated[bool, typer.Option("--tags", help="All tags.")]


@contextmanager
def connection(gathered: "Gathered", tell: bool = True) -> Iterator["DuckDBPyConnection"]:
    """A connection over these runs. With `tell`, stderr gets the runs that are left out or outdated.

    The `with` block shows the runs. Raises UserError after it if a run was lost, so that the exit code shows that
    something is missing. Raises UserError at once if there is no run.
    """
    from cot_distill.tables.notes import about_runs
    from cot_distill.tables.relations import connect, lost

    with connect(gathered) as opened:
        if not opened.execute("SELECT 1 FROM runs LIMIT 1").fetchall():
            whys = [why for (why,) in opened.execute("SELECT why FROM left_out ORDER BY lost DESC LIMIT 3").fetchall()]
            why = f" ({'; '.join(whys)})" if whys else ""
            raise UserError(f"no run to show{why}; make one with `dvc repro` or `dvc exp run`")
        if tell:
            told(about_runs(opened))
        yield opened
        missing(lost(opened))


def chosen(experiments: bool, revs: list[str] | None, tags: bool) -> "Gathered":
    """The runs that the options choose."""
    from cot_distill.tables.experiments import gather

    return gather(Path("."), experiments, revs or (), tags)


def told(notes: list[str]) -> None:
    """Print notes to standard error."""
    for note in notes:
        print(note, file=sys.stderr)


def missing(lost: list[str]) -> None:
    """Raise UserError if runs are lost. Call it after the other runs were shown."""
    if lost:
        more = f"; {len(lost) - 1} more" if len(lost) > 1 else ""
        raise UserError(f"some of the runs are not shown: {lost[0]}{more}")
