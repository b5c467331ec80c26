"""`cot-distill report`: all that runs say, as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, connection


def report(
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where it goes.")] = Path("report.html"),
) -> None:
    """Write findings, tables, charts and a browser of problems as one HTML file that needs no network."""
    from cot_distill.files import write_text
    from cot_distill.report.build import content, from_revisions
    from cot_distill.report.page import page

    root = Path(".")
    with connection(experiments, rev, tags) as chosen:
        html = page(content(chosen, from_revisions(root), root))
    write_text(out, html)
    print(f"{out}: {len(html.encode()) / 1e6:.1f} MB; open it in a browser")
