"""`cot-distill diff`: what a change did to the metrics, as Markdown for a pull request's comment."""

from pathlib import Path
from typing import Annotated

import typer


def diff(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The branch that the change goes to, or a revision.")],
    head: Annotated[str | None, typer.Argument(metavar="HEAD", help="A revision; without it, the workspace.")] = None,
    reproduce: Annotated[
        bool, typer.Option("--reproduce", help="Also run gate.profile at both commits and compare the results.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
) -> None:
    """Print what changed since the merge base of BASE and HEAD; fail if accuracy dropped by more than `gate` allows."""
    from json import dumps

    from cot_distill.diff.difference import as_json, difference, reproduced_difference
    from cot_distill.diff.gate import Gate
    from cot_distill.diff.page import page
    from cot_distill.diff.sides import sides
    from cot_distill.errors import UserError
    from stages import params

    both = sides(Path("."), base, head)
    section = params.gate(both.head.text("params.yaml"), both.head.name)
    gate = Gate(section.max_drop, section.p) if section else None
    found = [difference("Committed metrics" if head else "Workspace against committed", both.base, both.head)]
    if reproduce:
        if section is None:
            raise UserError(f"{both.head.name}: params.yaml has no `gate`, whose profile --reproduce runs")
        found.append(reproduced_difference(both, section.profile))
    if json:
        comparisons = [as_json(one, gate) for one in found]
        print(dumps({"notes": both.notes, "comparisons": comparisons}, indent=2, ensure_ascii=False))
    else:
        print(page(found, both.notes, gate), end="")
    for one in found:
        if gate and one.accuracy and gate.fails(one.accuracy):
            raise UserError(f"{one.title}: {gate.in_words(one.accuracy)}")
