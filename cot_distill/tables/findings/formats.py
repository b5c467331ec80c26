"""Format matters little to students."""

import dataclasses
from itertools import groupby

from cot_distill.supervision import FORMATS, LONG_TO_SHORT, in_words
from cot_distill.tables.findings import power
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import (
    MARGIN,
    Pair,
    beyond_margin,
    conclude,
    contrasts,
    equivalent,
    everywhere,
)
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding, Verdict

CLAIM = "The format of the chains of thought matters little to students."
_FOUR = tuple(form for form in FORMATS if form != LONG_TO_SHORT)
"""The paper's formats."""
TEST = (
    f"Each format against each other one, two one-sided tests at 5%: little is less than {100 * MARGIN:.0f} points. It "
    "holds where all four formats are within that of each other, and does not where two are further apart "
    "(interval at 95%, Bonferroni over the pairs)."
)


def decide(arms: Arms) -> Finding:
    """The finding over all students, datasets, teachers and levels that have two or more formats."""
    rows = arms.ask("formats")
    pairs = [
        Pair(
            f"{row['dataset']}, {row['student']}, {row['teacher']} {in_words(row['granularity'])}",
            (row["one_arm"],),
            (row["other_arm"],),
            row["one_format"],
            row["other_format"],
        )
        for row in rows
    ]
    cases = []
    compared = zip(pairs, contrasts(arms, pairs), [row["field"] for row in rows], strict=True)
    for _, group in groupby(compared, key=lambda found: (found[2], found[0].where)):
        of_case = [(pair, contrast) for pair, contrast, _ in group]
        cases.append(_case(arms, of_case, len(pairs)))
    return conclude(
        "formats",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        f"one student taught one level in all of {', '.join(_FOUR)}",
    )


def _case(arms: Arms, compared: list[tuple[Pair, Contrast]], comparisons: int) -> Case:
    within = [equivalent(arms, pair) for pair, _ in compared]
    found = []
    for (pair, contrast), alike in zip(compared, within, strict=True):
        found.append(dataclasses.replace(contrast, needed="" if alike else _needed(arms, pair, contrast.n)))
    apart = [c for (pair, _), c in zip(compared, found, strict=True) if beyond_margin(arms, pair, comparisons)]
    widest = max(found, key=lambda contrast: abs(contrast.difference))
    there = {label for contrast in found for label in (contrast.one, contrast.other)}
    absent = [name for name in _FOUR if name not in there]
    verdict: Verdict = NOT_ENOUGH
    needed = ""
    if apart:
        verdict = DOES_NOT_HOLD
        summary = f"{apart[0].one} and {apart[0].other} are more than {100 * MARGIN:.0f} points apart."
    elif all(within) and not absent:
        verdict, summary = HOLDS, f"All four formats are within {100 * MARGIN:.0f} points of each other."
    elif all(within):
        summary = f"The formats that are there are within the margin, but {', '.join(absent)} is missing."
        needed = f"runs in {', '.join(absent)}"
    else:
        open_pairs = within.count(False)
        summary = f"{open_pairs} of {len(found)} pairs could be further apart than {100 * MARGIN:.0f} points."
        needed = f"for {widest.one} and {widest.other}, the furthest apart, {widest.needed}"
    return Case(compared[0][0].where, verdict, summary, widest, tuple(found), needed)


def _needed(arms: Arms, pair: Pair, n: int) -> str:
    problems = power.problems_for_equivalence(
        arms.differences(pair.one, pair.other), MARGIN, arms.of_seeds(pair.one, pair.other)
    )
    if problems is None:
        return "at the difference seen, no number of problems shows that it is little"
    if problems <= n:
        return f"a repetition: {problems:,} test problems show such closeness four times in five"
    return f"{problems:,} test problems instead of {n:,}"
