"""What a training run is made of: TRL's arguments, the model as it is trained, and the trainer."""

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, set_seed
from transformers.utils import logging
from trl import SFTConfig

from cot_distill.students.base import device_dtype, load_model
from cot_distill.training import parallel
from cot_distill.training.packing import IGNORED, Row
from cot_distill.training.settings import Settings, steps
from cot_distill.training.trainer import StudentTrainer, collate, compile_layers, compiles, prepare_packing


@dataclasses.dataclass(frozen=True, slots=True)
class Precision:
    """In which types a run computes and keeps weights."""

    half: bool
    """Whether it computes in bfloat16."""
    masters: bool
    """Whether the optimiser keeps float32 masters; FSDP and DeepSpeed keep their own, sharded."""


def precision(settings: Settings) -> Precision:
    """The types for these settings on this machine."""
    half = device_dtype(settings.dtype) == "bfloat16"
    return Precision(half, half and not settings.sharded and settings.method != "qlora")


def build(
    entry: dict[str, Any],
    tokenizer: Any,
    names: Sequence[str],
    rows: Sequence[Row],
    settings: Settings,
    seed: int,
    checkpoints: Path,
) -> Any:
    """The trainer of a run that writes its checkpoints to a folder; `names` are what rows are called in messages.

    Raises UserError where the model cannot be loaded or the devices cannot share a batch.
    """
    logging.set_verbosity_error()
    warnings.filterwarnings("ignore", module="trl|transformers|peft|torch")
    _seed_everything(seed)
    types = precision(settings)
    arguments = _arguments(settings, seed, types, checkpoints)
    # After the arguments: DeepSpeed, which they start, cuts the weights as they are loaded.
    model, packed, compiled = _model(entry, rows, settings, arguments.device)
    trainer = StudentTrainer(
        names=names,
        masters=types.masters,
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
    if settings.method == "lora" and types.masters:
        _round_trained(trainer.model)
    if compiled:
        compile_layers(trainer.model)
    return trainer


def _arguments(settings: Settings, seed: int, types: Precision, checkpoints: Path) -> Any:
    per_step = steps(settings.batch_size, settings.device_batch, parallel.processes())
    return SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=per_step.micro_batch,
        gradient_accumulation_steps=per_step.accumulated,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        seed=seed,
        bf16=types.half and not types.masters,
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


def _model(entry: dict[str, Any], rows: Sequence[Row], settings: Settings, device: Any) -> tuple[Any, bool, bool]:
    """The base model on its device, whether it reads packed rows, and whether it is to be compiled."""
    quantized = settings.method == "qlora"
    model = load_model(entry, "float32" if settings.sharded else settings.dtype, quantized=quantized)
    if settings.sharded:  # where its parts go is the library's business
        return model, False, False
    if not quantized:  # in four bits it was loaded onto its device
        model.to(device)
    tokens = settings.epochs * sum(len(row["input_ids"]) for row in rows)
    compiled = not settings.gradient_checkpointing and compiles(model, tokens)
    return model, prepare_packing(model, rows, compiled), compiled


def _round_trained(model: Any) -> None:
    """Have the weights that are trained in bfloat16; their masters are the optimiser's."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(torch.bfloat16)


def _filler(rows: Sequence[Row]) -> Row:
    """What fills up a batch that the processes cannot share evenly: a short example, fully masked."""
    shortest = min(rows, key=lambda row: len(row["input_ids"]))
    return {**shortest, "labels": [IGNORED] * len(shortest["labels"]), "row": len(rows)}


def _adapter(settings: Settings) -> Any:
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _seed_everything(seed: int) -> None:
    set_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # It would take a tenth of the time, and only shows faults of torch itself.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010  typed as a module without it
