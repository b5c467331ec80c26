"""Which runs a command looks at: the options that choose them, and the connection over what they choose."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.errors import UserError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Experiments = Annotated[bool, typer.Option("--experiments", help="All experiments, not the workspace alone.")]
Revs = Annotated[list[str] | None, typer.Option("--rev", metavar="REV", help="An experiment, tag or commit; repeat.")]
Tags = Annotated[bool, typer.Option("--tags", help="All tags.")]


def connection(experiments: bool, revs: list[str] | None, tags: bool) -> AbstractContextManager["DuckDBPyConnection"]:
    """A connection over the chosen runs; tells on stderr what was left out. Raises UserError where there is no run."""
    from cot_distill.tables.experiments import gather
    from cot_distill.tables.notes import outdated
    from cot_distill.tables.relations import connect

    gathered = gather(Path("."), experiments, revs or (), tags)
    if not gathered.runs:
        why = f" ({gathered.left_out[0]})" if gathered.left_out else ""
        raise UserError(f"no run to show{why}; make one with `dvc repro` or `dvc exp run`")
    for line in gathered.left_out:
        print(f"not taken: {line}", file=sys.stderr)
    for line in outdated([(run.run, run.stale) for run in gathered.runs]):
        print(line, file=sys.stderr)
    return connect(gathered)
