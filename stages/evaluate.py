"""Student + test problems → data/verdicts/ROLE.parquet, or data/transfer/DATASET/ROLE.parquet and its metrics."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from cot_distill import catalogue, problems, records
from cot_distill.evaluation.answering import verdicts
from cot_distill.evaluation.judge import Judge, with_judge
from cot_distill.evaluation.verdicts import summarise
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.problems.questions import untaught
from cot_distill.records import Problem, Verdict
from cot_distill.timing import timed
from stages import params, paths
from stages.command import Role, command


def evaluate(
    role: Role,
    dataset: Annotated[
        str | None, typer.Option(metavar="DATASET", help="Ask the test problems of this dataset instead of the own.")
    ] = None,
) -> None:
    """Ask the student every test problem, and compare the answers it states with gold."""
    keep_freed_memory()
    chosen = params.load()
    asked, trained_on = (
        (records.read(paths.PROBLEMS["test"], Problem), 0) if dataset is None else _elsewhere(chosen, dataset)
    )
    trained = paths.STUDENT if role is Role.tuned else None
    with timed(paths.TIMINGS / f"evaluate_{'' if dataset is None else f'{dataset}_'}{role.value}.json") as timing:
        judged = verdicts(chosen.student_entry, trained, asked, chosen.decoding)
        if chosen.grading.judge is not None:
            judged = with_judge(_judge(chosen, chosen.grading.judge), judged, {one.id: one for one in asked})
        timing["new_tokens"] = sum(verdict.new_tokens for verdict in judged)
    records.write(_table(role, dataset), judged, Verdict)
    summary = summarise(judged)
    if dataset is not None:
        write_text(
            paths.TRANSFER_METRICS / dataset / f"{role.value}.json",
            json.dumps({**dataclasses.asdict(summary), "trained_on": trained_on}, indent=2) + "\n",
        )
    where = "" if dataset is None else f" on {dataset}"
    if trained_on:
        print(f"evaluate: {trained_on} test problems of {dataset} are training problems and were left out")
    print(
        f"evaluate: {role.value} student{where}: accuracy {summary.accuracy:.1%} of {summary.n} problems, "
        f"{summary.stated_accuracy:.1%} by stated answers"
    )


def _judge(chosen: params.Params, name: str) -> Judge:
    calls = chosen.calls.settings(name)
    return Judge(name, catalogue.load(paths.TEACHERS)[name], calls.limits, calls.price, calls.max_cost)


def _elsewhere(chosen: params.Params, dataset: str) -> tuple[list[Problem], int]:
    """The test problems of another dataset that the student was not trained on, and how many it was."""
    sizes: dict[str, problems.Size] = {"train": None, "test": chosen.test_problems}
    loaded = problems.load(dataset, Path(chosen.benchmarks), paths.REVISIONS, chosen.data_seed, sizes, chosen.own)
    return untaught(loaded.problems["test"], records.read(paths.PROBLEMS["train"], Problem))


def _table(role: Role, dataset: str | None) -> Path:
    return (paths.VERDICTS if dataset is None else paths.TRANSFER / dataset) / f"{role.value}.parquet"


app = command(evaluate)

if __name__ == "__main__":
    app()
