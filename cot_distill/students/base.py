"""Loading a student: the base model behind a catalogue entry, and the adapter that training adds."""

from pathlib import Path
from typing import Any

from cot_distill.decoding.weights import load_pretrained
from cot_distill.errors import UserError


def load_tokenizer(entry: dict[str, Any]) -> Any:
    """The base model's tokenizer, with a pad token. Raises UserError where it cannot be loaded."""
    from transformers import AutoTokenizer

    tokenizer = load_pretrained(AutoTokenizer, str(entry["model"]), entry.get("revision"))
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

    model, revision = str(entry["model"]), entry.get("revision")
    options = {"use_safetensors": True, "dtype": device_dtype(dtype)}
    if trained is None:
        return load_pretrained(AutoModelForCausalLM, model, revision, **options)
    if (trained / "adapter_config.json").is_file():
        from peft import PeftModel

        base = load_pretrained(AutoModelForCausalLM, model, revision, **options)
        # Merged, so that decoding costs what the base model costs.
        return PeftModel.from_pretrained(base, str(trained)).merge_and_unload()
    return load_pretrained(AutoModelForCausalLM, str(trained.absolute()), None, **options)
