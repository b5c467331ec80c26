"""Student + test problems → data/verdicts/*.parquet, metrics/eval.json."""

import json
from typing import Annotated

import typer

from cot_distill import records
from cot_distill.evaluation.answering import verdicts
from cot_distill.evaluation.verdicts import metrics, summarise
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Problem, Verdict
from cot_distill.timing import timed
from stages import params, paths
from stages.command import command


def evaluate(untuned: Annotated[bool, typer.Option(help="Evaluate the base model as it came.")] = False) -> None:
    """Ask the student every test problem, read its answers, and compare them with gold."""
    keep_freed_memory()
    chosen = params.load()
    role = "untuned" if untuned else "tuned"
    problems = records.read(paths.PROBLEMS["test"], Problem)
    # Read first: a missing baseline must not be found after an hour of decoding.
    baseline = None if untuned else records.read(paths.VERDICTS["untuned"], Verdict)
    with timed(paths.TIMINGS / f"evaluate_{role}.json") as timing:
        trained = None if untuned else paths.STUDENT
        judged = verdicts(chosen.student_entry, trained, problems, chosen.decoding.settings())
        timing["new_tokens"] = sum(verdict.new_tokens for verdict in judged)
    records.write(paths.VERDICTS[role], judged, Verdict)
    summary = summarise(judged)
    if baseline is not None:
        write_text(paths.EVAL_METRICS, json.dumps(metrics(judged, baseline), indent=2) + "\n")
    print(f"evaluate: {role} student: accuracy {summary.accuracy:.1%} of {summary.n} problems")


app = command(evaluate)

if __name__ == "__main__":
    app()
