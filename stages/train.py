"""Examples + student → data/student, metrics/training/."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cot_distill import records
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Example
from cot_distill.students import parallel
from cot_distill.timing import timed
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
    with parallel.worker():
        _train(chosen)


def _train(chosen: Params) -> None:
    from cot_distill.students.finetune import Places, finetune

    settings = chosen.training_settings
    examples = records.read(paths.EXAMPLES, Example)
    places = Places(paths.STUDENT, paths.CURVE, paths.SPEED)
    clock: AbstractContextManager[dict[str, Any]] = nullcontext({})
    if parallel.rank() == 0:
        clock = timed(paths.TIMINGS / "train.json")
    with clock as timing:
        outcome = finetune(chosen.student_entry, examples, settings, chosen.seed, places)
        if outcome is None:
            return
        timing["tokens"] = outcome.tokens * settings.epochs
    dropped = f", {outcome.dropped} over the limit dropped" if outcome.dropped else ""
    print(f"train: {outcome.steps} steps over {outcome.examples} examples{dropped}, loss {outcome.loss:.3f} at the end")


app = command(train)

if __name__ == "__main__":
    app()
