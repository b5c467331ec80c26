"""`cot-distill charts`: draws the runs as files."""

from pathlib import Path
from typing import Annotated

import typer

from cot_distill.commands.selection import Experiments, Revs, Tags, chosen, connection
from cot_distill.errors import UserError


def charts(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the charts go; it must be new or empty.")],
    experiments: Experiments = False,
    rev: Revs = None,
    tags: Tags = False,
) -> None:
    """Draw the runs: each chart as SVG, PNG and Vega-Lite, and alt.md with a sentence for each."""
    from json import dumps

    from cot_distill.files import write_aside
    from cot_distill.tables.charts import charts as drawn

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: exists already; name a new or empty folder")
    with connection(chosen(experiments, rev, tags)) as opened:
        made = drawn(opened)
        if not made:
            raise UserError(
                "a chart compares arms, and these runs have too few; choose more with --experiments, --rev or --tags"
            )
        with write_aside(out) as aside:
            aside.mkdir()
            for chart in made:
                (aside / f"{chart.name}.svg").write_text(chart.svg(), encoding="utf-8")
                (aside / f"{chart.name}.png").write_bytes(chart.png())
                (aside / f"{chart.name}.vl.json").write_text(dumps(chart.spec, ensure_ascii=False), encoding="utf-8")
            told = "".join(f"- [{chart.title}]({chart.name}.svg): {chart.alt}\n" for chart in made)
            levels = sorted({level for chart in made for level in chart.legend})
            told += "\nLevels:\n\n" + "".join(f"- {level}: {meaning}\n" for level, meaning in levels) if levels else ""
            (aside / "alt.md").write_text(told, encoding="utf-8")
        for chart in made:
            print(out / f"{chart.name}.svg")
