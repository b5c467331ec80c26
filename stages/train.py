"""Examples + student → data/student, metrics/loss.csv."""

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.records import Example
from cot_distill.students.finetune import finetune
from cot_distill.timing import timed
from stages import params, paths
from stages.command import command


def train() -> None:
    """Fine-tune the student on the examples: loss on the completion alone, the end of sequence included."""
    keep_freed_memory()
    chosen = params.load()
    examples = records.read(paths.EXAMPLES, Example)
    with timed(paths.TIMINGS / "train.json") as timing:
        outcome = finetune(chosen.student_entry, examples, chosen.training.settings(), chosen.seed, paths.STUDENT)
        timing["tokens"] = outcome.tokens * chosen.training.epochs
    lines = ["step,loss", *(f"{step},{loss:.4f}" for step, loss in outcome.losses)]
    write_text(paths.LOSS, "\n".join(lines) + "\n")
    print(f"train: {outcome.steps} steps over {outcome.examples} examples, loss {outcome.losses[-1][1]:.3f} at the end")


app = command(train)

if __name__ == "__main__":
    app()
