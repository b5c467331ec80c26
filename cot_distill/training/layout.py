"""The layout of packed rows for attention on a CPU: the place of each token, and the blocks in which scores are
computed. `attention` has a drawing.
"""

import functools
from typing import Any, NamedTuple

import torch

_BLOCK = 64
"""The scores of this many queries of an example are computed at a time."""
_HELD = 2**20
"""The most scores in memory at a time."""
KEPT = 2**22
"""Up to this many weights of a layer are kept for the backward pass; more are computed again."""
NOTHING = 2
"""The size of the placeholder if nothing is kept. For sizes 0 and 1 the compiler would make another form."""


class PackedLayout(NamedTuple):
    """Indices between a packed row and its layout, as tensors; every layer has the same ones.

    In the layout, queries are rows (rows, width), ordered by block, and within a block by sequence, shared head, head
    of its group, and token. Keys and values are (sequences, shared heads, prefix + longest, width).
    """

    bounds: Any
    """The prefix's length, then the end of each rest."""
    asking: Any
    """(rows): the index in the row's (tokens × heads). For padding, any index of the same sequence."""
    real: Any
    """(rows, 1): false for padding."""
    origins: Any
    """(tokens, heads): the index of each among the rows."""
    seen: Any
    """(sequences, shared heads, prefix + longest): the index in the row's (tokens × shared heads)."""
    found: Any
    """(tokens after the prefix, shared heads): the index of each among those."""
    room: Any
    """A tensor whose only purpose is its size: that of the weights kept for the backward pass."""


@functools.lru_cache(maxsize=2)
def lay_out(bounds: tuple[int, ...], heads: int, shared: int) -> PackedLayout:
    """The layout of a packed row with these bounds, for a model with `heads` heads over `shared` heads of keys and
    values."""
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
    # The sequence of each token after the prefix, and its index there, after that sequence's prefix.
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
    """Queries of some sequences whose scores are computed at a time."""

    sequences: slice
    queries: slice
    seen: int
    """The number of keys of a sequence, up to those of the last query."""
    limits: Any
    """(rows): how many keys each query may see."""
    rows: slice
    """The range of its queries among those of all blocks."""
    place: slice
    """The range of its weights (rows × seen) among those of all blocks."""


def _spans(bounds: tuple[int, ...]) -> list[tuple[int, int]]:
    """Begin and end of each sequence (the prefix and the rests) in the row, the longest first."""
    spans = [(start, end) for start, end in zip((0, *bounds), bounds, strict=False) if end > start]
    return sorted(spans, key=lambda span: span[0] - span[1])


@functools.lru_cache(maxsize=2)
def blocks(bounds: tuple[int, ...], shared: int, group: int) -> list[Block]:
    prefix, spans = bounds[0], _spans(bounds)
    longest = spans[0][1] - spans[0][0]
    # The prefix's own tokens see it up to themselves. All others see all of it, and then their own rest.
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
            # Each begins at aligned memory; otherwise compiled code would copy it first.
            start = -(-stop // 64) * 64
            stop = start + len(limits) * (prefix + end)
            asking = slice(rows, rows := rows + len(limits))
            made.append(Block(some, slice(begin, end), prefix + end, limits, asking, slice(start, stop)))
    return made
