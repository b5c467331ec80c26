"""Attention of packed sequences on a CPU: many examples in one row, none of which sees another.

A packed row holds the tokens that all examples begin with once, then the rest of each. With a prefix p and three
examples it is laid out side by side for attention, padded on the right, and folded back afterwards:

    packed    p p a a a b c c          side by side    p p a a a
                                                       p p b . .
                                                       p p c c .

Side by side, plain causal attention of torch is right as it is: padding stands behind all that sees it. The rest of
the model, which is nearly all of the work, sees neither padding nor a prefix twice.
"""

import functools
import itertools
from typing import Any, NamedTuple

PACKED = "packed"
"""The name by which transformers knows this attention."""


class PackedLayout(NamedTuple):
    """Where the tokens of a packed row stand side by side; the same for every layer."""

    taken: Any
    """(examples, prefix + longest rest): which token of the row stands there; where there is padding, the first."""
    found: Any
    """(tokens of the row): where each stands among all places side by side; of the prefix, in the first example."""


def use_packed_attention(model: Any) -> None:
    """Switch a model to attention over packed sequences; every call must then pass `layout`."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(PACKED, _attend)
    ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, lambda *_, **__: None)
    model.set_attn_implementation(PACKED)


@functools.lru_cache(maxsize=2)
def lay_out(bounds: tuple[int, ...]) -> PackedLayout:
    """The layout of a packed row: `bounds` are the prefix's length, then the end of each rest."""
    import torch

    prefix, spans = bounds[0], [*itertools.pairwise(bounds)]
    width = prefix + max(end - start for start, end in spans)
    taken = torch.zeros(len(spans), width, dtype=torch.int64)
    taken[:, :prefix] = torch.arange(prefix)
    found = torch.arange(bounds[-1])
    for row, (start, end) in enumerate(spans):
        taken[row, prefix : prefix + end - start] = torch.arange(start, end)
        found[start:end] = row * width + prefix + torch.arange(end - start)
    return PackedLayout(taken, found)


def attend(query: Any, key: Any, value: Any, layout: PackedLayout, scale: float) -> Any:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width), whose scores are scaled by `scale`."""
    import torch

    q, k, v = (one[0].transpose(0, 1)[layout.taken].transpose(1, 2) for one in (query, key, value))
    out = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=scale, enable_gqa=q.shape[1] != k.shape[1]
    )
    return out.transpose(1, 2).flatten(0, 1)[layout.found].unsqueeze(0)


def _attend(
    _: Any, query: Any, key: Any, value: Any, __: Any, scaling: float, layout: PackedLayout, **___: Any
) -> tuple[Any, None]:
    return attend(query, key, value, layout, float(scaling)), None
