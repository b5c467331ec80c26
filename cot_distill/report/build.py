"""From gathered runs to what a report holds."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.report import problems
from cot_distill.report.headline import headlines
from cot_distill.report.page import Content
from cot_distill.report.problems import Fetch, Row
from cot_distill.report.sheets import sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cot_distill.tables.experiments import Gathered


def build(gathered: "Gathered", root: Path) -> Content:
    """The content of a report over these runs of the repository `root`.

    Problems and rationales come from the workspace, DVC's cache or its remote; what is in none of them is left out, and
    said so. Raises UserError where verdicts cannot be read.
    """
    from cot_distill.tables.relations import connect

    # The page says once what was left out, not below every table.
    with connect(dataclasses.replace(gathered, left_out=[])) as connection:
        return content(connection, from_revisions(root), gathered.left_out, root)


def content(connection: "DuckDBPyConnection", fetch: Fetch, left_out: list[str], root: Path) -> Content:
    """The same of a connection with the views of tables/relations.py."""
    from cot_distill.tables.charts import charts
    from cot_distill.tables.findings import findings
    from cot_distill.tables.findings.arms import Arms
    from cot_distill.tables.questions import NAMES, ask

    test, untold = problems.answers(connection, fetch)
    train, untaught = problems.chains(connection, fetch)
    return Content(
        headlines=headlines(Arms(connection)),
        findings=findings(connection),
        sheets=[sheet(name, ask(connection, name)) for name in NAMES],
        charts=charts(connection, root),
        test=test,
        train=train,
        left_out=[*left_out, *untold, *untaught],
    )


def from_revisions(root: Path) -> Fetch:
    """Reads a run's outs at its revision of the repository `root`."""
    from cot_distill.tables.experiments import table

    def fetch(run: Row, out: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = table(root, run["rev"] or "workspace", out).to_pylist()
        return rows

    return fetch
