"""The levels that an arm needs, and the choice of each problem's rationale among them."""

import dataclasses
import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from cot_distill.records import Rationale
from cot_distill.supervision import LEVELS, MIXED, PADDED, Level
from cot_distill.supervision.measures import pieces

_SHORT, _LONG = 1, 5
"""The levels of the padding control: the paper pads level 1 to the length of level 5."""
_FILLER = Path(__file__).with_name("prompts") / "padding.txt"


def drawn_on(granularity: Level, weights: Sequence[float]) -> tuple[Level, ...]:
    """The levels at which an arm needs rationales. `weights` are those of levels 1 to 6 in a mixed arm."""
    if granularity == MIXED:
        return tuple(level for level, weight in zip(LEVELS, weights, strict=True) if weight > 0)
    if granularity == PADDED:
        return _SHORT, _LONG
    return (granularity,)


def select_level(
    rationales: Sequence[Rationale], granularity: int | str | None, weights: Sequence[float], seed: int
) -> list[Rationale]:
    """The rationales of one level for each problem, chosen from those of the arm's levels.

    Mixed: the level is drawn by weight from those for which the problem has a rationale. The draw depends only on
    `seed` and the problem, so that it is the same for every teacher. Padded: problems that lack one of the two levels
    are left out.
    """
    if granularity not in (MIXED, PADDED):
        return list(rationales)
    by_problem: dict[str, dict[int, list[Rationale]]] = defaultdict(lambda: defaultdict(list))
    for rationale in sorted(rationales, key=lambda one: one.key):
        if rationale.granularity is not None:
            by_problem[rationale.problem_id][rationale.granularity].append(rationale)
    if granularity == PADDED:
        both = [
            (levels[_SHORT][0], levels[_LONG][0]) for levels in by_problem.values() if {_SHORT, _LONG} <= levels.keys()
        ]
        return [dataclasses.replace(short, text=padded(short.text, pieces(long.text))) for short, long in both]
    chosen: list[Rationale] = []
    for problem, levels in by_problem.items():
        there = sorted(levels)
        [level] = random.Random(f"{seed} {problem}").choices(there, [weights[level - 1] for level in there])
        chosen += levels[level]
    return chosen


def padded(text: str, length: int) -> str:
    """The text, followed by empty sentences up to `length` pieces. A text of that length is unchanged."""
    room = length - pieces(text)
    filler: list[str] = []
    for word in cycle(_FILLER.read_text(encoding="utf-8").split()):
        room -= pieces(word)
        if room < 0:
            break
        filler.append(word)
    return " ".join([text, *filler]).strip()
