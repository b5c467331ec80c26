"""Verdicts → metrics/eval.json, metrics/tables/."""

import json

from cot_distill import records
from cot_distill.evaluation.verdicts import metrics
from cot_distill.files import write_text
from cot_distill.records import Verdict
from cot_distill.tables.compare import as_csv, compare, markdown
from cot_distill.tables.runs import pair
from stages import params, paths
from stages.command import command


def tabulate() -> None:
    """Put the untuned student and the arm into one table, with intervals, the gain and its p-value."""
    chosen = params.load()
    untuned, tuned = (paths.VERDICTS / f"{role}.parquet" for role in ("untuned", "tuned"))
    summary = metrics(records.read(tuned, Verdict), records.read(untuned, Verdict))
    rows = compare(pair("workspace", chosen.model_dump(), str(untuned), str(tuned)))
    write_text(paths.EVAL_METRICS, json.dumps(summary, indent=2) + "\n")
    write_text(paths.TABLES / "results.md", markdown(rows))
    write_text(paths.TABLES / "results.csv", as_csv(rows))
    print(markdown(rows), end="")


app = command(tabulate)

if __name__ == "__main__":
    app()
