"""Which arm to use, of those that a race has not dropped."""

import dataclasses
from collections.abc import Mapping, Sequence

from cot_distill.studies.race.race import Place

WITHIN = 0.5
"""How many standard errors behind the leader an arm may be, to be chosen because it is cheaper."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """The arm to use, and what it was chosen from."""

    chosen: Place
    leader: Place
    alike: tuple[Place, ...]
    """All arms that cannot be told from the leader, itself and the chosen one included."""
    dropped: tuple[Place, ...]


def choose(places: Sequence[Place], cost: Mapping[str, float], within: float = WITHIN) -> Choice:
    """The cheapest arm, by what a right or wrong answer costs it, among those that stand as well as the leader.

    These are the arms that are not dropped and at most `within` standard errors behind the leader: Breiman's rule of
    one standard error, tightened. All arms that cannot be told apart would be too many if problems are few: the
    cheapest of ten would be chosen for being cheap alone.
    """
    alike = tuple(place for place in places if not place.out)
    close = [place for place in alike if place.behind.difference <= within * place.error]
    chosen = min(close, key=lambda place: (cost[place.arm], places.index(place)))
    return Choice(chosen, places[0], alike, tuple(place for place in places if place.out))
