"""Attention of packed sequences on a CPU: many examples in one row, none of which sees another.

The row holds the tokens that all examples begin with once, then the rest of each: (prefix)(rest 1)(rest 2)…. A rest's
tokens attend to the prefix and, causally, to their own rest, just as if each example stood in a row of its own. Both
passes are written as matrix products of all rests at once, a block of queries at a time: scores stay few, the later
blocks hold the longer rests alone, and next to nothing is spent on keys that no query sees. Torch's flash kernel,
example by example, takes twice as long for both passes.

Queries, keys and values are first laid out so that each product finds its factors in one piece. That is a choice of
rows, which the compiler does in the same pass as what surrounds it; the products are operators that it calls.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cot_distill.training.kernels import kernel

PACKED = "packed"
"""The name by which transformers knows this attention."""
_BLOCK = 64
"""Queries of an example whose scores are taken at a time."""
_HELD = 2**20
"""Scores that are held at a time."""
KEPT = 2**22
"""Weights of a layer, up to which they are kept for the backward pass instead of being computed anew."""
_NOTHING = 2
"""Stands for the size of what is not kept: the compiler would make another form for 0 and for 1."""


class UnevenHeadsError(ValueError):
    """A layer has other heads than the model's configuration says."""


class Places(NamedTuple):
    """Where the tokens of a packed row stand when they are laid out; all are tensors, the same for every layer.

    Laid out, queries are rows (rows, width), block by block, and in a block by sequence, shared head, head of its
    group, and token. Keys and values are (sequences, shared heads, prefix + longest, width).
    """

    bounds: Any
    """The prefix's length, then the end of each rest."""
    asking: Any
    """(rows): which of the row's (tokens × heads) stands there; where there is padding, any of the same sequence."""
    real: Any
    """(rows, 1): whether it is no padding."""
    origins: Any
    """(tokens, heads): where each stands among the rows."""
    seen: Any
    """(sequences, shared heads, prefix + longest): which of the row's (tokens × shared heads) stands there."""
    found: Any
    """(tokens behind the prefix, shared heads): where each stands among those."""
    room: Any
    """Of the size of the weights that are kept for the backward pass, and nothing else."""


def use_packed_attention(model: Any, compiled: bool) -> None:
    """Switch a model to attention over packed sequences; every call must then pass `places`."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    function = _function()

    def packed(
        _: Any, query: Any, key: Any, value: Any, __: Any, scaling: float, places: Places, **___: Any
    ) -> tuple[Any, None]:
        return attend(function, query, key, value, places, float(scaling), compiled), None

    ALL_ATTENTION_FUNCTIONS.register(PACKED, packed)
    ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, lambda *_, **__: None)
    model.set_attn_implementation(PACKED)


def attend(function: Any, query: Any, key: Any, value: Any, places: Places, scale: float, compiled: bool) -> Any:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width), whose scores are scaled by `scale`; `compiled` says whether what is taken of scores is compiled.

    `function` is what `_function` gives: handed in, since the compiler cannot follow the cache that keeps it.
    Raises UnevenHeadsError where the places are those of other numbers of heads.
    """
    if (query.shape[1], key.shape[1]) != (places.origins.shape[1], places.seen.shape[1]):
        raise UnevenHeadsError(f"{query.shape[1]} heads over {key.shape[1]}")
    rows = (one[0].transpose(0, 1) for one in (query, key, value))
    return function.apply(*rows, *places, scale, compiled).unsqueeze(0)


@functools.lru_cache(maxsize=2)
def lay_out(bounds: tuple[int, ...], heads: int, shared: int) -> Places:
    """The places of a packed row with such bounds, for a model with so many heads, which share keys and values."""
    import torch

    prefix, tokens = bounds[0], bounds[-1]
    group = heads // shared
    starts, ends = (torch.tensor(one) for one in zip(*_spans(bounds), strict=True))
    blocks = _blocks(bounds, shared, group)
    asking, real = [], []
    for block in blocks:
        start, end = (one[block.sequences, None, None, None] for one in (starts, ends))
        token = start + torch.arange(block.queries.start, block.queries.stop)
        head = torch.arange(heads).view(shared, group, 1)
        asking.append((token.minimum(end - 1) * heads + head).flatten())
        real.append((token < end).expand(-1, shared, group, -1).flatten())
    asked, is_real = torch.cat(asking), torch.cat(real)
    origins = torch.empty(tokens * heads, dtype=torch.int64)
    origins[asked[is_real]] = is_real.nonzero().squeeze(1)

    longest = int((ends - starts).max())
    own = (starts[:, None] + torch.arange(longest)).minimum(ends[:, None] - 1)
    seen = torch.cat([torch.arange(prefix).expand(len(own), -1), own], dim=1).unsqueeze(1)
    # Which sequence each token behind the prefix is of, and where it stands there, behind that prefix.
    sequence = torch.empty(tokens, dtype=torch.int64)
    for number, span in enumerate(_spans(bounds)):
        sequence[slice(*span)] = number
    sequence = sequence[prefix:]
    stands = prefix + torch.arange(prefix, tokens) - starts[sequence]
    head = torch.arange(shared)
    found = (sequence[:, None] * shared + head) * (prefix + longest) + stands[:, None]
    size = blocks[-1].place.stop
    return Places(
        torch.tensor(bounds),
        asked,
        is_real.unsqueeze(1),
        origins.view(tokens, heads),
        seen * shared + head.unsqueeze(1),
        found,
        torch.empty(1).expand(size if size <= KEPT else _NOTHING),
    )


class _Block(NamedTuple):
    """Queries of some sequences whose scores are taken at a time."""

    sequences: slice
    queries: slice
    seen: int
    """Keys of a sequence up to those of the last of the queries."""
    limits: Any
    """(rows): how many of them each query may see."""
    rows: slice
    """Where its queries stand among those of all blocks."""
    place: slice
    """Where its weights (rows × seen) stand among those of all blocks."""


def _spans(bounds: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where each sequence, which are the prefix and the rests, begins and ends in the row; the longest first."""
    spans = [(start, end) for start, end in zip((0, *bounds), bounds, strict=False) if end > start]
    return sorted(spans, key=lambda span: span[0] - span[1])


@functools.lru_cache(maxsize=2)
def _blocks(bounds: tuple[int, ...], shared: int, group: int) -> list[_Block]:
    import torch

    prefix, spans = bounds[0], _spans(bounds)
    longest = spans[0][1] - spans[0][0]
    # The prefix's own tokens find it in front of them; all others see it whole, and then themselves.
    before = torch.tensor([prefix if start >= prefix else 0 for start, _ in spans])
    blocks: list[_Block] = []
    rows = stop = 0
    for begin in range(0, longest, _BLOCK):
        end = min(begin + _BLOCK, longest)
        count = sum(stop - start > begin for start, stop in spans)
        together = max(1, _HELD // (shared * group * (end - begin) * (prefix + end)))
        for first in range(0, count, together):
            some = slice(first, min(first + together, count))
            limits = before[some, None, None, None] + torch.arange(begin + 1, end + 1)
            limits = limits.expand(-1, shared, group, -1).flatten()
            # Each begins where memory is aligned, or compiled code would copy it first.
            start = -(-stop // 64) * 64
            stop = start + len(limits) * (prefix + end)
            asking = slice(rows, rows := rows + len(limits))
            blocks.append(_Block(some, slice(begin, end), prefix + end, limits, asking, slice(start, stop)))
    return blocks


@functools.cache
def _function() -> Any:
    """Attention as a function that torch differentiates: laying out, the products, and finding what belongs where."""
    import torch

    forward_products, backward_products = _operators()

    class Attention(torch.autograd.Function):
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
            out, kept = forward_products(q, k, v, bounds, room, group, scale, compiled)
            context.save_for_backward(q, k, v, bounds, kept, asking, real, origins, found)
            context.settings = group, scale, compiled
            return out[origins]

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            q, k, v, bounds, kept, asking, real, origins, found = context.saved_tensors
            g = torch.where(real, _chosen(gradient, asking), 0.0)
            dq, dk, dv = backward_products(g, q, k, v, bounds, kept, *context.settings)
            prefix = len(origins) - len(found)
            dk, dv = (_gathered(one, found, prefix).to(k.dtype) for one in (dk, dv))
            return dq[origins], dk, dv, *(None,) * 9

    return Attention


def _chosen(tokens: Any, places: Any) -> Any:
    """Some rows (…, width) of (tokens, heads, width)."""
    return tokens.flatten(0, 1)[places]


def _gathered(laid: Any, found: Any, prefix: int) -> Any:
    """(tokens, shared heads, width): for each token the sum of what (sequences, shared heads, prefix + longest, width)
    holds of it."""
    import torch

    return torch.cat([laid[:, :, :prefix].sum(0).transpose(0, 1), laid.flatten(0, 2)[found]])


def _operators() -> tuple[Any, Any]:
    """The operators `cot_distill::attend` and its backward pass, opaque to the compiler.

    The first takes what is laid out, the bounds, room for the weights, how many heads share keys, the scale of scores,
    and whether to compile what is taken of them. It gives the output, laid out as the queries, and the weights kept for
    the backward pass, as many as there is room for. The second gives the gradients of queries, keys and values, the
    last two in float32.
    """
    import torch
    from torch import Tensor

    @torch.library.custom_op("cot_distill::attend", mutates_args=())
    def attend(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bounds: Tensor,
        room: Tensor,
        group: int,
        scale: float,
        compiled: bool,
    ) -> tuple[Tensor, Tensor]:
        kept = query.new_empty(room.shape)
        return _forward(query, key, value, tuple(bounds.tolist()), kept, group, scale, compiled), kept

    @attend.register_fake
    def _(query: Tensor, _: Tensor, __: Tensor, ___: Tensor, room: Tensor, *____: Any) -> tuple[Tensor, Tensor]:
        return torch.empty_like(query), query.new_empty(room.shape)

    @torch.library.custom_op("cot_distill::attend_backward", mutates_args=())
    def backward(
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
        return _backward(gradient, query, key, value, tuple(bounds.tolist()), kept, group, scale, compiled)

    @backward.register_fake
    def _(_: Tensor, query: Tensor, key: Tensor, value: Tensor, *__: Any) -> tuple[Tensor, Tensor, Tensor]:
        exact = torch.float32
        return torch.empty_like(query), torch.empty_like(key, dtype=exact), torch.empty_like(value, dtype=exact)

    return attend, backward


def _weigh(scores: Any, scale: float, limits: Any, weights: Any) -> None:
    """Write the weights (rows, seen) that scores give once scaled, where each row may see so many keys."""
    import torch

    behind = torch.arange(scores.shape[-1]) >= limits.unsqueeze(-1)
    weights.copy_((scores * scale).masked_fill(behind, float("-inf")).softmax(-1))


def _move(weights: Any, pulls: Any, scale: float) -> None:
    """Turn the gradient of the weights (rows, seen) into that of the scores before they are scaled."""
    exact = weights.float()
    moves = exact * pulls.float()
    # A row's weights sum to one whatever the scores, rounding apart: what would raise all of them moves none.
    pulls.copy_((moves - exact * (moves.sum(-1, keepdim=True) / exact.sum(-1, keepdim=True))) * scale)


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
    weights = kept[block.place] if len(kept) > _NOTHING else kept.new_empty(scores.numel())
    kernel(_weigh, compiled)(scores.flatten(0, 1), scale, block.limits, weights.view(-1, block.seen))
    return weights.view(scores.shape)


def _forward(
    query: Any, key: Any, value: Any, bounds: tuple[int, ...], kept: Any, group: int, scale: float, compiled: bool
) -> Any:
    import torch

    out = torch.empty_like(query)
    for block in _blocks(bounds, key.shape[1], group):
        keys, values = (one[block.sequences, :, : block.seen].flatten(0, 1) for one in (key, value))
        rows, found = (one[block.rows].view(len(keys), -1, one.shape[-1]) for one in (query, out))
        weights = _weighed(rows, keys, block, scale, kept, compiled)
        torch.bmm(weights, values, out=found)
    return out


def _backward(
    gradient: Any,
    query: Any,
    key: Any,
    value: Any,
    bounds: tuple[int, ...],
    kept: Any,
    group: int,
    scale: float,
    compiled: bool,
) -> tuple[Any, Any, Any]:
    import torch

    dq, dk, dv = torch.empty_like(query), *(torch.zeros(key.shape, dtype=torch.float32) for _ in "kv")
    for block in _blocks(bounds, key.shape[1], group):
        keys, values = (one[block.sequences, :, : block.seen].flatten(0, 1) for one in (key, value))
        rows, pulling, change = (one[block.rows].view(len(keys), -1, one.shape[-1]) for one in (query, gradient, dq))
        if len(kept) > _NOTHING:
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
