"""Builds a training run: TRL's arguments, the model, and the trainer."""

import dataclasses
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, set_seed
from transformers.utils import logging
from trl import SFTConfig

from cot_distill.errors import UserError, first_line
from cot_distill.students.base import device_dtype, load_model
from cot_distill.training import parallel
from cot_distill.training.adapter import adapter, used_modules
from cot_distill.training.compiling import compiles
from cot_distill.training.packing import IGNORED, Row
from cot_distill.training.settings import Settings, steps
from cot_distill.training.trainer import StudentTrainer, collate
from cot_distill.training.trial import check_decoding, exact, own_losses, shortest, switch_to_packing

_DRAWS = 8
"""A model that draws at random is read this many times, since a router's draws may agree by chance."""
_NOISE = ("jitter_noise", "input_jitter_noise", "moe_jitter_eps")
"""Settings of the noise that mixtures of experts add to their input in training."""
_NOISY = "NEFTune's noise depends on the length of an example"


@dataclasses.dataclass(frozen=True, slots=True)
class Precision:
    """The types in which a run computes and keeps weights."""

    half: bool
    """Whether it computes in bfloat16."""
    masters: bool
    """Whether the optimiser keeps float32 masters. FSDP and DeepSpeed keep sharded ones of their own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads examples: packed or padded."""

    slower: str | None
    """Why batches are padded; None: they are packed."""
    compiled: bool
    """Whether the layers will be compiled."""
    own: Any
    """The losses of the shortest example by the model's own code (trained,); None if weights are sharded."""


def precision(settings: Settings) -> Precision:
    """The types for these settings on this machine."""
    half = device_dtype(settings.dtype) == "bfloat16"
    return Precision(half, half and not settings.sharded)


def build(
    entry: dict[str, Any],
    tokenizer: Any,
    names: Sequence[str],
    rows: Sequence[Row],
    settings: Settings,
    seed: int,
    checkpoints: Path,
    by_transformers: bool = True,
) -> tuple[StudentTrainer, Reading]:
    """The trainer of a run that writes its checkpoints to a folder, and how it reads examples.

    `names` are the names of rows in messages. `by_transformers` says whether that engine will ask the student. Raises
    UserError if the model cannot be loaded or cannot have the adapter, or if the devices cannot share a batch.
    """
    logging.set_verbosity_error()
    warnings.filterwarnings("ignore", module="trl|transformers|peft|torch")
    _seed_everything(seed)
    types = precision(settings)
    arguments = _arguments(settings, seed, types, checkpoints)
    # After the arguments, since these start DeepSpeed, which shards the weights as they are loaded.
    padding = tokenizer.pad_token_id if by_transformers else None
    model, reading, used = _model(entry, rows, settings, arguments.device, padding)
    options = {
        "model": model,
        "args": arguments,
        "data_collator": None if reading.slower else collate,
        "train_dataset": Dataset.from_list([*rows, _filler(rows)]),
        "processing_class": tokenizer,
        "peft_config": None if settings.method == "full" else adapter(settings, model, used),
    }
    experts = getattr(model.config.get_text_config(), "router_aux_loss_coef", None)
    try:
        trainer = StudentTrainer(
            names=names,
            masters=types.masters,
            packed=not reading.slower,
            compiled=reading.compiled,
            **options,
        )
    except (ValueError, TypeError, AttributeError) as error:  # from PEFT and TRL, if they do not support the model
        raise UserError(
            f"training: this student cannot be trained with these settings ({first_line(error)})"
        ) from error
    if experts is not None:  # TRL has switched it off
        model.config.get_text_config().router_aux_loss_coef = experts
    trainer.remove_callback(PrinterCallback)
    if settings.method != "full" and types.masters:
        _round_trained(trainer.model)
    return trainer, reading


def _arguments(settings: Settings, seed: int, types: Precision, checkpoints: Path) -> Any:
    if settings.device_tokens and settings.sharded:  # all processes must take the same number of portions
        raise UserError(f"training.device_tokens does not work with training.parallel {settings.parallel}; set it null")
    together = settings.batch_size if settings.by_tokens else settings.device_batch
    per_step = steps(settings.batch_size, together, parallel.processes())
    arguments = SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=per_step.micro_batch,
        gradient_accumulation_steps=per_step.accumulated,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup_ratio,
        weight_decay=settings.weight_decay,
        neftune_noise_alpha=settings.neftune_noise_alpha,
        max_grad_norm=1.0,
        seed=seed,
        bf16=types.half and not types.masters,
        gradient_checkpointing=settings.gradient_checkpointing,
        max_length=None,  # nothing is cut: examples that are too long were refused or dropped before
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",  # the callback decides when, and deletes the previous one
        router_aux_loss_coef=0.0,  # a loss on the use of experts would depend on how a batch is divided
        report_to=[],
        logging_nan_inf_filter=False,  # a loss that is not a number must be seen, not averaged away
        # a checkpoint keeps only what was logged, so a mean over some steps would lose those before it
        logging_steps=1,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        log_level="error",
        log_level_replica="error",
        accelerator_config={"non_blocking": torch.cuda.is_available()},
    )
    # A process works on one GPU: transformers would copy the model to every other that it sees, and cut batches apart.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def _model(
    entry: dict[str, Any], rows: Sequence[Row], settings: Settings, device: Any, padding: int | None
) -> tuple[Any, Reading, set[str] | None]:
    """The base model on its device, how it reads examples, and the modules that an example passes through.

    `padding` is the token that pads prompts if transformers will ask the student, else None.
    """
    quantized = settings.method == "qlora"
    model = load_model(entry, "float32" if settings.sharded else settings.dtype, quantized=quantized)
    _silence(model)
    if settings.sharded:  # the library places its shards
        return model, Reading("its weights are sharded among the processes", False, None), None
    if not quantized:  # a model in four bits is on its device already
        model.to(device)
    tokens = settings.epochs * sum(len(row["input_ids"]) for row in rows)
    compiled = not settings.gradient_checkpointing and compiles(model, tokens)
    model.train()  # some kernels bypass a module only in training, which must be noticed
    some = shortest(rows)[0]
    before = _random_state(model)
    with used_modules(model) as used:
        own_losses(model, some)
    if not torch.equal(_random_state(model), before):
        _check_draws(model, rows)
    model.eval()  # a router may behave differently in training
    with exact(model):
        if padding is not None:
            check_decoding(model, shortest(rows), padding)
        own = own_losses(model, some)
        slower = _NOISY if settings.neftune_noise_alpha else switch_to_packing(model, rows, compiled)
    return model, Reading(slower, compiled, own), used


def _check_draws(model: Any, rows: Sequence[Row]) -> None:
    """Raise UserError if random draws of a model in training change its loss of an example. The draws of some models
    change nothing."""
    longest = max(rows, key=lambda row: len(row["input_ids"]))
    first = own_losses(model, longest)
    if any(not torch.equal(own_losses(model, longest), first) for _ in range(_DRAWS)):
        raise UserError(
            "training: the student draws at random as it is trained, so that its loss would depend on how a batch is "
            "divided; this architecture cannot be trained here"
        )


def _random_state(model: Any) -> Any:
    return torch.cuda.get_rng_state() if model.device.type == "cuda" else torch.random.get_rng_state()


def _silence(model: Any) -> None:
    """Turn off the dropout of older models, and the noise that some mixtures of experts add to their input. With these,
    packed and padded rows could not be compared, and the loss would depend on how a batch is divided."""
    for module in model.modules():
        for name, value in vars(module).items():
            noise = "drop" in name or name in _NOISE or (name == "p" and isinstance(module, torch.nn.Dropout))
            if noise and isinstance(value, float):
                setattr(module, name, 0.0)


def _round_trained(model: Any) -> None:
    """Round the trained weights to bfloat16; the optimiser has their masters."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(torch.bfloat16)


def _filler(rows: Sequence[Row]) -> Row:
    """A short, fully masked example. It fills up a batch that the processes cannot share evenly."""
    shortest = min(rows, key=lambda row: len(row["input_ids"]))
    return {**shortest, "labels": [IGNORED] * len(shortest["labels"]), "row": len(rows)}


def _seed_everything(seed: int) -> None:
    set_seed(seed)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it a GPU's products may differ
    torch.use_deterministic_algorithms(True, warn_only=True)
    # It would take a tenth of the time, and shows only faults of torch itself.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010  typed as a module without it
