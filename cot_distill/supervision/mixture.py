"""Mixtures: several arms in one. Problems are drawn for each arm by weight.

mixture:
- {weight: 1, granularity: thoughts}
- {weight: 4, granularity: 3, teacher: gpt_4o}
"""

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from cot_distill.records import Problem
from cot_distill.settings import Section, one_of
from cot_distill.supervision import FORMATS, LEVELS, THOUGHTS, in_words

_GRANULARITIES = (*LEVELS, THOUGHTS, None)
"""The valid granularities of a part of a mixture."""
_BETWEEN = " : "


class Member(Section):
    """An arm as the param `mixture` lists it: its weight, and the params in which it differs from the top-level
    ones."""

    weight: float = Field(gt=0, allow_inf_nan=False)
    teacher: str = ""
    granularity: Annotated[int | str | None, one_of(_GRANULARITIES)] = None
    format: Annotated[str, one_of(FORMATS)] = ""

    @model_serializer(mode="wrap")
    def _as_given(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in whole(self).items() if name in self.model_fields_set}


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One of the arms that an experiment teaches. Without a mixture there is one."""

    teacher: str
    granularity: int | str | None
    format: str
    weight: float = 1

    @property
    def arm(self) -> tuple[str, int | str | None, str]:
        """The arm without its weight."""
        return self.teacher, self.granularity, self.format


def parts(params: Mapping[str, Any]) -> tuple[Part, ...]:
    """The arms that an experiment with these params teaches."""
    shared = {name: params[name] for name in ("teacher", "granularity", "format")}
    return tuple(Part(**{**shared, **one}) for one in params.get("mixture") or [{}])


def shares(problems: Sequence[Problem], of: Sequence[Part], seed: int) -> list[tuple[Part, list[Problem]]]:
    """Each part with the problems that it teaches. The draw depends only on the seed, the weights and the problem."""
    if len(of) == 1:
        return [(of[0], list(problems))]
    weights = [part.weight for part in of]
    drawn: list[list[Problem]] = [[] for _ in of]
    for problem in problems:
        [place] = random.Random(f"{seed} mixture {problem.id}").choices(range(len(of)), weights)
        drawn[place].append(problem)
    return list(zip(of, drawn, strict=True))


def named(of: Sequence[Part], what: Callable[[Part], str]) -> str:
    """`what` of the parts in words. If they differ, each one's with its weight: "thoughts 1 : level 3 4"."""
    told = [what(part) for part in of]
    if len(set(told)) == 1:
        return told[0]
    return _BETWEEN.join(f"{one} {part.weight:g}" for one, part in zip(told, of, strict=True))


def granularity(of: Sequence[Part]) -> int | str | None:
    """The granularity of all parts, or the mixture's in words."""
    if len({part.granularity for part in of}) == 1:
        return of[0].granularity
    return named(of, lambda part: in_words(part.granularity))


def objections(of: Sequence[Part]) -> Iterable[str]:
    """Why these parts cannot be mixed, a line for each reason."""
    if len(of) == 1:
        return
    for part in of:
        if part.granularity not in _GRANULARITIES:
            yield f"mixture has an arm at granularity {part.granularity!r}; mix levels 1 to 6, thoughts and null"
    for (teacher, level, form), count in Counter(part.arm for part in of).items():
        if count > 1:
            yield f"mixture has the arm {teacher}, {in_words(level)}, {form} {count} times; give it one weight"
