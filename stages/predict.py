"""Examples + untuned student → metrics/predictors.json."""

import dataclasses
import json

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.memory import keep_freed_memory
from cot_distill.predictors.surprisal import measure
from cot_distill.records import Example
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.timing import timed
from stages import params, paths
from stages.command import command


def predict() -> None:
    """Measure how surprising the examples are to the untuned student. This may predict what training on them will
    do."""
    keep_freed_memory()
    chosen = params.load()
    examples = records.read(paths.EXAMPLES, Example)
    entry, thoughts = chosen.student_entry, chosen.training_settings.thoughts
    with timed(paths.TIMINGS / "predict.json"):
        model, tokenizer = load_model(entry, chosen.decoding.dtype).eval(), load_tokenizer(entry)
        found = measure(model, tokenizer, entry["template"], examples, chosen.predict_examples, thoughts)
    rounded = {name: round(value, 4) for name, value in dataclasses.asdict(found).items()}
    write_text(paths.PREDICTORS, json.dumps(rounded, indent=2) + "\n")
    print(f"predict: surprisal {found.surprisal:.3f} nats a token over {found.rows} examples")


app = command(predict)

if __name__ == "__main__":
    app()
