"""Pictures of runs, as Vega-Lite specifications that are also drawn as SVG and PNG."""

from pathlib import Path
from typing import TYPE_CHECKING

from cot_distill.tables.charts.chart import Chart

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Chart", "charts"]


def charts(connection: "DuckDBPyConnection", root: Path = Path(".")) -> list[Chart]:
    """Every chart that the arms of a connection of `relations.connect` have enough for; `root` is the repository with
    the loss curves."""
    from cot_distill.tables.charts import formats, granularity, losses, scatter
    from cot_distill.tables.findings.arms import Arms

    arms = Arms(connection)
    return [
        *granularity.draw(arms),
        *formats.draw(arms),
        *scatter.draw(arms),
        *losses.draw(arms, root),
    ]
