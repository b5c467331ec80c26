"""How long completions get, as far as one can tell while they are written: what progress of decoding is reckoned by.

Most lengths lie around a median, by factors (a log-normal distribution); a few completions never end by themselves and
are cut at the cap, as those of small models often are. Both shares are learned from what has ended.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from cot_distill.decoding import Working

_NORMAL = NormalDist()
_SPREAD = 0.35
"""The standard deviation of the logarithm of lengths, as long as too few have ended to see it."""
_ENDLESS = (1, 30)
"""One in so many is taken to run into the cap, before any has."""
_QUANTILES = (0.1, 0.25, 0.5, 0.75)
_ENOUGH = 10
"""So many completions of earlier batches tell more than those of the batch in work."""
_STEP = 16
"""What a step costs beside its tokens, in tokens: reading the weights. About right on two cores; a speed that is
measured over the last minutes makes up for the rest."""
_READ = 1 / 4
"""What reading a token of a prompt costs, in tokens written."""


class Lengths:
    """Lengths of completions in tokens: of earlier batches, and of the batch that is in work."""

    def __init__(self) -> None:
        self._ended: list[int] = []
        self._count = self._capped = 0

    def add(self, lengths: Sequence[int], cap: int) -> None:
        """Remember a batch that is done, whose completions were cut at `cap`."""
        self._count += len(lengths)
        self._capped += sum(length >= cap for length in lengths)
        self._ended += [length for length in lengths if length < cap]

    def left(self, step: float, ended: Sequence[int], alive: int, cap: int) -> tuple[float, float]:
        """What is left of a batch after `step` tokens of each of its completions, of which `ended` have these lengths
        and `alive` go on, up to `cap`: steps until all have ended, and tokens of all. A guess."""
        if not alive:
            return 0.0, 0.0
        room = max(cap - step, 0)
        median, spread = self._shape(step, ended, alive)
        place = math.log(step / median) / spread
        going = max(1.0 - _NORMAL.cdf(place), 1e-12)
        endless = (self._capped + _ENDLESS[0]) / (self._count + _ENDLESS[1])
        endless /= endless + (1.0 - endless) * going
        mean = median * math.exp(spread**2 / 2) * max(_NORMAL.cdf(spread - place), 1e-12) / going - step
        last = median * math.exp(spread * _NORMAL.inv_cdf(1.0 - going / (alive + 1))) - step
        # Far out in the tail the formulas lose their digits; a completion that is still going has a token to go.
        mean, last = (min(max(one, 1.0), room) for one in (mean, last))
        any_endless = 1.0 - (1.0 - endless) ** alive
        steps = any_endless * room + (1.0 - any_endless) * last
        return steps, alive * (endless * room + (1.0 - endless) * mean)

    def _shape(self, step: float, ended: Sequence[int], alive: int) -> tuple[float, float]:
        """The median, and the standard deviation of the logarithm."""
        earlier = len(self._ended) >= _ENOUGH
        lengths = sorted(self._ended if earlier else ended)
        count = len(lengths) + (0 if earlier else alive)
        known = [(part, lengths[math.ceil(part * count) - 1]) for part in _QUANTILES if part * count <= len(lengths)]
        spread = _SPREAD
        if len(known) > 1:
            (low, first), (high, last) = known[0], known[-1]
            spread = math.log(last / first) / (_NORMAL.inv_cdf(high) - _NORMAL.inv_cdf(low))
            spread = min(max(spread, 0.1), 0.8)
        medians = [length * math.exp(-spread * _NORMAL.inv_cdf(part)) for part, length in known[-1:]]
        if not earlier and len(lengths) < _QUANTILES[-1] * count:
            here = (len(lengths) + 0.5) / (count + 1)
            medians.append(step * math.exp(-spread * _NORMAL.inv_cdf(here)))
        return max(medians), spread


class Pace:
    """Tells how far decoding is, token by token, where completions are written in batches that go on step by step."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._lengths = Lengths()
        self._done, self._begun = 0.0, 0

    def begin(self, prompts: Sequence[int], cap: int) -> None:
        """Begin a batch: the lengths of its prompts, and the cap of its completions, in tokens."""
        self._done += _READ * sum(prompts)
        self._begun += len(prompts)
        self._going, self._cap, self._step = len(prompts), cap, 0
        self._ended: list[int] = []

    def step(self, alive: int) -> None:
        """Each that went on has written a token more, after which `alive` go on."""
        self._step += 1
        self._done += _STEP + self._going
        self._ended += [self._step] * (self._going - alive)
        self._going = alive
        steps, tokens = self._lengths.left(self._step, self._ended, alive, self._cap)
        self._working(self._done, _STEP * steps + tokens, self._begun)

    def end(self, lengths: Sequence[int]) -> None:
        """End a batch whose completions have these lengths."""
        self._lengths.add(lengths, self._cap)


class Stream:
    """Tells how far decoding is where a place is filled again as soon as a completion has ended, `places` in all."""

    def __init__(self, working: Working, places: int, cap: int) -> None:
        self._working, self._places, self._cap = working, places, cap
        self._lengths = Lengths()
        self._done, self._age = 0, 0.0
        self._ended: list[int] = []

    def step(self, in_flight: int, ended: Sequence[int]) -> None:
        """Of the requests `in_flight` as many as there are places have written a token more, or were read; those that
        ended by it have these lengths."""
        self._done += _STEP + min(in_flight, self._places)
        self._ended += ended
        self._age += 1
        if len(self._ended) >= self._places:
            self._lengths.add(ended, self._cap)
            if in_flight > self._places:  # by now they began at different times
                self._age = max(1.0, sum(self._ended) / len(self._ended) / 2)
        alive = min(in_flight - len(ended), self._places)
        steps, tokens = self._lengths.left(self._age, self._ended, alive, self._cap)
        if in_flight > self._places:
            steps = tokens / self._places
        self._working(self._done, _STEP * steps + tokens, len(self._ended) + alive)
