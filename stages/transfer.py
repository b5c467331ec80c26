"""Student + another dataset's test problems → data/transfer/DATASET/*.parquet, metrics/transfer/DATASET.json."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cot_distill import problems as benchmarks
from cot_distill import records
from cot_distill.evaluation.answering import verdicts
from cot_distill.evaluation.verdicts import metrics, summarise
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Problem, Verdict
from stages import params, paths
from stages.command import command


def transfer(
    dataset: Annotated[str, typer.Argument(help="The dataset whose test problems are asked.")],
    untuned: Annotated[bool, typer.Option(help="Prepare the problems, and ask the base model as it came.")] = False,
) -> None:
    """Ask the student the test problems of a dataset that it was not trained on, as `evaluate` does with its own."""
    keep_freed_memory()
    chosen = params.load()
    role = "untuned" if untuned else "tuned"
    tables, decoding = paths.transferred(dataset), chosen.decoding.settings()
    if untuned:
        _prepare(chosen, dataset, tables["problems"])
    problems = records.read(tables["problems"], Problem)
    baseline = None if untuned else records.read(tables["untuned"], Verdict)
    judged = verdicts(chosen.student_entry, None if untuned else paths.STUDENT, problems, decoding)
    records.write(tables[role], judged, Verdict)
    if baseline is not None:
        write_text(paths.transfer_metrics(dataset), json.dumps(metrics(judged, baseline), indent=2) + "\n")
    summary = summarise(judged)
    print(f"transfer: {role} student on {dataset}: accuracy {summary.accuracy:.1%} of {summary.n} problems")


def _prepare(chosen: params.Params, dataset: str, table: Path) -> None:
    sizes: dict[str, benchmarks.Size] = {"train": None, "test": chosen.test_problems}
    loaded = benchmarks.load(
        dataset, Path(chosen.benchmarks), paths.REVISIONS, chosen.data_seed, sizes, chosen.own.columns()
    )
    records.write(table, loaded.problems["test"], Problem)


app = command(transfer)

if __name__ == "__main__":
    app()
