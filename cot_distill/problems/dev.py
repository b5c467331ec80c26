"""The dev split: problems on which choices are made, so that test problems are asked once, by what was chosen."""

import dataclasses
import random
from collections.abc import Sequence
from operator import attrgetter

from cot_distill.errors import UserError
from cot_distill.problems.questions import identity, part_leaks
from cot_distill.records import Problem

SHARE, AT_LEAST = 0.1, 100
"""How many there are where params name no number: this share of the training problems, and at least so many. On fewer a
choice of the best of several arms fails too often, however many trainings it sees (benchmarks/recommend.py)."""
_MOST_TAKEN = 0.2
"""Where params name no number, no more than this share of the training problems is taken for it."""

Size = int | float | None
"""A number, a share of the training problems, or None."""


def wanted(size: Size, train: int) -> int:
    """How many dev problems go with so many training problems."""
    if size is None:
        return max(AT_LEAST, round(SHARE * train))
    return round(size * train) if isinstance(size, float) else size


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """The dev problems, and what became of the others; each list is sorted by id."""

    train: list[Problem]
    """The training problems that stay."""
    dev: list[Problem]
    added: int
    """How many of them the data do not call dev."""
    repeats: int
    """How many that the data call dev ask what a training or test problem asks; they are left out."""


def draw(
    train: Sequence[Problem],
    every: Sequence[Problem],
    test: Sequence[Problem],
    size: Size,
    seed: int,
    own: Sequence[Problem] = (),
) -> Drawn:
    """The dev problems, which `seed` draws; none asks anything that a training or test problem asks.

    `own` are those that the data themselves call dev: without a number they are all. What is missing is drawn from
    `every`, the rows that might be trained on, and only what is then still missing is taken out of training. Raises
    UserError where that would leave nothing to train on.
    """
    left, repeats = part_leaks(list(own), [*train, *test])
    count = len(left) if left and size is None else wanted(size, len(train))
    dev = _drawn(left, count, seed)
    if len(dev) < count:
        taught = {problem.id for problem in train}
        unique = {identity(problem): problem for problem in reversed(every) if problem.id not in taught}
        spare, _ = part_leaks(list(unique.values()), [*train, *test, *dev])
        dev += _drawn(spare, count - len(dev), seed)
    missing = count - len(dev)
    if size is None:
        missing = min(missing, int(_MOST_TAKEN * len(train)))
    if missing and missing >= len(train):
        raise UserError(
            f"dev_problems: {count} dev problems of {len(dev)} spare and {len(train)} training problems leave none to "
            "train on; ask for fewer"
        )
    # From the end of the order in which training problems are sampled: what a pilot asked a teacher stays in training.
    taken = {problem.id for problem in _drawn(train, len(train), seed)[len(train) - missing :]}
    added = max(0, len(dev) - len(left)) + len(taken)
    dev += [problem for problem in train if problem.id in taken]
    held = [dataclasses.replace(problem, split="dev") for problem in sorted(dev, key=attrgetter("id"))]
    return Drawn([problem for problem in train if problem.id not in taken], held, added, len(repeats))


def _drawn(problems: Sequence[Problem], count: int, seed: int) -> list[Problem]:
    """So many of them, or all; a larger draw contains the smaller one."""
    ordered = sorted(problems, key=attrgetter("id"))
    return random.Random(seed).sample(ordered, len(ordered))[:count]
