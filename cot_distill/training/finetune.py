"""Supervised fine-tuning of a student on examples."""

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from cot_distill.errors import UserError, first_line
from cot_distill.records import Example
from cot_distill.stopping import Stop, stop_on_signals
from cot_distill.students.base import device_dtype, load_tokenizer
from cot_distill.students.prompts import render_examples
from cot_distill.students.trial import check_examples, examine
from cot_distill.training import checkpoints, estimate, parallel
from cot_distill.training.adapter import base_model
from cot_distill.training.building import build, precision
from cot_distill.training.choosing import choose_kernels
from cot_distill.training.curve import Curve
from cot_distill.training.packing import IGNORED, Row
from cot_distill.training.room import tokens_at_a_time
from cot_distill.training.saving import save
from cot_distill.training.settings import Settings, steps
from cot_distill.training.trial import shortest, try_out
from cot_distill.training.validation import Validation, held_out
from cot_distill.training.watch import watch
from cot_distill.weights.loading import fingerprint

SAVE_EVERY = 300.0
"""Seconds between checkpoints."""
_LESS = (
    "set training.gradient_checkpointing, lower training.device_batch or device_tokens, or take training.method lora"
)
_POINTS = 100
"""About how many points the curve has."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a training run."""

    examples: int
    dropped: int
    """The number of examples over the limit that were left out."""
    tokens: int
    """The tokens of all examples, prompts included, counted once."""
    steps: int
    loss: float
    """The mean loss per trained token over the last point of the curve, in nats."""
    validation_loss: float | None
    """The loss of the held-out examples for the weights that were kept; None if none were held out."""


@dataclasses.dataclass(frozen=True, slots=True)
class OutputPaths:
    """The paths that training writes."""

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
    max_new_tokens: int = 0,
    by_transformers: bool = True,
) -> Outcome | None:
    """Train the student of a catalogue entry and write it to a folder: an adapter (LoRA) or a whole model.

    A run that was stopped or that crashed continues from its last checkpoint. Of several processes, only the first
    writes and returns an outcome; the others return None. `max_new_tokens` is the most tokens of an answer, and
    `by_transformers` says whether that engine will ask for it. Raises UserError if an example is too long or there are
    none, if the model cannot be loaded or fails a check of `students.trial` or `training.trial`, if the disk is too
    small, or if the loss becomes NaN or infinite.
    """
    if not examples:
        raise UserError("no examples to train on; see the reasons in metrics/supervision/report.md")
    first = parallel.rank() == 0
    tokenizer = load_tokenizer(entry)
    for told in examine(entry, tokenizer):
        _tell(told, first)
    fitting = _fitting(examples, entry, tokenizer, settings, max_new_tokens)
    held = held_out(len(fitting), settings.validation_share, seed)
    if held and settings.sharded:
        raise UserError(
            f"training.validation_share does not work with training.parallel {settings.parallel}; set it null"
        )
    names, rows = _rows([one for number, one in enumerate(fitting) if number not in held])
    _, measured = _rows([one for number, one in enumerate(fitting) if number in held])
    tokens = sum(len(row["input_ids"]) for row in rows)
    run = _run_key(entry, rows, settings, seed)
    stopping = stop_on_signals(tell=not parallel.launched())
    with checkpoints.folder(run, first) as kept_at, stopping as stop, _enough_memory():
        trainer, reading = build(entry, tokenizer, names, rows, settings, seed, kept_at, by_transformers)
        if reading.slower:
            _tell(f"batches are padded, not packed, which is slower: {reading.slower}", first)
        _check_room(trainer, rows, settings, kept_at, outputs.student)
        if reading.own is not None:
            place = kept_at / "trial" if first else None
            try_out(trainer, shortest(rows)[0], reading.own, tokenizer, entry, settings.dtype, place)
            for told in choose_kernels(trainer, shortest(rows)[0], reading.own, reading.compiled):
                _tell(told, first)
        if settings.by_tokens:
            trainer.work_on(settings.device_tokens or _tokens_at_a_time(trainer, rows, settings, first))
        curve = Curve(outputs.curve, outputs.speed, max(1, _all_steps(rows, settings) // _POINTS)) if first else None
        all_tokens = settings.epochs * tokens / parallel.processes()
        trainer.add_callback(watch(curve, stop, save_every, lambda: int(trainer.tokens), all_tokens))
        validation = Validation(trainer, measured, kept_at, curve.add if curve else None)
        _train(trainer, validation, kept_at, stop, first)
        if curve:
            curve.close()
        save(trainer, tokenizer, entry, settings, outputs.student, first)
        best = validation.best
    if curve is None:
        return None
    return Outcome(len(rows), len(examples) - len(fitting), tokens, trainer.state.global_step, curve.loss, best)


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Raise UserError where a GPU's memory does not suffice."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UserError(f"training: the GPU's memory does not suffice ({first_line(error)}); {_LESS}") from error


def _train(trainer: Any, validation: Validation, kept_at: Path, stop: Stop, first: bool) -> None:
    """Train to the end, from the last checkpoint on if there is one. Raises UserError if it was stopped."""
    trainer.accelerator.wait_for_everyone()  # the first process may have waited for another run to end
    found = checkpoints.latest(kept_at)
    _check_same(found)
    validation.begin(continued=found is not None)
    trainer.add_callback(validation)
    if found:
        _tell(f"continues from step {found.name.rpartition('-')[2]}", first)
    trainer.train(resume_from_checkpoint=str(found) if found else None)
    if stop.requested and trainer.state.global_step < trainer.state.max_steps:
        raise UserError(
            f"training stopped ({stop.reason}) at step {trainer.state.global_step} of {trainer.state.max_steps}; "
            "run the same command again to continue"
        )
    trainer.accelerator.wait_for_everyone()  # the first process writes the best weights
    validation.restore()


def _tell(what: str, first: bool) -> None:
    """Write a line, in the first of several processes."""
    if first:
        print(f"training: {what}", file=sys.stderr, flush=True)


def _run_key(entry: dict[str, Any], rows: Sequence[Row], settings: Settings, seed: int) -> str:
    """The name of this run's checkpoints."""
    return checkpoints.key(
        {
            "model": fingerprint(str(entry["model"]), entry.get("revision")),
            "rows": [[row["input_ids"], row["labels"]] for row in rows],
            "settings": settings.model_dump(),
            "seed": seed,
            "code": checkpoints.code(),
        }
    )


Rendered = tuple[Example, tuple[list[int], int]]
"""An example, its token ids, and how many of them are the prompt."""


def _fitting(
    examples: Sequence[Example], entry: dict[str, Any], tokenizer: Any, settings: Settings, max_new_tokens: int
) -> list[Rendered]:
    """The examples within the limit, checked."""
    whole = render_examples(examples, entry["template"], tokenizer, settings.thoughts)
    rendered = [*zip(examples, whole, strict=True)]
    fitting = [one for one in rendered if len(one[1][0]) <= settings.max_tokens]
    if len(fitting) < len(rendered) and settings.too_long == "stop":
        longest, (ids, _) = max(rendered, key=lambda one: len(one[1][0]))
        raise UserError(
            f"{len(rendered) - len(fitting)} of {len(examples)} examples are over training.max_tokens of "
            f"{settings.max_tokens}, the longest, {longest.problem_id}, has {len(ids)} tokens; cut, they would lose "
            "their answers: raise training.max_tokens, or leave them out by training.too_long drop"
        )
    if not fitting:
        raise UserError(f"all {len(examples)} examples are over training.max_tokens of {settings.max_tokens}; raise it")
    check_examples([one for one, _ in fitting], [one for _, one in fitting], entry, tokenizer, max_new_tokens)
    return fitting


def _rows(fitting: Sequence[Rendered]) -> tuple[list[str], list[Row]]:
    """The examples' names, and their rows for the trainer."""
    rows = [
        {"input_ids": ids, "labels": [IGNORED] * prompt_length + ids[prompt_length:], "row": number}
        for number, (_, (ids, prompt_length)) in enumerate(fitting)
    ]
    return [example.problem_id for example, _ in fitting], rows


def _all_steps(rows: Sequence[Row], settings: Settings) -> int:
    return -(-len(rows) // settings.batch_size) * settings.epochs


def _tokens_at_a_time(trainer: Any, rows: Sequence[Row], settings: Settings, first: bool) -> int:
    """The number of tokens for which this process's GPU has room."""
    batch = settings.batch_size // parallel.processes()
    size, types = estimate.sizes(base_model(trainer.model)), precision(settings)
    state = estimate.state_bytes(size, types.masters)
    if parallel.processes() > 1:  # in which gradients go to the other processes
        state += size.trained * (2 if types.half else 4)
    found = tokens_at_a_time(trainer, rows, batch, state)
    _tell(f"the GPU has room for {found:,} tokens at a time, of a step's {batch} examples", first)
    return found


def _check_same(found: Path | None) -> None:
    """Raise UserError if processes, on several machines, would continue from different checkpoints."""
    from accelerate.utils import gather_object

    if len(set(gather_object([found.name if found else None]))) > 1:
        raise UserError(
            "training: the machines see different checkpoints; set COT_DISTILL_CACHE to a folder that all of them share"
        )


def _check_room(trainer: Any, rows: Sequence[Row], settings: Settings, kept_at: Path, student: Path) -> None:
    """Warn if memory seems to be short; raise UserError if the disk is."""
    size = estimate.sizes(base_model(trainer.model))
    masters = precision(settings).masters
    # A sharded checkpoint also has float32 weights, which are as large as masters.
    weight_bytes = 2 if device_dtype(settings.dtype) == "bfloat16" and not settings.sharded else 4
    if not settings.sharded:  # with shards, the library decides what each device has
        together = 1 if settings.by_tokens else settings.device_batch
        micro_batch = steps(settings.batch_size, together, parallel.processes()).micro_batch
        longest = sorted((len(row["input_ids"]) for row in rows), reverse=True)[:micro_batch]
        # In a padded batch all rows have the length of the longest.
        tokens = sum(longest) if trainer.packed else micro_batch * longest[0]
        tokens = max(settings.device_tokens or 0, tokens)
        needed = estimate.memory_bytes(size, tokens, weight_bytes, masters, settings.gradient_checkpointing)
        estimate.warn_of_memory(needed, _LESS)
    written, kept = estimate.disk_bytes(size, weight_bytes, masters or settings.sharded, settings.method == "full")
    estimate.check_disk(student, written, "the student")
    estimate.check_disk(kept_at, kept, "a checkpoint")
