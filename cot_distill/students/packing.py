"""Batches without padding: the examples of a batch stand in one row, and what all begin with stands there once.

Every token of the template in front of the question is the same in all examples; its hidden states are too, so they
are computed once a batch. Gradients add up over the examples that share them, and are those of a padded batch.
"""

from collections.abc import Sequence
from typing import Any

IGNORED = -100
"""The label of a token that is read and not trained."""

Row = dict[str, Any]
"""An example: `input_ids`, `labels` (IGNORED for the prompt) and `row`, its place among the examples."""


def pack(rows: Sequence[Row], share: bool = True) -> dict[str, Any]:
    """One row of tokens (1, T) with `labels` and `position_ids` like it; `bounds` holds the length of the shared
    beginning and the end of each example's rest; `rows` the places of the examples."""
    import torch

    prefix = _shared(rows) if share else 0
    ids, labels, positions = (
        [*rows[0]["input_ids"][:prefix]],
        [IGNORED] * prefix,
        [*range(prefix)],
    )
    bounds = [prefix]
    for row in rows:
        ids += row["input_ids"][prefix:]
        labels += row["labels"][prefix:]
        positions += range(prefix, len(row["input_ids"]))
        bounds.append(len(ids))
    return {
        "input_ids": torch.tensor([ids]),
        "labels": torch.tensor([labels]),
        "position_ids": torch.tensor([positions]),
        "bounds": torch.tensor(bounds),
        "rows": torch.tensor([row["row"] for row in rows]),
    }


def _shared(rows: Sequence[Row]) -> int:
    """How many tokens all examples begin with, none of them trained, nor the one before a trained one."""
    first = rows[0]["input_ids"]
    longest = min(_asked(row) for row in rows) - 1
    for place in range(longest):
        if any(row["input_ids"][place] != first[place] for row in rows):
            return place
    return max(longest, 0)


def _asked(row: Row) -> int:
    labels: list[int] = row["labels"]
    return next((place for place, label in enumerate(labels) if label != IGNORED), len(labels))


def packs(model: Any, longest: int) -> bool:
    """Whether a model can read packed rows of examples of at most `longest` tokens: it takes positions, asks the
    attention it is given for all that mixes tokens, drops none of it out, and looks back at all tokens."""
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    mixes = set(getattr(config, "layer_types", None) or ["full_attention"])
    return (
        bool(getattr(model, "_supports_attention_backend", False))
        and mixes <= {"full_attention", "sliding_attention"}
        and (window is None or longest <= window)
        and not getattr(config, "attention_dropout", 0.0)
        and getattr(config, "attn_logit_softcapping", None) is None
        and getattr(config, "final_logit_softcapping", None) is None
    )
