"""From the relations of runs to what a report holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.report import problems
from cot_distill.report.headline import headlines
from cot_distill.report.page import Content
from cot_distill.report.problems import Fetch, Row
from cot_distill.report.sheets import sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def content(connection: "DuckDBPyConnection", fetch: Fetch, root: Path) -> Content:
    """The content of a report over a connection of tables/relations.py, whose relation `left_out` is emptied.

    What `fetch` cannot give is left out, and said so. `root` is the repository with the loss curves. Raises UserError
    where verdicts cannot be read.
    """
    from cot_distill.tables.charts import charts
    from cot_distill.tables.findings import findings
    from cot_distill.tables.findings.arms import Arms
    from cot_distill.tables.notes import outdated
    from cot_distill.tables.questions import NAMES, ask

    old = outdated(connection.execute("SELECT run, stale FROM runs ORDER BY run_id").fetchall())
    left_out = [why for (why,) in connection.execute("FROM left_out").fetchall()]
    connection.execute("TRUNCATE left_out")  # so that the page says it once, not below every table
    tables = {name: ask(connection, name) for name in NAMES}
    for table in tables.values():
        table.notes[:] = [note for note in table.notes if note not in old]  # nor this
    test, untold = problems.answers(connection, fetch)
    train, untaught = problems.chains(connection, fetch)
    return Content(
        headlines=headlines(Arms(connection)),
        findings=findings(connection),
        sheets=[sheet(name, table) for name, table in tables.items() if table.rows],
        charts=charts(connection, root),
        test=test,
        train=train,
        outdated=old,
        left_out=[*left_out, *untold, *untaught],
    )


def from_revisions(root: Path) -> Fetch:
    """Reads a run's outs in the workspace `root` or at the run's commit, from DVC's cache or remote."""
    from cot_distill.tables.experiments import table
    from cot_distill.tables.runs import WORKSPACE

    def fetch(run: Row, out: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = table(root, run["rev"] or WORKSPACE, out).to_pylist()
        return rows

    return fetch
