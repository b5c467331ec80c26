"""Supervised fine-tuning of a student on examples."""

import dataclasses
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import write_aside
from cot_distill.records import Example
from cot_distill.stopping import stop_on_signals
from cot_distill.students.base import device_dtype, load_model, load_tokenizer
from cot_distill.students.prompts import end_token_id, render_examples
from cot_distill.training import checkpoints, estimate, parallel
from cot_distill.training.curve import Curve
from cot_distill.training.packing import IGNORED, Row
from cot_distill.training.settings import Settings, steps
from cot_distill.training.trainer import (
    base_model,
    collate,
    compile_layers,
    compiles,
    prepare_packing,
    trainer_class,
)
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
class Places:
    """Where training writes."""

    student: Path
    curve: Path
    speed: Path


def finetune(
    entry: dict[str, Any],
    examples: Sequence[Example],
    settings: Settings,
    seed: int,
    places: Places,
    save_every: float = SAVE_EVERY,
) -> Outcome | None:
    """Train the student of a catalogue entry and write it to a folder: an adapter (LoRA) or a whole model.

    A run that was stopped or died continues from its last checkpoint. In all but the first of several processes the
    outcome is None and nothing is written. Raises UserError where an example is too long, there are none, the model
    cannot be loaded, memory or disk will not suffice, or the loss stops being a number.
    """
    if not examples:
        raise UserError("no examples to train on; see the reasons in metrics/supervision/report.md")
    tokenizer = load_tokenizer(entry)
    kept, rows = _rows(examples, entry["template"], tokenizer, settings)
    first = parallel.rank() == 0
    run = checkpoints.key(
        {
            "model": fingerprint(str(entry["model"]), entry.get("revision")),
            "rows": [[row["input_ids"], row["labels"]] for row in rows],
            "settings": dataclasses.asdict(settings),
            "seed": seed,
            "code": checkpoints.code(),
        }
    )
    with checkpoints.folder(run, first) as kept_at, stop_on_signals(tell=not parallel.launched()) as stop:
        trainer = _trainer(entry, tokenizer, kept, rows, settings, seed, kept_at, places.student)
        curve = Curve(places.curve, places.speed, max(1, _all_steps(rows, settings) // _POINTS)) if first else None
        trainer.add_callback(watch(curve, stop, save_every, lambda: int(trainer.tokens)))
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
        _save(trainer, tokenizer, entry, settings, places.student, first)
    if curve is None:
        return None
    tokens = sum(len(row["input_ids"]) for row in rows)
    return Outcome(len(rows), len(examples) - len(rows), tokens, trainer.state.global_step, curve.loss)


def _rows(
    examples: Sequence[Example], template: str, tokenizer: Any, settings: Settings
) -> tuple[list[Example], list[Row]]:
    rendered = render_examples(examples, template, tokenizer)
    too_long = [
        (len(ids), example)
        for (ids, _), example in zip(rendered, examples, strict=True)
        if len(ids) > settings.max_tokens
    ]
    if too_long and settings.too_long == "stop":
        longest, example = max(too_long, key=lambda one: one[0])
        raise UserError(
            f"{len(too_long)} of {len(examples)} examples are over training.max_tokens of {settings.max_tokens}, the "
            f"longest, {example.problem_id}, has {longest} tokens; cut, they would lose their answers: raise "
            "training.max_tokens, or leave them out by training.too_long drop"
        )
    fitting = [
        (example, ids, asked)
        for example, (ids, asked) in zip(examples, rendered, strict=True)
        if len(ids) <= settings.max_tokens
    ]
    if not fitting:
        raise UserError(f"all {len(examples)} examples are over training.max_tokens of {settings.max_tokens}; raise it")
    rows = [
        {"input_ids": ids, "labels": [IGNORED] * asked + ids[asked:], "row": number}
        for number, (_, ids, asked) in enumerate(fitting)
    ]
    return [example for example, _, _ in fitting], rows


def _trainer(
    entry: dict[str, Any],
    tokenizer: Any,
    examples: Sequence[Example],
    rows: list[Row],
    settings: Settings,
    seed: int,
    kept_at: Path,
    out: Path,
) -> Any:
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback
    from transformers.utils import logging
    from trl import SFTConfig

    logging.set_verbosity_error()
    warnings.filterwarnings("ignore", module="trl|transformers|peft|torch")
    _seed_everything(seed)
    # FSDP and DeepSpeed keep float32 masters of their own, sharded.
    half = device_dtype(settings.dtype) == "bfloat16"
    per_step = steps(settings.batch_size, settings.device_batch, parallel.processes())
    masters = half and not settings.sharded and settings.method != "qlora"
    arguments = SFTConfig(
        output_dir=str(kept_at),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=per_step.at_once,
        gradient_accumulation_steps=per_step.accumulated,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        seed=seed,
        bf16=half and not masters,
        gradient_checkpointing=settings.gradient_checkpointing,
        max_length=None,  # nothing is ever cut: what is too long was told or dropped
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",  # the callback says when, and deletes the one before
        report_to=[],
        logging_nan_inf_filter=False,  # a loss that is no number must be seen, not averaged away
        logging_steps=1,  # a checkpoint keeps what was logged, and a mean over some steps would lose those before it
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        log_level="error",
        log_level_replica="error",
    )
    # After the arguments: DeepSpeed, which they start, cuts the weights as they are loaded.
    model = load_model(entry, "float32" if settings.sharded else settings.dtype, quantized=settings.method == "qlora")
    lengths = [len(row["input_ids"]) for row in rows]
    compiled = not settings.gradient_checkpointing and compiles(model, settings.epochs * sum(lengths))
    packed = not settings.sharded and prepare_packing(model, rows, compiled)
    trainer = trainer_class()(
        names=[example.problem_id for example in examples],
        masters=masters,
        packed=packed,
        compiled=compiled,
        model=model,
        args=arguments,
        data_collator=collate if packed else None,
        train_dataset=Dataset.from_list([*rows, _filler(rows)]),
        processing_class=tokenizer,
        peft_config=None if settings.method == "full" else _adapter(settings),
    )
    trainer.remove_callback(PrinterCallback)
    if settings.method == "lora" and masters:
        for weight in trainer.model.parameters():
            if weight.requires_grad:
                weight.data = weight.data.to(torch.bfloat16)
    room = lengths if packed else [max(lengths)] * len(lengths)  # padded, all of a batch are as long as the longest
    _check_room(trainer.model, room, settings, per_step.at_once, masters, kept_at, out)
    if compiled:
        compile_layers(trainer.model)
    return trainer


def _all_steps(rows: Sequence[Row], settings: Settings) -> int:
    return -(-len(rows) // settings.batch_size) * settings.epochs


def _filler(rows: Sequence[Row]) -> Row:
    """What fills up a batch that the processes cannot share evenly: a short example of which nothing is trained."""
    shortest = min(rows, key=lambda row: len(row["input_ids"]))
    return {**shortest, "labels": [IGNORED] * len(shortest["labels"]), "row": len(rows)}


def _check_same(found: Path | None) -> None:
    """Raise UserError where processes, on several machines, would continue from different checkpoints."""
    from accelerate.utils import gather_object

    if len(set(gather_object([found.name if found else None]))) > 1:
        raise UserError(
            "training: the machines see different checkpoints; set COT_DISTILL_CACHE to a folder that all of them share"
        )


def _check_room(
    model: Any, lengths: Sequence[int], settings: Settings, at_once: int, masters: bool, kept_at: Path, out: Path
) -> None:
    size = estimate.sizes(base_model(model))
    # Sharded, the checkpoint holds float32 weights beside those to continue from: as much as masters.
    weight_bytes = 2 if device_dtype(settings.dtype) == "bfloat16" and not settings.sharded else 4
    longest = sorted(lengths, reverse=True)[:at_once]
    if not settings.sharded:  # what each device holds there is the library's choice
        needed = estimate.memory_bytes(size, sum(longest), weight_bytes, masters, settings.gradient_checkpointing)
        estimate.check_memory(needed, "lower training.device_batch, or take training.method lora")
    whole = settings.method == "full"
    student, kept = estimate.disk_bytes(size, weight_bytes, masters or settings.sharded, whole)
    estimate.check_disk(out, student, "the student")
    estimate.check_disk(kept_at, kept, "a checkpoint")


def _adapter(settings: Settings) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _seed_everything(seed: int) -> None:
    import torch
    from transformers import set_seed

    set_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # It would take a tenth of the time, and only shows faults of torch itself.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010  typed as a module without it


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
            raise OSError(28, f"{error}".splitlines()[0]) from error
