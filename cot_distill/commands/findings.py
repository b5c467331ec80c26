"""`cot-distill findings`: judges the paper's claims by the runs."""

from enum import StrEnum
from typing import Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, chosen, connection


class Format(StrEnum):
    """How findings are printed."""

    markdown = "markdown"
    json = "json"


def findings(
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
    format: Annotated[Format, typer.Option(help="The output format.")] = Format.markdown,
) -> None:
    """Judge each claim of the paper: it holds, does not hold, or needs more data (and how much)."""
    import dataclasses
    from json import dumps

    from cot_distill.tables.findings import findings as judged
    from cot_distill.tables.findings.words import markdown

    with connection(chosen(experiments, rev, tags)) as opened:
        found = judged(opened)
        if format is Format.json:
            print(dumps([dataclasses.asdict(one) for one in found], indent=2, ensure_ascii=False))
        else:
            print(markdown(found), end="")
