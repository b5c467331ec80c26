"""Chooses the arm to use, among those that a race has not dropped."""

import dataclasses
from collections.abc import Mapping, Sequence

from cot_distill.studies.race.race import Place

WITHIN = 0.5
"""A cheaper arm may be chosen if it is at most this many standard errors behind the leader."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """The arm to use, and its alternatives."""

    chosen: Place
    leader: Place
    alike: tuple[Place, ...]
    """All arms that cannot be told apart from the leader, including the leader and the chosen arm."""
    dropped: tuple[Place, ...]


def choose(places: Sequence[Place], cost: Mapping[str, float], within: float = WITHIN) -> Choice:
    """The cheapest arm, by the tokens of an answer, among those that are about as good as the leader.

    These are the arms that are not dropped and at most `within` standard errors behind the leader. (This is Breiman's
    rule of one standard error, tightened.) With few problems, the arms that cannot be told apart would be too many, and
    the cheapest of ten would be chosen only because it is cheap.
    """
    alike = tuple(place for place in places if not place.out)
    close = [place for place in alike if place.behind.difference <= within * place.error]
    chosen = min(close, key=lambda place: (cost[place.arm], places.index(place)))
    return Choice(chosen, places[0], alike, tuple(place for place in places if place.out))
