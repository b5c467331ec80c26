"""Chooses which rationales become training examples, and counts the others."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem, Rationale
from cot_distill.supervision.measures import words
from cot_distill.supervision.selection import Selection, Wanted, match, pick


@dataclasses.dataclass(frozen=True, slots=True)
class Filters:
    """The rationales that an arm leaves out, so that arms can be compared."""

    matched: Collection[str] | None
    """The ids of the problems that every compared arm trains on; None: all."""
    verified_only: bool
    """Leave out rationales whose stated answer is not gold."""
    max_words: int | None
    """Leave out rationales of more words."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Counts what became of the training problems: each is an example, or is dropped for one reason. If a problem has
    several rationales, each of them is counted."""

    problems: int
    examples: int
    dropped: dict[str, int]
    """`no_rationale`, `no_answer`, `not_matched`, `wrong_answer`, `too_long`, and those of `selection.pick` and
    `over_budget` (by `selection.match_by`)."""


def choose(
    problems: Sequence[Problem],
    rationales: Sequence[Rationale],
    filters: Filters,
    selection: Selection,
    rates: Mapping[Wanted, float],
    seed: int,
) -> tuple[list[Rationale], Account]:
    """The rationales to train on, and the account. `rates` are those of `selection.pass_rates`. `seed` draws problems
    if arms are matched by rows or tokens.

    Raises UserError if a matched problem has no rationale, since this arm would then train on other problems.
    """
    dropped: Counter[str] = Counter(no_rationale=len(problems) - len({one.problem_id for one in rationales}))
    fit = []
    for rationale in rationales:
        reason = _why_not(rationale, filters)
        if reason:
            dropped[reason] += 1
        else:
            fit.append(rationale)
    kept, left = pick(fit, selection, rates)
    dropped.update(left)
    if filters.matched is not None:
        here = {rationale.problem_id for rationale in kept}
        missing = sorted({problem.id for problem in problems}.intersection(filters.matched) - here)
        if missing:
            raise UserError(
                f"match_arms names {len(missing)} problems that this arm cannot teach ({', '.join(missing[:3])}"
                f"{', …' if len(missing) > 3 else ''}); make the list anew from all arms with `cot-distill match`"
            )
    kept, dropped["over_budget"] = match(kept, fit, selection.match_by, seed)
    return kept, Account(
        len(problems), len(kept), {reason: count for reason, count in sorted(dropped.items()) if count}
    )


def _why_not(rationale: Rationale, filters: Filters) -> str | None:
    if rationale.stated_answer is None:
        return "no_answer"
    if filters.matched is not None and rationale.problem_id not in filters.matched:
        return "not_matched"
    if filters.verified_only and not rationale.verified:
        return "wrong_answer"
    if filters.max_words is not None and words(rationale.text) > filters.max_words:
        return "too_long"
    return None
