"""Supervised fine-tuning of a student on examples."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.files import write_aside
from cot_distill.records import Example
from cot_distill.stopping import stop_on_signals
from cot_distill.students.base import device_dtype, load_tokenizer
from cot_distill.students.prompts import end_token_id, render_examples
from cot_distill.training import checkpoints, estimate, parallel
from cot_distill.training.building import build, precision
from cot_distill.training.curve import Curve
from cot_distill.training.packing import IGNORED, Row
from cot_distill.training.settings import Settings, steps
from cot_distill.training.trainer import base_model
from cot_distill.training.watch import watch
from cot_distill.weights.loading import fingerprint

SAVE_EVERY = 300.0
"""Seconds between checkpoints."""
_POINTS = 100
"""Points of the curve, about."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a training run did."""

    examples: int
    dropped: int
    """Examples over the limit that were left out."""
    tokens: int
    """Tokens of all examples once, prompts included."""
    steps: int
    loss: float
    """The mean loss per trained token over the last point of the curve, in nats."""


@dataclasses.dataclass(frozen=True, slots=True)
class OutputPaths:
    """Where training writes."""

    student: Path
    curve: Path
    speed: Path


def finetune(
    entry: dict[str, Any],
    examples: Sequence[Example],
    settings: Settings,
    seed: int,
    outputs: OutputPaths,
    save_every: float = SAVE_EVERY,
) -> Outcome | None:
    """Train the student of a catalogue entry and write it to a folder: an adapter (LoRA) or a whole model.

    A run that was stopped or died continues from its last checkpoint. In all but the first of several processes the
    outcome is None and nothing is written. Raises UserError where an example is too long, there are none, the model
    cannot be loaded, the disk will not suffice, or the loss stops being a number.
    """
    if not examples:
        raise UserError("no examples to train on; see the reasons in metrics/supervision/report.md")
    tokenizer = load_tokenizer(entry)
    names, rows = _rows(examples, entry["template"], tokenizer, settings)
    tokens = sum(len(row["input_ids"]) for row in rows)
    first = parallel.rank() == 0
    run = _run_key(entry, rows, settings, seed)
    with checkpoints.folder(run, first) as kept_at, stop_on_signals(tell=not parallel.launched()) as stop:
        trainer = build(entry, tokenizer, names, rows, settings, seed, kept_at)
        _check_room(trainer, rows, settings, kept_at, outputs.student)
        curve = Curve(outputs.curve, outputs.speed, max(1, _all_steps(rows, settings) // _POINTS)) if first else None
        all_tokens = settings.epochs * tokens / parallel.processes()
        trainer.add_callback(watch(curve, stop, save_every, lambda: int(trainer.tokens), all_tokens))
        trainer.accelerator.wait_for_everyone()  # the first process may have had to wait for another run to end
        found = checkpoints.latest(kept_at)
        _check_same(found)
        if found and first:
            print(f"training: continues from step {found.name.rpartition('-')[2]}", file=sys.stderr, flush=True)
        trainer.train(resume_from_checkpoint=str(found) if found else None)
        if stop.requested and trainer.state.global_step < trainer.state.max_steps:
            raise UserError(
                f"training stopped ({stop.reason}) at step {trainer.state.global_step} of {trainer.state.max_steps}; "
                "run the same command again to continue"
            )
        if curve:
            curve.close()
        _save(trainer, tokenizer, entry, settings, outputs.student, first)
    if curve is None:
        return None
    return Outcome(len(rows), len(examples) - len(rows), tokens, trainer.state.global_step, curve.loss)


def _run_key(entry: dict[str, Any], rows: Sequence[Row], settings: Settings, seed: int) -> str:
    """What names the checkpoints of this very run."""
    return checkpoints.key(
        {
            "model": fingerprint(str(entry["model"]), entry.get("revision")),
            "rows": [[row["input_ids"], row["labels"]] for row in rows],
            "settings": settings.model_dump(),
            "seed": seed,
            "code": checkpoints.code(),
        }
    )


def _rows(
    examples: Sequence[Example], template: str, tokenizer: Any, settings: Settings
) -> tuple[list[str], list[Row]]:
    """The names and the rows of the examples that fit the limit."""
    whole = render_examples(examples, template, tokenizer, settings.thoughts)
    rendered = [
        (example.problem_id, ids, prompt_length) for example, (ids, prompt_length) in zip(examples, whole, strict=True)
    ]
    fitting = [one for one in rendered if len(one[1]) <= settings.max_tokens]
    if len(fitting) < len(rendered) and settings.too_long == "stop":
        name, ids, _ = max(rendered, key=lambda one: len(one[1]))
        raise UserError(
            f"{len(rendered) - len(fitting)} of {len(examples)} examples are over training.max_tokens of "
            f"{settings.max_tokens}, the longest, {name}, has {len(ids)} tokens; cut, they would lose their answers: "
            "raise training.max_tokens, or leave them out by training.too_long drop"
        )
    if not fitting:
        raise UserError(f"all {len(examples)} examples are over training.max_tokens of {settings.max_tokens}; raise it")
    rows = [
        {"input_ids": ids, "labels": [IGNORED] * prompt_length + ids[prompt_length:], "row": number}
        for number, (_, ids, prompt_length) in enumerate(fitting)
    ]
    return [name for name, _, _ in fitting], rows


def _all_steps(rows: Sequence[Row], settings: Settings) -> int:
    return -(-len(rows) // settings.batch_size) * settings.epochs


def _check_same(found: Path | None) -> None:
    """Raise UserError where processes, on several machines, would continue from different checkpoints."""
    from accelerate.utils import gather_object

    if len(set(gather_object([found.name if found else None]))) > 1:
        raise UserError(
            "training: the machines see different checkpoints; set COT_DISTILL_CACHE to a folder that all of them share"
        )


def _check_room(trainer: Any, rows: Sequence[Row], settings: Settings, kept_at: Path, student: Path) -> None:
    """Warn where memory seems to be short; raise UserError where the disk is."""
    size = estimate.sizes(base_model(trainer.model))
    masters = precision(settings).masters
    # Sharded, the checkpoint holds float32 weights beside those to continue from: as much as masters.
    weight_bytes = 2 if device_dtype(settings.dtype) == "bfloat16" and not settings.sharded else 4
    if not settings.sharded:  # what each device holds there is the library's choice
        micro_batch = steps(settings.batch_size, settings.device_batch, parallel.processes()).micro_batch
        longest = sorted((len(row["input_ids"]) for row in rows), reverse=True)[:micro_batch]
        # Padded, all of a batch are as long as its longest.
        tokens = sum(longest) if trainer.packed else micro_batch * longest[0]
        needed = estimate.memory_bytes(size, tokens, weight_bytes, masters, settings.gradient_checkpointing)
        estimate.warn_of_memory(needed, "lower training.device_batch, or take training.method lora")
    written, kept = estimate.disk_bytes(size, weight_bytes, masters or settings.sharded, settings.method == "full")
    estimate.check_disk(student, written, "the student")
    estimate.check_disk(kept_at, kept, "a checkpoint")


def _save(trainer: Any, tokenizer: Any, entry: dict[str, Any], settings: Settings, out: Path, first: bool) -> None:
    """Write the student under its final name. Every process takes part where the weights are sharded."""
    import torch
    from safetensors import SafetensorError

    base = base_model(trainer.model)
    ends = base.generation_config.eos_token_id
    known = [] if ends is None else ends if isinstance(ends, list) else [ends]
    end = end_token_id(entry["template"], tokenizer)
    # Whoever generates with the student stops where it was taught to stop.
    base.generation_config.eos_token_id = [end, *(one for one in known if one != end)]
    if settings.method != "full":
        # The catalogue's name instead of this machine's path, and a set in order: equal training gives equal bytes.
        adapter = trainer.model.peft_config["default"]
        adapter.base_model_name_or_path = str(entry["model"])
        adapter.target_modules = sorted(adapter.target_modules)
    if settings.parallel == "fsdp" and device_dtype(settings.dtype) == "bfloat16":
        trainer.model.to(torch.bfloat16)  # float32 until here; the student is saved as it would be without
    # Every process hands over its part; as in transformers' Trainer.save_model.
    gathered = trainer.accelerator.get_state_dict(trainer.model_wrapped) if settings.sharded else None
    if not first:
        return
    with write_aside(out) as aside:
        try:
            trainer.model.save_pretrained(aside, state_dict=gathered)
            tokenizer.save_pretrained(aside)
            base.generation_config.save_pretrained(aside)  # an adapter is saved without it
            (aside / "README.md").unlink(missing_ok=True)  # a form to fill in; `cot-distill export` writes a card
        except SafetensorError as error:
            raise OSError(28, first_line(error)) from error
