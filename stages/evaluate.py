"""Student + test or dev problems → data/verdicts/ROLE.parquet, or data/transfer/DATASET/ROLE.parquet and metrics."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cot_distill import catalogue, records
from cot_distill.evaluation.answering import verdicts
from cot_distill.evaluation.judge import Judge, with_judge
from cot_distill.evaluation.verdicts import summarise, told
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
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
    """Ask the student every problem of the split, and compare its stated answers with gold."""
    keep_freed_memory()
    chosen = params.load()
    where = paths.PROBLEMS[chosen.evaluation.split] if dataset is None else paths.ELSEWHERE / f"{dataset}.parquet"
    asked = records.read(where, Problem)
    trained = paths.STUDENT if role is Role.tuned else None
    with timed(paths.TIMINGS / f"evaluate_{'' if dataset is None else f'{dataset}_'}{role.value}.json") as timing:
        judged = verdicts(chosen.student_entry, trained, asked, chosen.decoding_settings)
        if chosen.grading.judge is not None:
            judged = with_judge(_judge(chosen, chosen.grading.judge), judged, {one.id: one for one in asked})
        timing["new_tokens"] = sum(verdict.new_tokens for verdict in judged)
    records.write(_table(role, dataset), judged, Verdict)
    summary = summarise(judged)
    if dataset is not None:
        write_text(
            paths.TRANSFER_METRICS / dataset / f"{role.value}.json",
            json.dumps(told(judged), indent=2) + "\n",
        )
    place = f" on the {chosen.evaluation.split} split" if dataset is None else f" on {dataset}"
    print(
        f"evaluate: {role.value} student{place}: accuracy {summary.accuracy:.1%} of {summary.n} problems, "
        f"{summary.stated_accuracy:.1%} by stated answers"
    )


def _judge(chosen: params.Params, name: str) -> Judge:
    calls = chosen.calls.settings(name, chosen.experiment)
    entry = catalogue.load(paths.TEACHERS)[name]
    return Judge(name, entry, calls.limits, calls.price, calls.max_cost, calls.experiment)


def _table(role: Role, dataset: str | None) -> Path:
    return (paths.VERDICTS if dataset is None else paths.TRANSFER / dataset) / f"{role.value}.parquet"


app = command(evaluate)

if __name__ == "__main__":
    app()
