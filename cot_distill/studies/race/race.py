"""The race itself: from the answers that are there to the trainings that come next, round by round.

`run` plays the race from its start over whatever answers are known, and stops where it needs one that is not. It holds
no state, so that a race that was killed goes on from the runs that are there.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from cot_distill.evaluation import statistics
from cot_distill.studies.race.evidence import Values, differences, e_value, of_one_arm, of_seeds, seed_variance

Pull = tuple[str, int]
"""A training: the arm, and which of the seeds, from 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What is raced, and for how much."""

    arms: tuple[str, ...]
    """In the order in which they are trained first."""
    seeds: int
    """How many seeds the grid has of each arm."""
    trainings: int
    """How many may be spent; at least one an arm."""
    alpha: float = statistics.ALPHA
    """With at most this probability the best arm is dropped, over all looks at it."""

    @property
    def threshold(self) -> float:
        """The e-value from which an arm is dropped: each arm may be beaten by any other, after any round."""
        rounds = 1 if self.trainings < len(self.arms) + 2 else self.seeds
        return max(1, len(self.arms) - 1) * rounds / self.alpha


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """How an arm stands."""

    arm: str
    accuracy: float
    """On the dev problems, mean over its seeds."""
    low: float
    high: float
    """Its interval at 95%, for other problems and, if it has several seeds, for other seeds; nothing is adjusted for
    the choice."""
    seeds: int
    behind: statistics.Paired
    """The leader minus this arm, with its interval at 95%."""
    error: float
    """The standard error of that difference."""
    e_value: float
    """Against its being as good as the leader."""
    out: bool
    """Whether it is dropped."""


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """What a round trained, and how all arms stood after it."""

    pulls: tuple[Pull, ...]
    places: tuple[Place, ...]
    """The leader first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Race:
    """A race as far as the known answers carry it."""

    rules: Rules
    rounds: tuple[Round, ...]
    wanted: tuple[Pull, ...]
    """The trainings without whose answers it cannot go on; none: it is over."""

    @property
    def places(self) -> tuple[Place, ...]:
        """How the arms stand after the last whole round, the leader first; none before the first."""
        return self.rounds[-1].places if self.rounds else ()

    @property
    def spent(self) -> int:
        """How many trainings its rounds took."""
        return sum(len(one.pulls) for one in self.rounds)


def run(rules: Rules, answers: Mapping[Pull, Values]) -> Race:
    """Play the race over the answers to the dev problems that are there, by training.

    Every array holds a share of right answers for each problem, in one order. The first round trains each arm once. A
    later round r gives one more seed to the arms that lead, C/(r-1) of them, at least 2, with C so that the rounds
    together spend the trainings: successive rejects (Audibert, Bubeck and Munos 2010) in whole rounds. An arm that is
    dropped gets nothing more, nor does anything if one arm is left.
    """
    used: dict[str, list[Values]] = {arm: [] for arm in rules.arms}
    out: set[str] = set()
    rounds: list[Round] = []
    places: tuple[Place, ...] = ()
    left = rules.trainings
    while pulls := _pulls(rules, used, places, len(rounds), left):
        wanted = tuple(pull for pull in pulls if pull not in answers)
        if wanted:
            return Race(rules, tuple(rounds), wanted)
        for pull in pulls:
            used[pull[0]].append(answers[pull])
        left -= len(pulls)
        places = _places(rules, {arm: np.stack(seeds) for arm, seeds in used.items()}, out)
        out |= {place.arm for place in places if place.out}
        rounds.append(Round(pulls, places))
    return Race(rules, tuple(rounds), ())


def _pulls(
    rules: Rules, used: Mapping[str, Sequence[Values]], places: Sequence[Place], done: int, left: int
) -> tuple[Pull, ...]:
    if not done:
        return tuple((arm, 0) for arm in rules.arms)
    live = [place.arm for place in places if not place.out]
    if len(live) < 2 or left < 2:
        return ()  # one arm's next seed alone would be compared with nothing new
    rest = rules.trainings - len(rules.arms)
    harmonic = sum(1 / number for number in range(1, rules.seeds))
    width = min(left, max(2, math.ceil(rest / harmonic) // done)) if harmonic else 0
    return tuple((arm, len(used[arm])) for arm in live[:width] if len(used[arm]) < rules.seeds)


def _places(rules: Rules, arms: Mapping[str, Values], out: set[str]) -> tuple[Place, ...]:
    variance, freedom = seed_variance(arms.values())
    accuracy = {arm: float(answers.mean()) for arm, answers in arms.items()}
    order = sorted(arms, key=lambda arm: (arm in out, -accuracy[arm], rules.arms.index(arm)))
    leader = arms[order[0]]
    places = []
    for arm in order:
        answers = arms[arm]
        gaps = differences(leader, answers)
        of_both = of_seeds(variance, (len(leader), len(answers))) if arm != order[0] else 0.0
        total, squares, n = float(gaps.sum()), float((gaps**2).sum()), len(gaps)
        shares = answers.mean(axis=0)
        evidence = e_value(gaps, of_both)
        low, high = statistics.accuracy_interval(
            accuracy[arm], float(shares.var()), n, answers.size, of_one_arm(answers), len(answers)
        )
        places.append(
            Place(
                arm,
                accuracy[arm],
                float(low),
                float(high),
                len(answers),
                statistics.paired(total, squares, n, of_both, freedom),
                math.sqrt(float(gaps.var()) / n + of_both),
                evidence,
                arm in out or evidence >= rules.threshold,
            )
        )
    return tuple(places)
