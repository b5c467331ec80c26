"""Choosing what teaches: which rationales become examples, and the account of those that do not."""

import dataclasses
from collections.abc import Sequence

from cot_distill.records import Problem, Rationale
from cot_distill.supervision.measures import steps, words


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Where the training problems went, and what the kept rationales are like; small enough to diff."""

    problems: int
    examples: int
    dropped_no_rationale: int
    dropped_no_answer: int
    verified_rate: float
    mean_words: float
    mean_steps: float


def choose(problems: Sequence[Problem], rationales: Sequence[Rationale]) -> tuple[list[Rationale], Account]:
    """The rationales that teach (those that state an answer), and the account: every problem is in one count."""
    kept = [rationale for rationale in rationales if rationale.stated_answer is not None]
    count = max(1, len(kept))
    return kept, Account(
        problems=len(problems),
        examples=len(kept),
        dropped_no_rationale=len(problems) - len(rationales),
        dropped_no_answer=len(rationales) - len(kept),
        verified_rate=round(sum(rationale.verified for rationale in kept) / count, 4),
        mean_words=round(sum(words(rationale.text) for rationale in kept) / count, 2),
        mean_steps=round(sum(steps(rationale.text) for rationale in kept) / count, 2),
    )
