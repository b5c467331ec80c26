"""Writes a trained student: the adapter or the whole model, its tokenizer, and the tokens at which it stops."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.files import write_aside
from cot_distill.students.base import device_dtype, text_model
from cot_distill.students.prompts import end_token_id
from cot_distill.training.adapter import base_model
from cot_distill.training.settings import Settings


def save(trainer: Any, tokenizer: Any, entry: dict[str, Any], settings: Settings, out: Path, first: bool) -> None:
    """Write the student under its final name. Every process takes part if the weights are sharded; only the first
    writes.

    Raises UserError if it cannot be written. The trained weights are then in a checkpoint, from which the same command
    continues.
    """
    import torch

    if settings.parallel == "fsdp" and device_dtype(settings.dtype) == "bfloat16":
        trainer.model.to(torch.bfloat16)  # it was in float32 until here; the student is saved in the usual type
    # Every process gives its shard, as in transformers' Trainer.save_model.
    gathered = trainer.accelerator.get_state_dict(trainer.model_wrapped) if settings.sharded else None
    if not first:
        return
    try:
        with write_aside(out) as aside:
            write(trainer.model, tokenizer, entry, aside, gathered)
    except Exception as error:  # from the model's own code, the tokenizer, or the disk
        reason = str(error) if isinstance(error, UserError) else f"{out}: cannot be written ({first_line(error)})"
        raise UserError(f"{reason}; {_kept(trainer, settings)}") from error


def _kept(trainer: Any, settings: Settings) -> str:
    """Write a checkpoint of the trained weights. Says in words whether that succeeded."""
    if settings.sharded:
        return "the last checkpoint is kept"  # a new one would need all processes
    try:
        trainer.keep()
    except Exception as error:  # most likely the disk again; the first failure is the one to report
        return f"no checkpoint could be written either ({first_line(error)}): the last one is kept"
    return "the trained weights are kept: correct that and run the same command again"


def write(model: Any, tokenizer: Any, entry: dict[str, Any], folder: Path, gathered: Any = None) -> None:
    """Write a student to a new folder: only the adapter if it has one, else the whole model.

    `gathered` are its whole weights if `model` has only a shard. Raises OSError if it cannot be written.
    """
    from safetensors import SafetensorError

    base = base_model(model)
    ends = base.generation_config.eos_token_id
    known = [] if ends is None else ends if isinstance(ends, list) else [ends]
    end = end_token_id(entry["template"], tokenizer)
    # Any program that generates with the student stops at the tokens at which it was trained to stop.
    base.generation_config.eos_token_id = [end, *(one for one in known if one != end)]
    if base is not model:
        # The catalogue's name instead of this machine's path, and sorted sets, so that equal training gives equal
        # bytes.
        adapter = model.peft_config["default"]
        adapter.base_model_name_or_path = str(entry["model"])
        for name in ("target_modules", "exclude_modules"):
            if isinstance(getattr(adapter, name), set):
                setattr(adapter, name, sorted(getattr(adapter, name)))
    try:
        (text_model(model) if base is model else model).save_pretrained(folder, state_dict=gathered)
        tokenizer.save_pretrained(folder)
        base.generation_config.save_pretrained(folder)  # PEFT does not save it with an adapter
    except SafetensorError as error:
        raise OSError(28, first_line(error)) from error
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's card is an empty form; `cot-distill export` writes one
