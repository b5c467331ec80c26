"""`cot-distill report`: the results of runs as one HTML file."""

import datetime
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, chosen, connection

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cot_distill.report.page import Race


def report(
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")] = Path("report.html"),
) -> None:
    """Write findings, tables, charts and a browser of problems as one HTML file that needs no network."""
    from cot_distill.files import write_text
    from cot_distill.report.build import content, from_revisions, provenance
    from cot_distill.report.page import page

    root, today = Path("."), datetime.datetime.now(datetime.UTC).date().isoformat()
    command = shlex.join(["cot-distill", *sys.argv[1:]])
    with connection(chosen(experiments, rev, tags)) as opened:
        races = _races(opened, root) if experiments else []
        html = page(content(opened, from_revisions(root), root, provenance(opened, command, today), races))
        write_text(out, html)
        print(f"{out}: {len(html.encode()) / 1e6:.1f} MB; open it in a browser")


def _races(opened: "DuckDBPyConnection", root: Path) -> "list[Race]":
    """The races all of whose runs exist."""
    from cot_distill.report.page import Race
    from cot_distill.studies.told import kept

    there = {run for (run,) in opened.execute("SELECT run FROM runs").fetchall()}
    return [
        Race(one.study, one.about, one.said, one.header, one.rows, one.chart)
        for one in kept(root)
        if there.issuperset(one.runs)
    ]
