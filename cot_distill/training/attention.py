"""Attention of packed sequences on a CPU: many examples share a row, and none of them sees another.

The row has the common prefix p of all examples once, then the rest of each. A rest's tokens see the prefix and,
causally, their own rest, as if each example had a row of its own:

          p p a a a b c c
        p #                     Queries are the rows, keys the columns. A mask over this square would compute mostly
        p # #                   blanks. So every rest is laid out with its own copy of the prefix's keys, and taken in
        a # # #                 blocks of queries, all rests at once, the longest first. With blocks of two queries:
        a # # # #
        a # # # # #             first block  a a  sees  p p a a        second block  a  sees  p p a a a
        b # #       #                        c c        p p c c
        c # #         #                      b .        p p b .
        c # #         # #

A block is one batched matrix product. Later blocks have only the longer rests, so that little is spent on padding and
on keys that no query sees. The prefix's own queries are one more sequence, without a prefix.

Queries, keys and values are first laid out so that the factors of each product are contiguous. This is an indexing of
rows, which the compiler fuses with the operations around it; the products are operators that it calls.

Torch's own attention on padded examples would need a tenth of this code. In whole compiled LoRA steps of SmolLM2-135M
on the same batches, it took 1.26 times as long (the median of ten pairs, one thread, quartiles 1.2 and 1.3). The
attention of a layer alone took 1.3 to 1.6 times as long.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from cot_distill.training.kernels import kernel
from cot_distill.training.layout import NOTHING, Block, PackedLayout, blocks

PACKED = "packed"
"""The name by which transformers knows this attention. It makes no mask for a name that it has none for."""


class UnpackableError(ValueError):
    """A layer's attention does not work on packed rows; the message says why."""


_OTHERWISE = ("s_aux", "softcap", "position_bias", "head_mask")
"""Arguments that some models give to their attention, and that attention of packed rows would ignore."""


def use_packed_attention(model: Any, compiled: bool) -> None:
    """Switch a model to attention over packed sequences; every call must then pass `layout`."""

    def packed(
        _: Any,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,  # some models pass it by this name
        *,
        layout: Any = None,
        scaling: float | None = None,
        **more: Any,
    ) -> tuple[Any, None]:
        check_handed_over(layout, more)
        scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
        return attend(query, key, value, layout, scale, compiled), None

    ALL_ATTENTION_FUNCTIONS.register(PACKED, packed)
    model.set_attn_implementation(PACKED)


def check_handed_over(layout: Any, more: Mapping[str, Any]) -> None:
    """Raise UnpackableError if a layer gives its attention no layout of the rows, or an argument that would be
    ignored."""
    if layout is None:
        raise UnpackableError("its layers do not pass on what packed rows need")
    other = next((name for name in _OTHERWISE if more.get(name) is not None), None)
    if other:
        raise UnpackableError(f"its attention takes {other}")


def attend(query: Any, key: Any, value: Any, layout: PackedLayout, scale: float, compiled: bool) -> Any:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width), whose scores are scaled by `scale`. `compiled` says whether the operations on scores are compiled.

    Raises UnpackableError if the layout is for other numbers of heads, or if values and keys differ in width.
    """
    if (query.shape[1], key.shape[1]) != (layout.origins.shape[1], layout.seen.shape[1]):
        raise UnpackableError(f"a layer has {query.shape[1]} heads over {key.shape[1]}, unlike its configuration")
    if value.shape != key.shape:
        raise UnpackableError("its values have another width than its keys")
    rows = (one[0].transpose(0, 1) for one in (query, key, value))
    return _Attention.apply(*rows, *layout, scale, compiled).unsqueeze(0)  # type: ignore[no-untyped-call]


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        query: Any,
        key: Any,
        value: Any,
        bounds: Any,
        asking: Any,
        real: Any,
        origins: Any,
        seen: Any,
        found: Any,
        room: Any,
        scale: float,
        compiled: bool,
    ) -> Any:
        group = query.shape[1] // key.shape[1]
        q, k, v = _chosen(query, asking), _chosen(key, seen), _chosen(value, seen)
        out, kept = _forward_products(q, k, v, bounds, room, group, scale, compiled)
        context.save_for_backward(q, k, v, bounds, kept, asking, real, origins, found)
        context.settings = group, scale, compiled
        return out[origins]

    @staticmethod
    def backward(context: Any, gradient: Any) -> Any:
        q, k, v, bounds, kept, asking, real, origins, found = context.saved_tensors
        g = torch.where(real, _chosen(gradient, asking), 0.0)
        dq, dk, dv = _backward_products(g, q, k, v, bounds, kept, *context.settings)
        prefix = len(origins) - len(found)
        dk, dv = (_gathered(one, found, prefix).to(k.dtype) for one in (dk, dv))
        return dq[origins], dk, dv, *(None,) * 9


def _chosen(tokens: Any, places: Any) -> Any:
    """Rows (…, width) of (tokens, heads, width)."""
    return tokens.flatten(0, 1)[places]


def _gathered(laid: Any, found: Any, prefix: int) -> Any:
    """Sum (sequences, shared heads, prefix + longest, width) over all places of each token; returns (tokens, shared
    heads, width)."""
    return torch.cat([laid[:, :, :prefix].sum(0).transpose(0, 1), laid.flatten(0, 2)[found]])


def _weigh(scores: Any, scale: float, limits: Any, weights: Any) -> None:
    """Write the softmax (rows, seen) of the scaled scores; `limits` says how many keys each row may see."""
    behind = torch.arange(scores.shape[-1]) >= limits.unsqueeze(-1)
    weights.copy_((scores * scale).masked_fill(behind, float("-inf")).softmax(-1))


def _move(weights: Any, pulls: Any, scale: float) -> None:
    """Turn the gradient of the weights (rows, seen) into that of the scores before they are scaled."""
    exact = weights.float()
    moves = exact * pulls.float()
    # A row's weights always sum to one, so a gradient that is equal for all of them has no effect.
    pulls.copy_((moves - exact * (moves.sum(-1, keepdim=True) / exact.sum(-1, keepdim=True))) * scale)


@contextmanager
def _rounding(dtype: Any) -> Iterator[None]:
    """Let products of float32 matrices round their factors to `dtype` first. It is faster, and exact for factors that
    were cast from `dtype`."""
    products: Any = getattr(torch.backends.mkldnn, "matmul")  # noqa: B009  typed as a module without it
    before = products.fp32_precision
    if dtype == torch.bfloat16:
        products.fp32_precision = "bf16"
    try:
        yield
    finally:
        products.fp32_precision = before


def _weighed(queries: Any, keys: Any, block: Block, scale: float, kept: Any, compiled: bool) -> Any:
    """The weights (batch, rows, seen) of a block's queries (batch, rows, width), in `kept` if that has room.

    The scores stay in float32; rounded to bfloat16, they would be wrong by some percent.
    """
    with _rounding(queries.dtype):
        scores = torch.bmm(queries.float(), keys.float().transpose(1, 2))
    weights = kept[block.place] if len(kept) > NOTHING else kept.new_empty(scores.numel())
    kernel(_weigh, compiled)(scores.flatten(0, 1), scale, block.limits, weights.view(-1, block.seen))
    return weights.view(scores.shape)


@torch.library.custom_op("cot_distill::attend", mutates_args=())
def _forward_products(
    query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, room: Tensor, group: int, scale: float, compiled: bool
) -> tuple[Tensor, Tensor]:
    """The output, in the layout of the queries, and the weights kept for the backward pass, as many as `room` allows.

    This operator is opaque to the compiler. `group` is how many heads share keys, and `scale` scales the scores.
    `compiled` says whether the operations on scores are compiled.
    """
    out, kept = torch.empty_like(query), query.new_empty(room.shape)
    for block in blocks(tuple(bounds.tolist()), key.shape[1], group):
        keys, values = (one[block.sequences, :, : block.seen].flatten(0, 1) for one in (key, value))
        rows, found = (one[block.rows].view(len(keys), -1, one.shape[-1]) for one in (query, out))
        weights = _weighed(rows, keys, block, scale, kept, compiled)
        torch.bmm(weights, values, out=found)
    return out, kept


@_forward_products.register_fake
def _(query: Tensor, _: Tensor, __: Tensor, ___: Tensor, room: Tensor, *____: Any) -> tuple[Tensor, Tensor]:
    return torch.empty_like(query), query.new_empty(room.shape)


@torch.library.custom_op("cot_distill::attend_backward", mutates_args=())
def _backward_products(
    gradient: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bounds: Tensor,
    kept: Tensor,
    group: int,
    scale: float,
    compiled: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of queries, keys and values, the last two in float32."""
    dq, dk, dv = torch.empty_like(query), *(torch.zeros(key.shape, dtype=torch.float32) for _ in "kv")
    for block in blocks(tuple(bounds.tolist()), key.shape[1], group):
        keys, values = (one[block.sequences, :, : block.seen].flatten(0, 1) for one in (key, value))
        rows, pulling, change = (one[block.rows].view(len(keys), -1, one.shape[-1]) for one in (query, gradient, dq))
        if len(kept) > NOTHING:
            weights = kept[block.place].view(*rows.shape[:2], block.seen)
        else:
            weights = _weighed(rows, keys, block, scale, kept, compiled)
        moves = torch.bmm(pulling, values.transpose(1, 2))
        kernel(_move, compiled)(weights.flatten(0, 1), moves.flatten(0, 1), scale)
        torch.bmm(moves, keys, out=change)
        for total, left, right in ((dk, moves, rows), (dv, weights, pulling)):
            place = total[block.sequences, :, : block.seen]
            place += torch.bmm(left.transpose(1, 2), right).view(place.shape)
    return dq, dk, dv


@_backward_products.register_fake
def _(_: Tensor, query: Tensor, key: Tensor, value: Tensor, *__: Any) -> tuple[Tensor, Tensor, Tensor]:
    exact = torch.float32
    return torch.empty_like(query), torch.empty_like(key, dtype=exact), torch.empty_like(value, dtype=exact)
