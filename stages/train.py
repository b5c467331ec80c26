"""Examples + student → data/students/tuned, metrics/training/."""

import json
import os
import time

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Example
from cot_distill.training import parallel
from stages import params, paths
from stages.command import command
from stages.params import Params


def train() -> None:
    """Fine-tune the student on the examples: loss on the completion alone, the end token included."""
    chosen = params.load()
    settings = chosen.training_settings
    if parallel.wanted(settings):
        return parallel.launch(settings, "stages.train")

    keep_freed_memory()
    # Portions are of many lengths, and what a GPU's memory is cut into should fit them all; torch reads it once.
    os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    with parallel.worker():
        _train(chosen)


def _train(chosen: Params) -> None:
    from cot_distill.training.finetune import OutputPaths, finetune

    settings = chosen.training_settings
    examples = records.read(paths.EXAMPLES, Example)
    outputs = OutputPaths(paths.STUDENT, paths.CURVE, paths.SPEED)
    start = time.monotonic()
    outcome = finetune(
        chosen.student_entry,
        examples,
        settings,
        chosen.seed,
        outputs,
        max_new_tokens=chosen.decoding.max_new_tokens,
        by_transformers=chosen.decoding_settings.engine == "transformers",
    )
    if outcome is None:
        return
    timing = {"seconds": round(time.monotonic() - start, 2), "tokens": outcome.tokens * settings.epochs}
    write_text(paths.TIMINGS / "train.json", json.dumps(timing, indent=2) + "\n")
    dropped = f", {outcome.dropped} over the limit dropped" if outcome.dropped else ""
    least = outcome.validation_loss
    held_out = "" if least is None else f", {least:.3f} of the examples held out, at its least"
    print(
        f"train: {outcome.steps} steps over {outcome.examples} examples{dropped}, loss {outcome.loss:.3f} at the end"
        f"{held_out}"
    )


app = command(train)

if __name__ == "__main__":
    app()
