"""The loop that every kind of answer is read by: the first step that finds an answer wins."""

import dataclasses
import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Concatenate, ParamSpec

from cot_distill.grading import spans

Given = ParamSpec("Given")


class Undecided(enum.Enum):
    """What a step yields where a text says in so many words that it gives no single answer; it ends the chain."""

    REFUSED = "no answer"
    SEVERAL = "several answers"


Found = str | Undecided


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a text."""

    answer: str | None
    """In canonical form; None where no answer was found, or several were given at once ("A or B")."""
    step: str | None
    """The step that found it, or None."""
    ambiguous: bool = False
    """Whether the step found several different answers, of which the last one counts."""


def read_final(
    steps: Sequence[Callable[Concatenate[str, Given], Iterable[Found]]],
    text: str,
    *given: Given.args,
    **named: Given.kwargs,
) -> Reading:
    """What `read` finds in the final text of a model; what it takes back ("Wait, …, so it is 7") does not count."""
    text = spans.without_aside(spans.before_over_generation(text))
    correction = spans.correction(text)
    if correction is not None:
        reading = read(steps, correction, *given, **named)
        if reading.answer is not None:
            return dataclasses.replace(reading, ambiguous=True)
    return read(steps, text, *given, **named)


def read(steps: Sequence[Callable[Given, Iterable[Found]]], *given: Given.args, **named: Given.kwargs) -> Reading:
    """The answer of the first step that finds one.

    A step yields every answer that it finds, in canonical form, the one that counts first.
    """
    for step in steps:
        answers = list(step(*given, **named))
        if not answers:
            continue
        ambiguous = len(set(answers)) > 1 or answers[0] is Undecided.SEVERAL
        if isinstance(answers[0], Undecided):
            return Reading(None, None, ambiguous)
        return Reading(answers[0], step.__name__, ambiguous)
    return Reading(None, None)
