"""Attention of packed sequences on a CPU: many examples in one row, none of which sees another.

The row holds the tokens that all examples begin with once, then the rest of each: (prefix)(rest 1)(rest 2)…. A rest's
tokens attend to the prefix and, causally, to their own rest, just as if each example stood in a row of its own. The
forward pass is torch's flash kernel. Its backward pass takes several times as long as the same gradient written as
matrix products, which is what is done here, a block of queries at a time so that memory stays flat.
"""

from typing import Any

PACKED = "packed"
"""The name by which transformers knows this attention."""
_BLOCK = 256
"""Queries whose scores are held at a time in the backward pass."""


def use_packed_attention(model: Any) -> None:
    """Switch a model to attention over packed sequences; every call must then pass `bounds` (see `_operator`)."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    attend = _operator()

    def packed(
        _: Any, query: Any, key: Any, value: Any, __: Any, scaling: float, bounds: Any, **___: Any
    ) -> tuple[Any, None]:
        return attend(query, key, value, bounds, float(scaling))[0].transpose(1, 2), None

    ALL_ATTENTION_FUNCTIONS.register(PACKED, packed)
    ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, lambda *_, **__: None)
    model.set_attn_implementation(PACKED)


def _operator() -> Any:
    """The operator `cot_distill::attend`, opaque to the compiler.

    It takes queries (1, heads, tokens, width), keys and values (1, shared heads, tokens, width), `bounds` (int64: the
    prefix's length, then the end of each rest) and the scale of scores; it gives the output, shaped as the queries, and
    the log-sum-exp of each row of scores, example by example with the prefix's rows before each.
    """
    import torch
    from torch import Tensor

    existing = getattr(torch.ops.cot_distill, "attend", None)
    if existing is not None:
        return existing

    @torch.library.custom_op("cot_distill::attend", mutates_args=())
    def attend(query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        return _forward(query, key, value, bounds.tolist(), scale)

    @attend.register_fake
    def _(query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        rows = torch.library.get_ctx().new_dynamic_size()
        return torch.empty_like(query), query.new_empty(1, query.shape[1], rows, dtype=torch.float32)

    @torch.library.custom_op("cot_distill::attend_backward", mutates_args=())
    def backward(
        gradient: Tensor,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        out: Tensor,
        lse: Tensor,
        bounds: Tensor,
        scale: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _backward(gradient, query, key, value, out, lse, bounds.tolist(), scale)

    @backward.register_fake
    def _(
        gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor, bounds: Tensor, _: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        d_query, d_key, d_value = (torch.empty(one.shape, dtype=one.dtype) for one in (query, key, value))
        return d_query, d_key, d_value

    def keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        query, key, value, bounds, ctx.scale = inputs
        ctx.save_for_backward(query, key, value, *output, bounds)

    def gradients(context: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, out, lse, bounds = context.saved_tensors
        return (*backward(gradient.contiguous(), query, key, value, out, lse, bounds, context.scale), None, None)

    attend.register_autograd(gradients, setup_context=keep)
    return attend


def _forward(query: Any, key: Any, value: Any, bounds: list[int], scale: float) -> tuple[Any, Any]:
    import torch

    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    prefix, *ends = bounds
    group = query.shape[1] // key.shape[1]
    key, value = (one.repeat_interleave(group, dim=1) for one in (key, value))
    out = torch.empty_like(query)
    sums = []
    start = prefix
    for end in ends:
        parts = [torch.cat([one[:, :, :prefix], one[:, :, start:end]], dim=2) for one in (query, key, value)]
        written, lse = flash(*parts, 0.0, True, scale=scale)
        if start == prefix:
            out[:, :, :prefix] = written[:, :, :prefix]
        out[:, :, start:end] = written[:, :, prefix:]
        sums.append(lse)
        start = end
    return out, torch.cat(sums, dim=-1)


def _backward(
    gradient: Any, query: Any, key: Any, value: Any, out: Any, lse: Any, bounds: list[int], scale: float
) -> tuple[Any, Any, Any]:
    import torch

    prefix, *ends = bounds
    _, heads, tokens, width = query.shape
    shared = key.shape[1]
    group = heads // shared
    # (shared heads, queries that share them, tokens, width); products are taken in float32.
    q = query[0].view(shared, group, tokens, width).float() * scale
    g = gradient[0].view(shared, group, tokens, width).float()
    k, v = key[0].float(), value[0].float()
    delta = (g * out[0].view(shared, group, tokens, width).float()).sum(-1)
    lse = lse[0].view(shared, group, -1)
    dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)

    def block(begin: int, end: int, seen: list[tuple[int, int]], sums: Any) -> None:
        """The gradients that the queries begin…end cause; the last of the keys they have `seen` are their own."""
        count = end - begin
        rows = [one[:, :, begin:end].reshape(shared, group * count, -1) for one in (q, g, delta.unsqueeze(-1))]
        keys, values = (torch.cat([one[:, at:to] for at, to in seen], dim=1) for one in (k, v))
        scores = torch.bmm(rows[0], keys.transpose(1, 2)).view(shared, group, count, -1)
        weights = scores.sub_(sums.unsqueeze(-1)).exp_()
        width_ = keys.shape[1]
        weights.masked_fill_(torch.ones(count, width_, dtype=torch.bool).triu_(width_ - count + 1), 0.0)
        weights = weights.view(shared, group * count, width_)
        changes = torch.bmm(rows[1], values.transpose(1, 2)).sub_(rows[2]).mul_(weights)
        dq[:, :, begin:end] = torch.bmm(changes, keys).view(shared, group, count, width)
        key_gradients = torch.bmm(changes.transpose(1, 2), rows[0])
        value_gradients = torch.bmm(weights.transpose(1, 2), rows[1])
        place = 0
        for at, to in seen:
            dk[:, at:to] += key_gradients[:, place : place + to - at]
            dv[:, at:to] += value_gradients[:, place : place + to - at]
            place += to - at

    for begin in range(0, prefix, _BLOCK):
        end = min(begin + _BLOCK, prefix)
        block(begin, end, [(0, end)], lse[:, :, begin:end])
    start, summed = prefix, 0
    for stop in ends:
        summed += prefix
        for begin in range(start, stop, _BLOCK):
            end = min(begin + _BLOCK, stop)
            seen = [(0, prefix), (start, end)] if prefix else [(start, end)]
            block(begin, end, seen, lse[:, :, summed + begin - start : summed + end - start])
        summed += stop - start
        start = stop
    dq.mul_(scale)
    return (
        dq.view(1, heads, tokens, width).to(query.dtype),
        dk.unsqueeze(0).to(key.dtype),
        dv.unsqueeze(0).to(value.dtype),
    )
