"""`cot-distill report`: all that runs say, as one HTML file."""

import datetime
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, chosen, connection


def report(
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where it goes.")] = Path("report.html"),
) -> None:
    """Write findings, tables, charts and a browser of problems as one HTML file that needs no network."""
    from cot_distill.files import write_text
    from cot_distill.report.build import content, from_revisions, provenance
    from cot_distill.report.page import page

    root, today = Path("."), datetime.datetime.now(datetime.UTC).date().isoformat()
    command = shlex.join(["cot-distill", *sys.argv[1:]])
    with connection(chosen(experiments, rev, tags)) as opened:
        html = page(content(opened, from_revisions(root), root, provenance(opened, command, today)))
        write_text(out, html)
        print(f"{out}: {len(html.encode()) / 1e6:.1f} MB; open it in a browser")
