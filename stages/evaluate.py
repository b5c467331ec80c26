"""Student + test problems → data/verdicts/*.parquet, metrics/eval.json."""

import dataclasses
import json
from typing import Annotated

import typer

from cot_distill import records
from cot_distill.decoding import Request, Sampling
from cot_distill.decoding.complete import complete_all
from cot_distill.decoding.transformers_engine import TransformersEngine
from cot_distill.files import write_text
from cot_distill.grading.verdicts import Summary, judge, summarise
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Problem, Verdict
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.students.prompts import end_token_id, prompt, render
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
    baseline = None if untuned else summarise(records.read(paths.VERDICTS["untuned"], Verdict))
    verdicts = _verdicts(chosen, problems, role)
    records.write(paths.VERDICTS[role], verdicts, Verdict)
    summary = summarise(verdicts)
    if baseline is not None:
        write_text(paths.EVAL_METRICS, json.dumps(_metrics(summary, baseline), indent=2) + "\n")
    print(f"evaluate: {role} student: accuracy {summary.accuracy:.1%} of {summary.n} problems")


def _verdicts(chosen: params.Params, problems: list[Problem], role: str) -> list[Verdict]:
    entry, decoding = chosen.student_entry, chosen.decoding
    tokenizer, template = load_tokenizer(entry), entry["template"]
    greedy = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=decoding.max_new_tokens, seed=0)
    requests = [
        Request(problem.id, tuple(render(prompt(problem), template, tokenizer)), greedy) for problem in problems
    ]
    model = load_model(entry, decoding.dtype, None if role == "untuned" else paths.STUDENT)
    with timed(paths.TIMINGS / f"evaluate_{role}.json") as timing:
        engine = TransformersEngine(model, tokenizer, decoding.batch_size, end=end_token_id(template, tokenizer))
        completions = complete_all(engine, requests, "decoding")
        timing["new_tokens"] = sum(completion.new_tokens for completion in completions)
    return [judge(problem, completion) for problem, completion in zip(problems, completions, strict=True)]


def _metrics(summary: Summary, baseline: Summary) -> dict[str, float]:
    return {
        **dataclasses.asdict(summary),
        "baseline_accuracy": baseline.accuracy,
        "baseline_answered_rate": baseline.answered_rate,
    }


app = command(evaluate)

if __name__ == "__main__":
    app()
