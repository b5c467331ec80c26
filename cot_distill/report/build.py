"""Collects a report's content from the relations of runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.report import problems
from cot_distill.report.headline import headlines
from cot_distill.report.page import Content, Provenance, Race
from cot_distill.report.problems import Fetch, Row
from cot_distill.tables.questions import NAMES, ask, compares
from cot_distill.tables.sheets import sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TITLES = {
    "granularity": "Granularity by student",
    "format": "Format by student",
    "teacher": "Teacher by student",
    "length": "Length against granularity",
    "best": "Best supervision of each student",
    "transfer": "Transfer to other datasets",
    "beyond": "Beyond the training benchmark",
    "supervision": "Quality of the supervision",
    "predictors": "What could be known before training",
}


def content(
    connection: "DuckDBPyConnection", fetch: Fetch, root: Path, provenance: Provenance, races: Sequence[Race] = ()
) -> Content:
    """The content of a report over a connection of tables/relations.py.

    Data that `fetch` cannot give are left out, and a note says so. A table whose factor does not vary is left out too.
    `root` is the repository with the loss curves. Raises UserError if verdicts cannot be read.
    """
    from cot_distill.tables.charts import charts
    from cot_distill.tables.findings import findings
    from cot_distill.tables.notes import of_choices, outdated

    left_out = [why for (why,) in connection.execute("SELECT why FROM left_out").fetchall()]
    tables = {name: ask(connection, name, of_runs=False) for name in NAMES}
    test, untold = problems.answers(connection, fetch)
    train, untaught = problems.chains(connection, fetch)
    return Content(
        headlines=headlines(connection),
        findings=findings(connection),
        sheets=[
            sheet(_TITLES[name], table, words=True) for name, table in tables.items() if compares(name, table.rows)
        ],
        charts=charts(connection, root),
        test=test,
        train=train,
        outdated=[
            *of_choices(connection),
            *outdated(connection.execute("SELECT run, stale FROM runs ORDER BY run_id").fetchall()),
        ],
        left_out=[*left_out, *untold, *untaught],
        provenance=provenance,
        races=races,
    )


def from_revisions(root: Path) -> Fetch:
    """Returns a function that reads a run's outs in the workspace `root`, or at the run's commit from DVC's cache or
    remote."""
    from cot_distill.tables.outs import table
    from cot_distill.tables.runs import WORKSPACE

    def fetch(run: Row, out: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = table(root, run["rev"] or WORKSPACE, out).to_pylist()
        return rows

    return fetch


def provenance(connection: "DuckDBPyConnection", command: str, day: str) -> Provenance:
    """The provenance of these runs' numbers."""
    from cot_distill.tables.notes import differing

    runs = connection.execute(
        "SELECT run, any_value(rev), any_value(params) FROM runs WHERE role = 'tuned' GROUP BY run ORDER BY run"
    ).fetchall()
    return Provenance(
        command=command,
        day=day,
        runs=tuple((run, "uncommitted" if rev is None else rev[:7]) for run, rev, _ in runs),
        params=differing((params for _, _, params in runs), ()),
    )
