"""Attention of packed sequences on a CPU: many examples in one row, none of which sees another.

The row holds the tokens that all examples begin with once, then the rest of each: (prefix)(rest 1)(rest 2)…. A rest's
tokens attend to the prefix and, causally, to their own rest, just as if each example stood in a row of its own. The
rests are laid out side by side, padded to the longest, and both passes are written as matrix products of all rests at
once, a block of queries at a time: scores stay few, the later blocks hold the longer rests alone, and next to nothing
is spent on keys that no query sees. Torch's flash kernel, example by example, takes twice as long for both passes.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cot_distill.students.kernels import kernel

PACKED = "packed"
"""The name by which transformers knows this attention."""
_BLOCK = 64
"""Queries of an example whose scores are taken at a time."""
_HELD = 2**20
"""Scores that are held at a time."""
KEPT = 2**22
"""Weights of a layer, up to which they are kept for the backward pass instead of being computed anew."""


def use_packed_attention(model: Any, compiled: bool) -> None:
    """Switch a model to attention over packed sequences; every call must then pass `bounds` (see `_operator`)."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    attend = _operator()

    def packed(
        _: Any, query: Any, key: Any, value: Any, __: Any, scaling: float, bounds: Any, **___: Any
    ) -> tuple[Any, None]:
        return attend(query, key, value, bounds, float(scaling), compiled)[0].transpose(1, 2), None

    ALL_ATTENTION_FUNCTIONS.register(PACKED, packed)
    ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, lambda *_, **__: None)
    model.set_attn_implementation(PACKED)


def _operator() -> Any:
    """The operator `cot_distill::attend`, opaque to the compiler.

    It takes queries (1, heads, tokens, width), keys and values (1, shared heads, tokens, width), `bounds` (int64: the
    prefix's length, then the end of each rest), the scale of scores and whether to compile what is taken of them. It
    gives the output, shaped as the queries, and the weights kept for the backward pass: none where they are many.
    """
    import torch
    from torch import Tensor

    existing = getattr(torch.ops.cot_distill, "attend", None)
    if existing is not None:
        return existing

    @torch.library.custom_op("cot_distill::attend", mutates_args=())
    def attend(
        query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, scale: float, compiled: bool
    ) -> tuple[Tensor, Tensor]:
        out: tuple[Tensor, Tensor] = _forward(query, key, value, tuple(bounds.tolist()), scale, compiled)
        return out

    @attend.register_fake
    def _(query: Tensor, *_: Any) -> tuple[Tensor, Tensor]:
        kept = torch.library.get_ctx().new_dynamic_size()
        return torch.empty(query.shape, dtype=query.dtype), torch.empty(kept, dtype=query.dtype)

    @torch.library.custom_op("cot_distill::attend_backward", mutates_args=())
    def backward(
        gradient: Tensor,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bounds: Tensor,
        kept: Tensor,
        scale: float,
        compiled: bool,
    ) -> list[Tensor]:
        return _backward(gradient, query, key, value, tuple(bounds.tolist()), kept, scale, compiled)

    @backward.register_fake
    def _(_: Tensor, query: Tensor, key: Tensor, value: Tensor, *__: Any) -> list[Tensor]:
        return [torch.empty(one.shape, dtype=one.dtype) for one in (query, key, value)]

    def keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        *tensors, ctx.scale, ctx.compiled = inputs
        ctx.save_for_backward(*tensors, output[1])
        ctx.mark_non_differentiable(output[1])

    def gradients(context: Any, gradient: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        return (*backward(gradient, *context.saved_tensors, context.scale, context.compiled), None, None, None)

    attend.register_autograd(gradients, setup_context=keep)
    return attend


class _Block(NamedTuple):
    """Queries of some sequences whose scores are taken at a time."""

    sequences: slice
    queries: slice
    seen: int
    """Keys of a sequence up to those of the last of the queries."""
    limits: Any
    """(rows): how many of them each query may see."""
    place: slice
    """Where its weights (rows × seen) stand among those of all blocks."""


class _Layout(NamedTuple):
    """The sequences of a row, which are the prefix and the rests, side by side, the longest first."""

    asking: Any
    """(sequences, longest): which token of the row stands there; one past the row's last where there is padding."""
    seen: Any
    """(sequences, prefix + longest): the same for keys, of which those of the prefix stand in front of all."""
    origins: Any
    """(tokens): where each token of the row stands in `asking`."""
    blocks: list[_Block]


@functools.lru_cache(maxsize=2)
def _layout(bounds: tuple[int, ...], shared: int, group: int) -> _Layout:
    import torch

    prefix, tokens = bounds[0], bounds[-1]
    spans = [(start, end) for start, end in zip((0, *bounds), bounds, strict=False) if end > start]
    spans.sort(key=lambda span: span[0] - span[1])
    longest = spans[0][1] - spans[0][0]
    asking = torch.full((len(spans), longest), tokens)
    origins = torch.empty(tokens, dtype=torch.int64)
    for number, (start, end) in enumerate(spans):
        asking[number, : end - start] = torch.arange(start, end)
        origins[start:end] = torch.arange(end - start) + number * longest
    seen = torch.cat([torch.arange(prefix).expand(len(spans), -1), asking], dim=1)
    # The prefix's own tokens find it in front of them; all others see it whole, and then themselves.
    before = torch.tensor([prefix if start >= prefix else 0 for start, _ in spans])
    blocks: list[_Block] = []
    for begin in range(0, longest, _BLOCK):
        end = min(begin + _BLOCK, longest)
        count = sum(stop - start > begin for start, stop in spans)
        together = max(1, _HELD // (shared * group * (end - begin) * (prefix + end)))
        for first in range(0, count, together):
            some = slice(first, min(first + together, count))
            limits = before[some, None, None] + torch.arange(begin + 1, end + 1)
            rows = limits.expand(shared, -1, group, -1).flatten()
            # Each begins where memory is aligned, or compiled code would copy it first.
            start = -(-blocks[-1].place.stop // 64) * 64 if blocks else 0
            place = slice(start, start + len(rows) * (prefix + end))
            blocks.append(_Block(some, slice(begin, end), prefix + end, rows, place))
    return _Layout(asking, seen, origins, blocks)


def _side_by_side(row: Any, places: Any) -> Any:
    """(shared heads, sequences, …, places, width) of (shared heads, …, tokens, width); zeros stand for padding."""
    import torch

    laid: Any = torch.nn.functional.pad(row, (0, 0, 0, 1)).index_select(-2, places.flatten())
    return laid.unflatten(-2, places.shape).movedim(-3, 1)


def _in_row(laid: Any, origins: Any) -> Any:
    """The inverse: (shared heads, …, tokens, width)."""
    return laid.movedim(1, -3).flatten(-3, -2).index_select(-2, origins)


def _weigh(scores: Any, scale: float, limits: Any, weights: Any) -> None:
    """Write the weights (rows, seen) that scores give once scaled, where each row may see so many keys."""
    import torch

    behind = torch.arange(scores.shape[-1]) >= limits.unsqueeze(-1)
    weights.copy_((scores * scale).masked_fill(behind, float("-inf")).softmax(-1))


def _move(weights: Any, pulls: Any) -> None:
    """Turn the gradient of the weights (rows, seen) into that of the scores."""
    exact = weights.float()
    moves = exact * pulls.float()
    # A row's weights sum to one whatever the scores, rounding apart: what would raise all of them moves none.
    pulls.copy_(moves - exact * (moves.sum(-1, keepdim=True) / exact.sum(-1, keepdim=True)))


@contextmanager
def _rounding(dtype: Any) -> Iterator[None]:
    """Let products of float32 matrices round these to `dtype` first: nothing for what was cast from it, and faster."""
    import torch

    products: Any = getattr(torch.backends.mkldnn, "matmul")  # noqa: B009  typed as a module without it
    before = products.fp32_precision
    if dtype == torch.bfloat16:
        products.fp32_precision = "bf16"
    try:
        yield
    finally:
        products.fp32_precision = before


def _weighed(queries: Any, keys: Any, block: _Block, scale: float, kept: Any, compiled: bool) -> Any:
    """The weights (batch, rows, seen) of a block's queries (batch, rows, width), in `kept` if that has room.

    Their products with keys stay in float32: rounded to bfloat16, scores would be off by some percent.
    """
    import torch

    with _rounding(queries.dtype):
        scores = torch.bmm(queries.float(), keys.float().transpose(1, 2))
    weights = kept[block.place] if len(kept) else kept.new_empty(scores.numel())
    kernel(_weigh, compiled)(scores.flatten(0, 1), scale, block.limits, weights.view(-1, block.seen))
    return weights.view(scores.shape)


def _forward(
    query: Any, key: Any, value: Any, bounds: tuple[int, ...], scale: float, compiled: bool
) -> tuple[Any, Any]:
    import torch

    grouped = query[0].unflatten(0, (key.shape[1], -1))
    layout = _layout(bounds, *grouped.shape[:2])
    q = _side_by_side(grouped, layout.asking)
    k, v = (_side_by_side(one[0], layout.seen) for one in (key, value))
    out = torch.empty_like(q)
    size = layout.blocks[-1].place.stop
    kept = torch.empty(size if size <= KEPT else 0, dtype=query.dtype)
    for block in layout.blocks:
        rows = q[:, block.sequences, :, block.queries]
        keys, values = (one[:, block.sequences, : block.seen].flatten(0, 1) for one in (k, v))
        weights = _weighed(rows.flatten(2, 3).flatten(0, 1), keys, block, scale, kept, compiled)
        out[:, block.sequences, :, block.queries] = torch.bmm(weights, values).view(rows.shape)
    return _in_row(out, layout.origins).view(query.shape), kept


def _backward(
    gradient: Any,
    query: Any,
    key: Any,
    value: Any,
    bounds: tuple[int, ...],
    kept: Any,
    scale: float,
    compiled: bool,
) -> list[Any]:
    import torch

    grouped = query[0].unflatten(0, (key.shape[1], -1))
    layout = _layout(bounds, *grouped.shape[:2])
    q, g = (_side_by_side(one, layout.asking) for one in (grouped, gradient[0].view(grouped.shape)))
    k, v = (_side_by_side(one[0], layout.seen) for one in (key, value))
    dq, dk, dv = torch.empty_like(q), *(torch.zeros(k.shape, dtype=torch.float32) for _ in "kv")
    for block in layout.blocks:
        rows, pulling = (one[:, block.sequences, :, block.queries].flatten(2, 3).flatten(0, 1) for one in (q, g))
        keys, values = (one[:, block.sequences, : block.seen].flatten(0, 1) for one in (k, v))
        if len(kept):
            weights = kept[block.place].view(*rows.shape[:2], block.seen)
        else:
            weights = _weighed(rows, keys, block, scale, kept, compiled)
        moves = torch.bmm(pulling, values.transpose(1, 2))
        kernel(_move, compiled)(weights.flatten(0, 1), moves.flatten(0, 1))
        place = dq[:, block.sequences, :, block.queries]
        place.copy_(torch.bmm(moves, keys).view(place.shape))
        for total, left, right in ((dk, moves, rows), (dv, weights, pulling)):
            place = total[:, block.sequences, : block.seen]
            place += torch.bmm(left.transpose(1, 2), right).view(place.shape)
    prefix = bounds[0]
    changes = [_in_row(dq, layout.origins).view(query.shape).mul_(scale)]
    for total, factor in ((dk, scale), (dv, 1.0)):
        change = _in_row(total[:, :, prefix:], layout.origins).unsqueeze(0)
        change[0, :, :prefix] = total[:, :, :prefix].sum(1)
        changes.append(change.mul_(factor).to(key.dtype))
    return changes
