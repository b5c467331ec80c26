"""Student + another benchmark → data/beyond/, metrics/beyond/."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cot_distill.evaluation.beyond import harness
from cot_distill.evaluation.beyond.outcomes import read, summarise, write
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.timing import timed
from stages import params, paths
from stages.command import command


def beyond(
    task: Annotated[str, typer.Argument(help="An id of the param beyond.")],
    untuned: Annotated[bool, typer.Option(help="Ask the base model as it came.")] = False,
) -> None:
    """Ask the student another benchmark's questions through lm-eval, and compare it with what it was untuned."""
    keep_freed_memory()
    harness.quiet_bars()
    chosen = params.load()
    role = "untuned" if untuned else "tuned"
    before = [] if untuned else read(paths.BEYOND_UNTUNED / f"{task}.parquet")
    parts = harness.load(task, Path(chosen.beyond_data), paths.REVISIONS)
    entry = chosen.student_entry
    model = load_model(entry, chosen.decoding.dtype, None if untuned else paths.STUDENT)
    with timed(paths.TIMINGS / f"beyond_{task}_{role}.json"):
        asked = harness.ask(task, parts, model, load_tokenizer(entry), role, chosen.beyond_limit)
    if untuned:
        write(paths.BEYOND_UNTUNED / f"{task}.parquet", asked)
    else:
        metrics = summarise([*before, *asked])
        write(paths.BEYOND / f"{task}.parquet", [*before, *asked])
        write_text(paths.BEYOND_METRICS / f"{task}.json", json.dumps(metrics, indent=2) + "\n")
    right = sum(outcome.right for outcome in asked)
    sources = parts[0].source if len(parts) == 1 else f"{len(parts)} sources like {parts[0].source}"
    print(f"beyond: {task}: {role} student: {right / len(asked):.1%} of {len(asked)} questions from {sources}")


app = command(beyond)

if __name__ == "__main__":
    app()
