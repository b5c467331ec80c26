"""Batches without padding: the examples of a batch stand in one row, and what all begin with stands there once.

Every token of the template in front of the question is the same in all examples; its hidden states are too, so they
are computed once a batch. Gradients add up over the examples that share them, and are those of a padded batch. The last
token of an example is learned and predicts none, so it is not read.
"""

from collections.abc import Sequence
from typing import Any

IGNORED = -100
"""The label of a token that is read and not trained."""

Row = dict[str, Any]
"""An example: `input_ids`, `labels` (IGNORED for the prompt) and `row`, its place among the examples."""


def pack(rows: Sequence[Row], share: bool = True) -> dict[str, Any]:
    """One row of tokens (1, T) with `position_ids` and `shift_labels` like it, of which the latter are what each token
    is to predict; `bounds` holds the length of the shared beginning and the end of each example's rest; `rows` the
    places of the examples. `labels` stands for `shift_labels`: where there are none, the trainer counts neither."""
    import torch

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
        "bounds": torch.tensor(bounds),
        "rows": torch.tensor([row["row"] for row in rows]),
    }


def _shared(rows: Sequence[Row]) -> int:
    """How many tokens all examples begin with, none of them trained, nor the one before a trained one."""
    first = rows[0]["input_ids"]
    longest = min(_prompt_length(row) for row in rows) - 1
    for place in range(longest):
        if any(row["input_ids"][place] != first[place] for row in rows):
            return place
    return max(longest, 0)


def _prompt_length(row: Row) -> int:
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
