"""What a training run will need, told before it starts: memory, by sizes that are known, and disk."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.training.attention import KEPT

_GB = 1e9
_MARGIN = 1.2
"""By how much more memory is taken than is counted here: measured, 1.15."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sizes:
    """What the estimate is made of; counts of numbers, not bytes."""

    weights: int
    trained: int
    layers: int
    width: int
    inner: int
    """The width inside a feed-forward block."""
    vocabulary: int


def sizes(model: Any) -> Sizes:
    """The sizes of a loaded model, its adapter included."""
    config = model.config.get_text_config()
    width = config.hidden_size
    # DeepSpeed leaves each process a part of a weight, and its whole size beside it.
    counts = [(getattr(weight, "ds_numel", weight.numel()), weight.requires_grad) for weight in model.parameters()]
    return Sizes(
        weights=sum(count for count, _ in counts),
        trained=sum(count for count, trained in counts if trained),
        layers=config.num_hidden_layers,
        width=width,
        inner=getattr(config, "intermediate_size", None) or 4 * width,
        vocabulary=config.vocab_size,
    )


def memory_bytes(size: Sizes, tokens: int, weight_bytes: int, masters: bool, checkpointing: bool) -> int:
    """Bytes that training takes on one device beside what is there once the model is loaded: gradients, the
    optimiser's state, and activations of `tokens` tokens at a time.

    Activations are counted as the tensors that a decoder layer keeps for its backward pass: about twelve of the
    model's width and four of the feed-forward's, and the weights of attention that may be kept; with gradient
    checkpointing one a layer, and one layer in full.
    """
    optimiser = size.trained * (weight_bytes + 8 + (8 if masters else 0))  # a master and its gradient
    layer = (tokens * (12 * size.width + 4 * size.inner) + KEPT) * weight_bytes
    kept = size.layers * tokens * size.width * weight_bytes + layer if checkpointing else size.layers * layer
    logits = min(tokens, 1024) * size.vocabulary * weight_bytes + 192 * size.vocabulary * 8
    return int(_MARGIN * (optimiser + kept + logits))


def disk_bytes(size: Sizes, weight_bytes: int, masters: bool, whole: bool) -> tuple[int, int]:
    """Bytes of what training writes: (the student itself, its checkpoints, of which two can lie side by side)."""
    student = (size.weights if whole else size.trained) * (weight_bytes if whole else 4)
    state = size.trained * (8 + (4 if masters else 0) + weight_bytes)
    return student, 2 * (student + state)


def check_memory(needed: int, advice: str) -> None:
    """Raises UserError where the device has less than `needed` bytes free; `advice` says what would take less."""
    free, where = _free_memory()
    if needed > free:
        raise UserError(
            f"training needs about {needed / _GB:.1f} GB more memory, {where} has {free / _GB:.1f} GB free; {advice}"
        )


def check_disk(folder: Path, needed: int, what: str) -> None:
    """Raises UserError where the disk of `folder` (which need not exist yet) has less than `needed` bytes free."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise UserError(
            f"{folder}: {what} takes about {needed / _GB:.1f} GB, its disk has {free / _GB:.1f} GB free; free space"
        )


def _free_memory() -> tuple[int, str]:
    import psutil
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0]), "the GPU"
    return int(psutil.virtual_memory().available), "this machine"
