"""Batches without padding: the examples of a batch share one row, and their common prefix is stored once.

All examples begin with the same tokens of the template, and so with the same hidden states, which are computed once for
a batch. Gradients add up over the examples that share them, and equal those of a padded batch. An example's last token
predicts nothing, so the model does not read it.
"""

from collections.abc import Sequence
from typing import Any

import torch

IGNORED = -100
"""The label of a token that is not trained."""

Row = dict[str, Any]
"""An example: `input_ids`, `labels` (IGNORED for the prompt) and `row`, its index among the examples."""


def pack(rows: Sequence[Row], share: bool = True) -> dict[str, Any]:
    """A batch as one row of tokens: `input_ids` (1, T), with `position_ids` and `shift_labels` of the same shape.

    `shift_labels` are the tokens to predict, and `trained` (trained,) the places of those that are trained. `labels`
    repeats `shift_labels`, because the trainer counts trained tokens there. `bounds` holds the length of the common
    prefix, then the end of each example's rest; `ends` (examples + 1,) is the same as a tensor, which goes to the
    device with the batch. `rows` are the numbers of the examples. Lists can be read without waiting for a GPU.
    """
    prefix = _shared(rows) if share else 0
    ids, targets, positions = (
        [*rows[0]["input_ids"][:prefix]],
        [IGNORED] * prefix,
        [*range(prefix)],
    )
    bounds = [prefix]
    for row in rows:
        read = len(row["input_ids"]) - 1
        ids += row["input_ids"][prefix:read]
        targets += row["labels"][prefix + 1 :]
        positions += range(prefix, read)
        bounds.append(len(ids))
    return {
        "input_ids": torch.tensor([ids]),
        "labels": torch.tensor([targets]),
        "shift_labels": torch.tensor([targets]),
        "position_ids": torch.tensor([positions]),
        "trained": torch.tensor([place for place, target in enumerate(targets) if target != IGNORED], dtype=torch.long),
        "bounds": bounds,
        "ends": torch.tensor(bounds, dtype=torch.int32),
        "rows": [row["row"] for row in rows],
    }


def _shared(rows: Sequence[Row]) -> int:
    """The length of the common prefix in tokens. It ends before the last token of the shortest prompt, whose hidden
    state predicts a trained token."""
    first = rows[0]["input_ids"]
    longest = min(_prompt_length(row) for row in rows) - 1
    for place in range(longest):
        if any(row["input_ids"][place] != first[place] for row in rows):
            return place
    return max(longest, 0)


def _prompt_length(row: Row) -> int:
    labels: list[int] = row["labels"]
    return next((place for place, label in enumerate(labels) if label != IGNORED), len(labels))


def objection(model: Any, longest: int) -> str | None:
    """Why a model cannot read packed rows of examples of at most `longest` tokens, in words; None if it can.

    The model must take positions, mix tokens only in attention, use the attention that it is given, and attend to all
    earlier tokens. Its logits must be a product with the weights of its head.
    """
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    mixes = set(getattr(config, "layer_types", None) or ["full_attention"]) - {"full_attention", "sliding_attention"}
    head = model.get_output_embeddings()
    if not getattr(model, "_supports_attention_backend", False):
        return "its attention cannot be replaced"
    if mixes:
        return f"it has layers of {', '.join(sorted(mixes))}"
    if window and longest > window:
        return f"its attention looks {window} tokens back, and the longest example has {longest}"
    if getattr(config, "attn_logit_softcapping", None) is not None:
        return "its attention caps scores"
    if getattr(config, "final_logit_softcapping", None) is not None:
        return "its head caps logits"
    if getattr(head, "bias", None) is not None:
        return "its head has a bias"
    return None
