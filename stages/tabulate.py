"""Verdicts → metrics/tables/."""

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.records import Verdict
from cot_distill.tables.compare import as_csv, compare, markdown
from cot_distill.tables.runs import pair
from stages import params, paths
from stages.command import command


def tabulate() -> None:
    """Put the untuned student and the arm into one table, with intervals, the gain and its p-value."""
    chosen = params.load()
    for path in paths.VERDICTS.values():
        records.read(path, Verdict)  # the schema's check; the table itself is DuckDB's work
    untuned, tuned = (str(paths.VERDICTS[role]) for role in ("untuned", "tuned"))
    rows = compare(pair("workspace", chosen.model_dump(), untuned, tuned))
    write_text(paths.TABLES / "results.md", markdown(rows))
    write_text(paths.TABLES / "results.csv", as_csv(rows))
    print(markdown(rows), end="")


app = command(tabulate)

if __name__ == "__main__":
    app()
