"""Loading a student: the base model behind a catalogue entry, and the adapter that training adds."""

from pathlib import Path
from typing import Any

from cot_distill.decoding.weights import location
from cot_distill.errors import UserError


def load_tokenizer(entry: dict[str, Any]) -> Any:
    """The base model's tokenizer, with a pad token. Raises UserError where it cannot be loaded."""
    from transformers import AutoTokenizer

    tokenizer = _load(AutoTokenizer, entry)
    if tokenizer.eos_token_id is None:
        raise UserError(f"student {entry['model']}: its tokenizer has no end-of-sequence token")
    if tokenizer.pad_token_id is None:
        # Padding is masked by position, never by id, so that a trained EOS stays in the loss.
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def device_dtype(dtype: str) -> str:
    """The weights' type: `dtype`, or where it is `auto` the one that this machine computes fastest.

    That is bfloat16 on a GPU or a CPU with AMX tiles, and float32 on any other CPU, where bfloat16 products
    take more than twice the time.
    """
    import torch

    if dtype != "auto":
        return dtype
    fast = torch.cuda.is_available() or torch.cpu._is_amx_tile_supported()
    return "bfloat16" if fast else "float32"


def load_model(entry: dict[str, Any], dtype: str, trained: Path | None = None) -> Any:
    """The student: its base model or, where given, what training wrote to the folder `trained`.

    Only safetensors weights are read and no code of a model repository is run.
    Raises UserError where the weights cannot be loaded.
    """
    from transformers import AutoModelForCausalLM

    options = {"use_safetensors": True, "dtype": device_dtype(dtype)}
    if trained is None:
        return _load(AutoModelForCausalLM, entry, **options)
    if (trained / "adapter_config.json").is_file():
        from peft import PeftModel

        base = _load(AutoModelForCausalLM, entry, **options)
        # Merged, so that decoding costs what the base model costs.
        return PeftModel.from_pretrained(base, str(trained)).merge_and_unload()
    return _load(AutoModelForCausalLM, {**entry, "model": str(trained.absolute())}, **options)


def _load(loader: Any, entry: dict[str, Any], **options: Any) -> Any:
    from transformers.utils import logging

    logging.disable_progress_bar()
    where, revision = location(str(entry["model"]), entry.get("revision"))
    try:
        return loader.from_pretrained(where, revision=revision or "main", trust_remote_code=False, **options)
    except (OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or ["unreadable"])[0]
        raise UserError(f"model {entry['model']}: cannot be loaded ({reason})") from error
