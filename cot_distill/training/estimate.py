"""Estimates what a training run needs, before it starts. Too little disk stops it; too little memory is a warning."""

import dataclasses
import shutil
import sys
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.training.layout import KEPT

_GB = 1e9
_MARGIN = 1.2
"""The measured ratio of the memory taken to the memory counted here."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sizes:
    """The inputs of the estimate, as counts of numbers, not bytes."""

    weights: int
    trained: int
    layers: int
    width: int
    inner: int
    """The inner width of a feed-forward block."""
    vocabulary: int


def sizes(model: Any) -> Sizes:
    """The sizes of a loaded model, its adapter included."""
    config = model.config.get_text_config()
    # Some architectures name none of these; the estimate is rough.
    width = getattr(config, "hidden_size", None) or model.get_input_embeddings().embedding_dim
    inner = getattr(config, "intermediate_size", None)
    # DeepSpeed leaves each process a part of a weight, and its whole size beside it.
    counts = [(getattr(weight, "ds_numel", weight.numel()), weight.requires_grad) for weight in model.parameters()]
    return Sizes(
        weights=sum(count for count, _ in counts),
        trained=sum(count for count, trained in counts if trained),
        layers=getattr(config, "num_hidden_layers", 1),
        width=width,
        inner=max(inner) if isinstance(inner, list) else inner or 4 * width,
        vocabulary=config.vocab_size,
    )


def memory_bytes(size: Sizes, tokens: int, weight_bytes: int, masters: bool, checkpointing: bool) -> int:
    """Bytes that training takes on one device besides the loaded model: gradients, the optimiser's state, activations
    of `tokens` tokens at a time, and the logits of a slice of them.

    The assumption is that a decoder layer keeps about twelve tensors of the model's width for its backward pass, four
    of the feed-forward's width, and the weights of attention that may be kept. With gradient checkpointing each layer
    keeps one tensor, and one layer at a time keeps all.
    """
    optimiser = size.trained * weight_bytes + state_bytes(size, masters)
    layer = (tokens * (12 * size.width + 4 * size.inner) + KEPT) * weight_bytes
    kept = size.layers * tokens * size.width * weight_bytes + layer if checkpointing else size.layers * layer
    logits = min(tokens, 1024) * size.vocabulary * (weight_bytes + 4)
    return int(_MARGIN * (optimiser + kept + logits))


def state_bytes(size: Sizes, masters: bool) -> int:
    """Bytes of what the optimiser keeps of each trained weight: AdamW's two, and a master."""
    return size.trained * (8 + (4 if masters else 0))


def disk_bytes(size: Sizes, weight_bytes: int, masters: bool, whole: bool) -> tuple[int, int]:
    """Bytes that training writes: (the student, its checkpoints). Two checkpoints can exist at the same time."""
    student = (size.weights if whole else size.trained) * (weight_bytes if whole else 4)
    state = size.trained * (8 + (4 if masters else 0) + weight_bytes)
    return student, 2 * (student + state)


def warn_of_memory(needed: int, advice: str) -> None:
    """Write a line if the device seems to have less than `needed` bytes free. `advice` says how to need less.

    It is only a warning, since the estimate is rough. If memory runs out, training ends with the library's own message.
    """
    import psutil
    import torch

    on_gpu = torch.cuda.is_available()
    free = int(torch.cuda.mem_get_info()[0] if on_gpu else psutil.virtual_memory().available)
    if needed > free:
        where = "the GPU" if on_gpu else "this machine"
        print(
            f"training: may need about {needed / _GB:.1f} GB more memory, and {where} has {free / _GB:.1f} GB free; "
            f"if it runs out, {advice}",
            file=sys.stderr,
            flush=True,
        )


def check_disk(folder: Path, needed: int, what: str) -> None:
    """Raises UserError if the disk of `folder` (which need not exist yet) has less than `needed` bytes free."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise UserError(
            f"{folder}: {what} takes about {needed / _GB:.1f} GB, its disk has {free / _GB:.1f} GB free; free space"
        )
