"""The race: from the known answers to the next trainings, round by round.

`run` replays the race from its start over the known answers, and stops when it needs answers that are missing. It has
no state, so a race that was killed continues from the existing runs.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from cot_distill.evaluation import statistics
from cot_distill.studies.race.evidence import (
    Values,
    differences,
    e_value,
    of_one_arm,
    of_seeds,
    seed_variance,
)

Pull = tuple[str, int]
"""A training: the arm, and the index of the seed, from 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """The arms of a race, and its limits."""

    arms: tuple[str, ...]
    """The arms, in the order of their first trainings."""
    seeds: int
    """The number of seeds that the grid has of each arm."""
    trainings: int
    """The most trainings; at least one for each arm."""
    alpha: float = statistics.ALPHA
    """The most probability that the best arm is dropped, over all looks."""

    @property
    def threshold(self) -> float:
        """The e-value from which an arm is dropped. It allows for comparisons with every other arm after every
        round."""
        rounds = 1 if self.trainings < len(self.arms) + 2 else self.seeds
        return max(1, len(self.arms) - 1) * rounds / self.alpha


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """An arm's results so far."""

    arm: str
    accuracy: float
    """The accuracy on the dev problems, as the mean over the arm's seeds."""
    low: float
    high: float
    """The accuracy's interval at 95%. It covers other problems and, with several seeds, other seeds. It is not adjusted
    for the choice."""
    seeds: int
    behind: statistics.Paired
    """The leader minus this arm, with its interval at 95%."""
    error: float
    """The standard error of that difference."""
    e_value: float
    """The e-value against the arm being as good as the leader."""
    out: bool
    """Whether the arm is dropped."""


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """A round: its trainings, and the arms' results after it."""

    pulls: tuple[Pull, ...]
    places: tuple[Place, ...]
    """The leader first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Race:
    """A race, as far as the known answers allow."""

    rules: Rules
    rounds: tuple[Round, ...]
    wanted: tuple[Pull, ...]
    """The trainings without whose answers it cannot go on; none: it is over."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The arms' results after the last complete round, the leader first; empty before the first round."""
        return self.rounds[-1].places if self.rounds else ()

    @property
    def spent(self) -> int:
        """The number of trainings in its rounds."""
        return sum(len(one.pulls) for one in self.rounds)


def run(rules: Rules, answers: Mapping[Pull, Values]) -> Race:
    """Play the race over the known answers to the dev problems: training → the share of right answers to each problem,
    all in the same order.

    The first round trains each arm once. A later round r gives one more seed to the C/(r-1) leading arms, at least 2. C
    is chosen so that all rounds together spend the trainings. These are successive rejects (Audibert, Bubeck and Munos
    2010) in whole rounds. A dropped arm gets no more trainings. The race ends when one arm is left.
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


def most_behind(race: Race, answers: Mapping[Pull, Values], arm: str) -> float:
    """How much better than `arm` the best arm that is not out is at most: the largest upper limit of the paired test.

    The limit allows for all arms and rounds, so that it holds with a probability of 1 - alpha for any arm after any
    round. 0 if no other arm is left.
    """
    used: dict[str, list[Values]] = {}
    for one, seed in (pull for each in race.rounds for pull in each.pulls):
        used.setdefault(one, []).append(answers[one, seed])
    arms = {one: np.stack(seeds) for one, seeds in used.items()}
    variance, freedom = seed_variance(arms.values())
    limits = [0.0]
    for place in race.places:
        if not place.out and place.arm != arm:
            of_both = of_seeds(variance, (len(arms[arm]), len(arms[place.arm])))
            limits.append(
                _paired(differences(arms[place.arm], arms[arm]), of_both, freedom, 2 / race.rules.threshold).high
            )
    return float(max(limits))


def _pulls(
    rules: Rules, used: Mapping[str, Sequence[Values]], places: Sequence[Place], done: int, left: int
) -> tuple[Pull, ...]:
    if not done:
        return tuple((arm, 0) for arm in rules.arms)
    live = [place.arm for place in places if not place.out]
    if len(live) < 2 or left < 2:
        return ()  # a single arm's next seed would have nothing new to be compared with
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
        shares = answers.mean(axis=0)
        evidence = e_value(gaps, of_both)
        low, high = statistics.accuracy_interval(
            accuracy[arm], float(shares.var()), len(gaps), answers.size, of_one_arm(answers), len(answers)
        )
        places.append(
            Place(
                arm,
                accuracy[arm],
                float(low),
                float(high),
                len(answers),
                _paired(gaps, of_both, freedom, statistics.ALPHA),
                math.sqrt(float(gaps.var()) / len(gaps) + of_both),
                evidence,
                arm in out or evidence >= rules.threshold,
            )
        )
    return tuple(places)


def _paired(gaps: Values, seed_variance: float, freedom: float, alpha: float) -> statistics.Paired:
    return statistics.paired(float(gaps.sum()), float((gaps**2).sum()), len(gaps), seed_variance, freedom, alpha)
