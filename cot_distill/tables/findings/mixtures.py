"""A mixture of long and short chains of thought beats both."""

from itertools import groupby

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import (
    MARGIN,
    Pair,
    conclude,
    contrasts,
    everywhere,
    gains,
    greater,
    to_show_or_to_bound,
)
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding

CLAIM = "A mixture of long and short chains of thought beats both."
TEST = (
    "Each mixture against each of its arms taught alone, the longest at least twice as long as the shortest; paired "
    "t-test, Holm over all. A case is the mixtures of the same arms: it holds where one of them is better than each of "
    f"its arms, and does not where each has an arm that it is worse than, or beats by less than {100 * MARGIN:.0f} "
    "points, if at all."
)


def decide(arms: Arms) -> Finding:
    """The finding over all students and datasets with a mixture and all of its arms alone."""
    rows = arms.ask("mixtures")
    pairs = [
        [
            Pair(
                f"{row['dataset']}, {row['student']}",
                (row["arm"],),
                (arm,),
                arms.by_id[row["arm"]].as_laid_out,
                arms.by_id[arm].as_laid_out,
            )
            for arm in row["arms"]
        ]
        for row in rows
    ]
    found = iter(contrasts(arms, [pair for of_mixture in pairs for pair in of_mixture]))
    compared = [(row, [(pair, next(found)) for pair in of_row]) for row, of_row in zip(rows, pairs, strict=True)]
    cases = [
        _case(arms, [of_row for _, of_row in group])
        for _, group in groupby(compared, key=lambda one: (one[0]["field"], one[0]["arms"]))
    ]
    return conclude(
        "mixtures",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        "one student taught a mixture of a long and a short arm (the param mixture) and each of the two alone",
    )


def _case(arms: Arms, mixtures: list[list[tuple[Pair, Contrast]]]) -> Case:
    """The case of the mixtures of the same arms, each with its comparisons."""
    every = [one for of_mixture in mixtures for one in of_mixture]
    best = max(mixtures, key=lambda of_mixture: min(contrast.difference for _, contrast in of_mixture))
    hardest, decisive = min(best, key=lambda one: one[1].difference)
    label, needed = decisive.one, ""
    if any(all(greater(contrast) for _, contrast in of_mixture) for of_mixture in mixtures):
        verdict, summary = HOLDS, f"{label} is better than each of its arms."
    elif all(any(gains(contrast) == DOES_NOT_HOLD for _, contrast in of_mixture) for of_mixture in mixtures):
        verdict, summary = DOES_NOT_HOLD, f"No mixture beats each of its arms by {100 * MARGIN:.0f} points."
    else:
        verdict, summary = NOT_ENOUGH, f"That {label} is better than {decisive.other} is not shown."
        needed = to_show_or_to_bound(arms, hardest, decisive)
    return Case(hardest.where, verdict, summary, decisive, tuple(contrast for _, contrast in every), needed)
