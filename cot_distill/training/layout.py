"""How packed rows are laid out for attention on a CPU: which of a row's tokens stands where, and in which blocks scores
are taken. `attention` draws it.
"""

import functools
from typing import Any, NamedTuple

import torch

_BLOCK = 64
"""Queries of an example whose scores are taken at a time."""
_HELD = 2**20
"""Scores that are held at a time."""
KEPT = 2**22
"""Weights of a layer, up to which they are kept for the backward pass instead of being computed anew."""
NOTHING = 2
"""Stands for the size of what is not kept: the compiler would make another form for 0 and for 1."""


class PackedLayout(NamedTuple):
    """Where the tokens of a packed row stand when they are laid out; all are tensors, the same for every layer.

    Laid out, queries are rows (rows, width), block by block, and in a block by sequence, shared head, head of its
    group, and token. Keys and values are (sequences, shared heads, prefix + longest, width).
    """

    bounds: Any
    """The prefix's length, then the end of each rest."""
    asking: Any
    """(rows): which of the row's (tokens × heads) stands there; if there is padding, any of the same sequence."""
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


@functools.lru_cache(maxsize=2)
def lay_out(bounds: tuple[int, ...], heads: int, shared: int) -> PackedLayout:
    """The layout of a packed row with such bounds, for a model with so many heads, which share keys and values."""
    prefix, tokens = bounds[0], bounds[-1]
    group = heads // shared
    starts, ends = (torch.tensor(one) for one in zip(*_spans(bounds), strict=True))
    every = blocks(bounds, shared, group)
    asking, real = [], []
    for block in every:
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
    size = every[-1].place.stop
    return PackedLayout(
        torch.tensor(bounds),
        asked,
        is_real.unsqueeze(1),
        origins.view(tokens, heads),
        seen * shared + head.unsqueeze(1),
        found,
        torch.empty(1).expand(size if size <= KEPT else NOTHING),
    )


class Block(NamedTuple):
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
def blocks(bounds: tuple[int, ...], shared: int, group: int) -> list[Block]:
    prefix, spans = bounds[0], _spans(bounds)
    longest = spans[0][1] - spans[0][0]
    # The prefix's own tokens find it in front of them; all others see it whole, and then themselves.
    before = torch.tensor([prefix if start >= prefix else 0 for start, _ in spans])
    made: list[Block] = []
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
            made.append(Block(some, slice(begin, end), prefix + end, limits, asking, slice(start, stop)))
    return made
