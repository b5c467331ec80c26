"""Checks a model folder before it is loaded. One line says what it lacks, or what in it is never read."""

import json
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError

_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def check_folder(folder: Path) -> None:
    """Raises UserError if a language model and its tokenizer cannot be loaded from the folder, or not without running
    code from it."""
    if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
        raise UserError(
            f"model {folder}: has only an adapter (adapter_config.json); merge it into its base model with peft's "
            "merge_and_unload() and save the whole"
        )
    config = _config(folder)
    _check_weights(folder)
    _check_architecture(folder, config)
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise UserError(
            f"model {folder}: has no tokenizer (tokenizer.json); copy the tokenizer files of the model that it was "
            "made from"
        )


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise UserError(f"model {folder}: has no config.json; name the folder that save_pretrained() wrote")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"model {path}: cannot be read as JSON ({error}); copy the file anew") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise UserError(f"model {path}: names no model_type; copy the file anew from where the model came")
    return config


def _check_weights(folder: Path) -> None:
    if any(folder.glob("*.safetensors")):
        return
    pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if pickles:
        raise UserError(
            f"model {folder}: has only pickled weights ({pickles[0]}), which can run code when read; if you trust "
            "them, convert them to safetensors by loading the folder with from_pretrained() and saving it with "
            "save_pretrained()"
        )
    raise UserError(f"model {folder}: has no weights (*.safetensors); copy them from where the model came")


def _check_architecture(folder: Path, config: dict[str, Any]) -> None:
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as WRITERS

    kind = config["model_type"]
    if kind in WRITERS:
        return
    if "auto_map" in config:
        raise UserError(
            f"model {folder}: comes with code of its own (auto_map in config.json), which is never run; choose a model "
            f"that transformers {transformers.__version__} knows itself"
        )
    raise UserError(
        f"model {folder}: its model_type {kind!r} (config.json) is not a language model that transformers "
        f"{transformers.__version__} knows; choose another model"
    )
