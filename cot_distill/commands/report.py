"""`cot-distill report`: all that runs say, as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the report goes.")] = Path("report.html"),
    experiments: Annotated[bool, typer.Option("--experiments", help="All experiments.")] = False,
    rev: Annotated[list[str] | None, typer.Option(metavar="REV", help="An experiment or commit; repeatable.")] = None,
    tags: Annotated[bool, typer.Option("--tags", help="All tags.")] = False,
) -> None:
    """Write findings, tables, charts and a browser of problems as one HTML file that needs no network."""
    from cot_distill.errors import UserError
    from cot_distill.files import write_text
    from cot_distill.report.build import build
    from cot_distill.report.page import page
    from cot_distill.tables.experiments import gather

    root = Path(".")
    gathered = gather(root, experiments=experiments, revs=rev or (), tags=tags)
    if not gathered.runs:
        raise UserError("no run to report; make one with `dvc repro` or `dvc exp run`")
    html = page(build(gathered, root))
    write_text(out, html)
    print(f"{out}: {len(gathered.runs)} runs, {len(html.encode()) / 1e6:.1f} MB")
