"""A batch of prompts that a transformers model continues token by token, with a key-value cache."""

import inspect
from collections.abc import Sequence
from typing import Any

from cot_distill.decoding.faster import growing_cache


class Stepping:
    """A batch of prompts, padded on the left, and the tokens written after them."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], padding: int) -> None:
        """`padding` is the token that fills up shorter prompts; the model does not attend to it."""
        self._model = model
        self._ids, self._mask = padded(prompts, padding, model.device)
        self._positions = (self._mask.cumsum(dim=1) - 1).clamp(min=0)
        self._cache = growing_cache(model.config)
        # Models whose layers keep a state use another name for the cache.
        named = inspect.signature(model.forward).parameters
        self._name = "cache_params" if "cache_params" in named else "past_key_values"

    def logits(self) -> Any:
        """The logits of each row's next token (rows, vocabulary)."""
        return self._model(
            input_ids=self._ids,
            attention_mask=self._mask,
            position_ids=self._positions,
            use_cache=True,
            logits_to_keep=1,
            **{self._name: self._cache},
        ).logits[:, -1]

    def keep(self, rows: Any) -> None:
        """Go on with only these rows; `rows` is a tensor of their indices."""
        self._mask, self._positions = self._mask[rows], self._positions[rows]
        self._cache.batch_select_indices(rows)

    def write(self, tokens: Any) -> None:
        """Append a token to each row (rows,)."""
        self._ids = tokens[:, None]
        self._mask = _one_more(self._mask)
        self._positions = self._positions[:, -1:] + 1


def padded(prompts: Sequence[Sequence[int]], padding: int, device: Any) -> tuple[Any, Any]:
    """Token ids and mask (prompts, longest), padded on the left."""
    import torch

    width = max(map(len, prompts))
    ids = torch.tensor([[padding] * (width - len(one)) + [*one] for one in prompts], device=device)
    return ids, torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in prompts], device=device)


def _one_more(mask: Any) -> Any:
    import torch

    return torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
