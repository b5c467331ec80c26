"""The order in which training reads its examples. It depends on the seed and the epoch, not on the processes."""

import random
from collections.abc import Callable, Iterator, Sequence

_SORTED = 50
"""The examples of this many batches are sorted by length together."""


class Order:
    """A sampler: the indices of all examples in the order of an epoch. Only the last batch may be partial.

    Processes take turns at `together` examples. If they cannot share the last batch evenly, it is filled up with the
    index after the last example, which is a fully masked example. No example is trained twice or left out.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        together: int,
        seed: int,
        by_length: bool,
        epoch: Callable[[], int],
    ) -> None:
        """`lengths` are in tokens. `by_length` puts examples of similar length into a batch, which saves padding."""
        self._lengths, self._batch_size, self._together = lengths, batch_size, together
        self._seed, self._by_length, self._epoch = seed, by_length, epoch

    def __len__(self) -> int:
        return -(-len(self._lengths) // self._together) * self._together

    def __iter__(self) -> Iterator[int]:
        draw = random.Random(f"{self._seed}/{self._epoch()}")
        places = draw.sample(range(len(self._lengths)), len(self._lengths))
        if self._by_length:
            places = self._grouped(places, draw)
        yield from places
        yield from [len(places)] * (len(self) - len(places))

    def _grouped(self, places: list[int], draw: random.Random) -> list[int]:
        span = _SORTED * self._batch_size
        near = [
            place
            for start in range(0, len(places), span)
            for place in sorted(places[start : start + span], key=lambda place: -self._lengths[place])
        ]
        whole = len(near) // self._batch_size * self._batch_size
        batches = [near[start : start + self._batch_size] for start in range(0, whole, self._batch_size)]
        draw.shuffle(batches)
        return [place for batch in batches for place in batch] + near[whole:]
