"""Student + another benchmark → data/beyond/TASK/ROLE.parquet, metrics/beyond/TASK/ROLE.json."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cot_distill import records
from cot_distill.evaluation.beyond import harness
from cot_distill.evaluation.beyond.outcomes import Outcome, summarise
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.timing import timed
from stages import params, paths
from stages.command import Role, command


def beyond(role: Role, task: Annotated[str, typer.Argument(help="An id of the param beyond.")]) -> None:
    """Ask the student another benchmark's questions through lm-eval."""
    keep_freed_memory()
    harness.quiet_bars()
    chosen = params.load()
    parts = harness.load(task, Path(chosen.beyond_data), paths.REVISIONS)
    entry = chosen.student_entry
    model = load_model(entry, chosen.decoding.dtype, paths.STUDENT if role is Role.tuned else None)
    with timed(paths.TIMINGS / f"beyond_{task}_{role.value}.json"):
        asked = harness.ask(task, parts, model, load_tokenizer(entry), role.value, chosen.beyond_limit)
    metrics = summarise(asked)
    records.write(paths.BEYOND / task / f"{role.value}.parquet", asked, Outcome)
    write_text(paths.BEYOND_METRICS / task / f"{role.value}.json", json.dumps(metrics, indent=2) + "\n")
    sources = parts[0].source if len(parts) == 1 else f"{len(parts)} sources like {parts[0].source}"
    print(f"beyond: {task}: {role.value} student: {metrics['accuracy']:.1%} of {metrics['n']} questions from {sources}")


app = command(beyond)

if __name__ == "__main__":
    app()
