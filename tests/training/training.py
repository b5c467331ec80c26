"""What the tests of training share: settings, examples and rows sized for seconds."""

import hashlib
import random
from pathlib import Path
from typing import Any

from cot_distill.records import Example
from cot_distill.training.finetune import OutputPaths
from cot_distill.training.settings import Settings

SMALL = Settings(
    method="lora",
    epochs=1,
    batch_size=4,
    learning_rate=2.0e-3,
    lora_rank=4,
    max_tokens=512,
    too_long="stop",
    device_batch=8,
    gradient_checkpointing=False,
    dtype="float32",
    parallel="none",
    processes=None,
)


def settings(**changes: Any) -> Settings:
    """LoRA in float32 with batches of four, but for the changes."""
    return SMALL.model_copy(update=changes)


def entry(model: Path, template: str = "plain") -> dict[str, Any]:
    """A catalogue entry for a model folder."""
    return {"model": str(model), "revision": None, "template": template, "chat_template": {}}


def examples(count: int) -> list[Example]:
    """Sums of different lengths, the same each time."""
    draw = random.Random(7)
    made = []
    for number in range(count):
        terms = [draw.randint(1, 99) for _ in range(draw.randint(2, 5))]
        asked = f"What is {' + '.join(map(str, terms))}?"
        made.append(Example(f"sum-{number:03}", asked, f"{terms[0]} and the rest.\nThe answer is {sum(terms)}."))
    return made


def places(folder: Path) -> OutputPaths:
    """Where a run in this folder writes."""
    return OutputPaths(folder / "student", folder / "training", folder / "speed")


def digests(folder: Path, *patterns: str) -> dict[str, str]:
    """The hashes of a folder's files by their relative paths."""
    found = [path for pattern in patterns for path in folder.rglob(pattern)]
    assert found
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
