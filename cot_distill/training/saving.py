"""Writing a trained student: the adapter or the whole model, its tokenizer, and at which tokens it stops."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.files import write_aside
from cot_distill.students.base import device_dtype, text_model
from cot_distill.students.prompts import end_token_id
from cot_distill.training.adapter import base_model
from cot_distill.training.settings import Settings


def save(trainer: Any, tokenizer: Any, entry: dict[str, Any], settings: Settings, out: Path, first: bool) -> None:
    """Write the student under its final name. Every process takes part where the weights are sharded; only the first
    writes.

    Raises UserError where it cannot be written. What was trained is then in a checkpoint, from which the same command
    goes on.
    """
    import torch

    if settings.parallel == "fsdp" and device_dtype(settings.dtype) == "bfloat16":
        trainer.model.to(torch.bfloat16)  # float32 until here; the student is saved as it would be without
    # Every process hands over its part; as in transformers' Trainer.save_model.
    gathered = trainer.accelerator.get_state_dict(trainer.model_wrapped) if settings.sharded else None
    if not first:
        return
    try:
        with write_aside(out) as aside:
            write(trainer.model, tokenizer, entry, aside, gathered)
    except Exception as error:  # of a model's own code, a tokenizer's, or the disk
        reason = str(error) if isinstance(error, UserError) else f"{out}: cannot be written ({first_line(error)})"
        raise UserError(f"{reason}; {_kept(trainer, settings)}") from error


def _kept(trainer: Any, settings: Settings) -> str:
    """Write a checkpoint of what was trained; says whether it is there."""
    if settings.sharded:
        return "the last checkpoint is kept"  # one more would take all processes
    try:
        trainer.keep()
    except Exception as error:  # most likely the disk again; the first failure is what counts
        return f"no checkpoint could be written either ({first_line(error)}): the last one is kept"
    return "what was trained is kept: mend that and run the same command again"


def write(model: Any, tokenizer: Any, entry: dict[str, Any], folder: Path, gathered: Any = None) -> None:
    """Write a student to a new folder: the adapter alone where it has one, else the whole model.

    `gathered` are its weights where `model` does not hold them whole. Raises OSError where it cannot be written.
    """
    from safetensors import SafetensorError

    base = base_model(model)
    ends = base.generation_config.eos_token_id
    known = [] if ends is None else ends if isinstance(ends, list) else [ends]
    end = end_token_id(entry["template"], tokenizer)
    # Whoever generates with the student stops where it was taught to stop.
    base.generation_config.eos_token_id = [end, *(one for one in known if one != end)]
    if base is not model:
        # The catalogue's name instead of this machine's path, and a set in order: equal training gives equal bytes.
        adapter = model.peft_config["default"]
        adapter.base_model_name_or_path = str(entry["model"])
        for name in ("target_modules", "exclude_modules"):
            if isinstance(getattr(adapter, name), set):
                setattr(adapter, name, sorted(getattr(adapter, name)))
    try:
        (text_model(model) if base is model else model).save_pretrained(folder, state_dict=gathered)
        tokenizer.save_pretrained(folder)
        base.generation_config.save_pretrained(folder)  # an adapter is saved without it
    except SafetensorError as error:
        raise OSError(28, first_line(error)) from error
    (folder / "README.md").unlink(missing_ok=True)  # a form to fill in; `cot-distill export` writes a card
