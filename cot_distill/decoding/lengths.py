"""A guess of how long unfinished completions will be. The progress of decoding is computed from it.

An unfinished completion is expected to become as long as those finished ones that are longer than it is now. While few
have finished, the usual lengths of small models' completions stand in for them.
"""

from collections.abc import Sequence

from cot_distill.decoding import Working

_USUAL = (0.6, 0.7, 0.78, 0.84, 0.9, 0.95, 1.0, 1.05, 1.11, 1.19, 1.28, 1.43, 1.67, 2.5, 5.0)
"""The usual lengths of completions of one kind, as multiples of their median, one for each rank."""
_TAIL = 1.67
"""Once half have ended, a completion of this many times the median is expected to run into the cap."""
_ENOUGH = 10
"""From this many finished completions on, their own lengths are used instead of the usual ones."""
_STEP = 16
"""The cost of a step besides its tokens, which is reading the weights, in tokens. It is about right on two cores. The
speed is measured over the last minutes, and so corrects the rest."""
_READ = 1 / 4
"""The cost of reading a token of a prompt, in tokens written."""


def left(step: float, earlier: Sequence[int], ended: Sequence[int], alive: int, cap: int) -> tuple[float, float]:
    """A guess of the work left in a batch: steps until all its completions have ended, and tokens of all of them.

    After `step` tokens, completions of the lengths `ended` have ended and `alive` go on, up to `cap` tokens. `earlier`
    are the lengths in earlier batches.
    """
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
    """Reports the progress of an engine that decodes a batch at a time, step by step."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._earlier: list[int] = []
        self._done, self._begun = 0.0, 0

    def begin(self, prompts: Sequence[int], cap: int) -> None:
        """Begin a batch with prompts of these lengths; `cap` is the most tokens of a completion."""
        self._done += _READ * sum(prompts)
        self._begun += len(prompts)
        self._going, self._cap, self._step = len(prompts), cap, 0
        self._ended: list[int] = []

    def step(self, alive: int) -> None:
        """Each unfinished completion got one more token; `alive` of them go on."""
        self._step += 1
        self._done += _STEP + self._going
        self._ended += [self._step] * (self._going - alive)
        self._going = alive
        steps, tokens = left(self._step, self._earlier, self._ended, alive, self._cap)
        self._working(self._done, _STEP * steps + tokens, self._begun)

    def end(self, lengths: Sequence[int]) -> None:
        """End the batch; its completions have these lengths."""
        self._earlier += lengths


class Stream:
    """Reports the progress of an engine with `places` slots that refills a slot as soon as its completion has ended."""

    def __init__(self, working: Working, places: int, cap: int) -> None:
        self._working, self._places, self._cap = working, places, cap
        self._done, self._age = 0, 0.0
        self._ended: list[int] = []

    def step(self, in_flight: int, ended: Sequence[int]) -> None:
        """Report one step. Of the requests `in_flight`, as many as there are slots got one more token, or had their
        prompt read. Those that ended in this step have the lengths `ended`."""
        self._done += _STEP + min(in_flight, self._places)
        self._ended += ended
        self._age += 1
        # By now the completions are at different steps.
        if len(self._ended) >= self._places and in_flight > self._places:
            self._age = max(1.0, sum(self._ended) / len(self._ended) / 2)
        alive = min(in_flight - len(ended), self._places)
        steps, tokens = left(
            self._age, self._ended if len(self._ended) >= self._places else (), self._ended, alive, self._cap
        )
        if in_flight > self._places:
            steps = tokens / self._places
        self._working(self._done, _STEP * steps + tokens, len(self._ended) + alive)
