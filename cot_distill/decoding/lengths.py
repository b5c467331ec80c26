"""How long completions get, as far as one can tell while they are written: what progress of decoding is reckoned by.

Completions that go on are taken to become as long as those before them that were longer; of the first ones, as those
that small models write usually are.
"""

from collections.abc import Sequence

from cot_distill.decoding import Working

_USUAL = (0.6, 0.7, 0.78, 0.84, 0.9, 0.95, 1.0, 1.05, 1.11, 1.19, 1.28, 1.43, 1.67, 2.5, 5.0)
"""Lengths of completions of one kind over their median, a rank each."""
_TAIL = 1.67
"""What goes on for so many times the median, once half have ended, has no end and meets the cap."""
_ENOUGH = 10
"""So many completions tell more than the usual ones."""
_STEP = 16
"""What a step costs beside its tokens, in tokens: reading the weights. About right on two cores; a speed that is
measured over the last minutes makes up for the rest."""
_READ = 1 / 4
"""What reading a token of a prompt costs, in tokens written."""


def left(step: float, earlier: Sequence[int], ended: Sequence[int], alive: int, cap: int) -> tuple[float, float]:
    """What is left of a batch after `step` tokens of each of its completions, of which `ended` have these lengths and
    `alive` go on, up to `cap`: steps until all have ended, and tokens of all. `earlier`: lengths in batches before. A
    guess."""
    if not alive or step >= cap:  # a beam's hypotheses go on to the cap
        return 0.0, 0.0
    lengths: Sequence[float] = sorted(earlier)
    if len(lengths) < _ENOUGH:
        count = len(ended) + alive
        half = 2 * len(ended) >= count
        median = sorted(ended)[count // 2 - 1] if half else step / _USUAL[len(ended) * len(_USUAL) // count]
        lengths = [cap if half and share > _TAIL else min(cap, share * median) for share in _USUAL]
    longer = [length for length in lengths if length > step] or [cap]
    last = longer[max(0, round(len(longer) * alive / (alive + 1)) - 1)]
    mean = sum(longer) / len(longer)
    return max(1.0, last - step), alive * max(1.0, mean - step)


class Pace:
    """Tells how far decoding is, token by token, if completions are written in batches that go on step by step."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._earlier: list[int] = []
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
        steps, tokens = left(self._step, self._earlier, self._ended, alive, self._cap)
        self._working(self._done, _STEP * steps + tokens, self._begun)

    def end(self, lengths: Sequence[int]) -> None:
        """End a batch whose completions have these lengths."""
        self._earlier += lengths


class Stream:
    """Tells how far decoding is if a place is filled again as soon as a completion has ended, `places` in all."""

    def __init__(self, working: Working, places: int, cap: int) -> None:
        self._working, self._places, self._cap = working, places, cap
        self._done, self._age = 0, 0.0
        self._ended: list[int] = []

    def step(self, in_flight: int, ended: Sequence[int]) -> None:
        """Of the requests `in_flight` as many as there are places have written a token more, or were read; those that
        ended by it have these lengths."""
        self._done += _STEP + min(in_flight, self._places)
        self._ended += ended
        self._age += 1
        if len(self._ended) >= self._places and in_flight > self._places:  # by now they began at different times
            self._age = max(1.0, sum(self._ended) / len(self._ended) / 2)
        alive = min(in_flight - len(ended), self._places)
        steps, tokens = left(
            self._age, self._ended if len(self._ended) >= self._places else (), self._ended, alive, self._cap
        )
        if in_flight > self._places:
            steps = tokens / self._places
        self._working(self._done, _STEP * steps + tokens, len(self._ended) + alive)
