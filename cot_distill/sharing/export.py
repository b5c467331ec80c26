"""Exports a trained student as a standard model folder, which transformers and vLLM can load."""

import shutil
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.files import write_aside
from cot_distill.sharing.card import is_card
from cot_distill.students.base import load_model, text_model
from cot_distill.weights.loading import load_pretrained

CARD = "README.md"


def export(entry: dict[str, Any], trained: Path, tokenizer: Any, end: int, card: str, folder: Path) -> None:
    """Write the student of a catalogue entry, trained in the folder `trained`, to `folder`, whole or not at all.

    `folder` gets the weights as safetensors, the tokenizer with its chat template, the generation config (greedy,
    stops at `end` and at the end of sequence) and the card. An adapter is merged into the base model, in the base
    model's type. A whole model's files are copied. An earlier export is replaced. Raises UserError if `check_folder`
    and `check_trained` do, or if anything cannot be read or written.
    """
    from safetensors import SafetensorError

    check_folder(folder)
    check_trained(trained)
    adapter = (trained / "adapter_config.json").is_file()
    model = load_model(entry, _base_dtype(entry), trained) if adapter else None
    with write_aside(folder) as aside:
        aside.mkdir()
        try:
            if model is not None:
                text_model(model).save_pretrained(aside)
            else:
                _copy(trained, aside)
            tokenizer.save_pretrained(aside)
            _generation(trained, tokenizer, end).save_pretrained(aside)
        except SafetensorError as error:
            raise OSError(28, first_line(error)) from error
        (aside / CARD).write_text(card, encoding="utf-8")
        for path in aside.glob("*.safetensors"):  # safetensors makes them readable only for their owner
            path.chmod((aside / CARD).stat().st_mode)


def check_folder(folder: Path) -> None:
    """Raises UserError if `folder` exists and is not an earlier export, so that nothing else is replaced."""
    if not folder.exists() and not folder.is_symlink():
        return
    if is_export(folder) and not any(path.is_dir() for path in folder.iterdir()):
        return
    raise UserError(f"{folder}: exists already and is not an earlier export; name a new folder")


def check_trained(trained: Path) -> None:
    """Raises UserError if the folder has neither an adapter nor a whole model."""
    if not any(trained.glob("*.safetensors")):
        raise UserError(f"{trained}: holds no trained student; make one with `dvc repro`, or get it with `dvc pull`")


def is_export(folder: Path) -> bool:
    """Whether the folder has weights and a card of ours."""
    try:
        text = (folder / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return is_card(text) and any(folder.glob("*.safetensors"))


def _base_dtype(entry: dict[str, Any]) -> str:
    from transformers import AutoConfig

    dtype = load_pretrained(AutoConfig, str(entry["model"]), entry.get("revision")).dtype
    return "float32" if dtype is None else str(dtype).removeprefix("torch.")


def _copy(trained: Path, folder: Path) -> None:
    for path in sorted(trained.iterdir()):
        if path.is_file():
            # only the content: the original may be a read-only link to a cache
            shutil.copyfile(path, folder / path.name)


def _generation(trained: Path, tokenizer: Any, end: int) -> Any:
    """A greedy generation config that stops where the pipeline stops the student, also at the base model's end
    tokens."""
    from transformers import GenerationConfig

    named = GenerationConfig.from_pretrained(trained).eos_token_id
    stops = [*dict.fromkeys((end, tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])))]
    return GenerationConfig(
        do_sample=False,
        eos_token_id=stops if len(stops) > 1 else stops[0],
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
