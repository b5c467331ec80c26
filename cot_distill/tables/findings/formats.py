"""Format matters little to students."""

import dataclasses

from cot_distill.supervision import FORMATS, LONG_TO_SHORT
from cot_distill.tables.findings import power
from cot_distill.tables.findings.comparing import MARGIN, POINTS, Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict

_FOUR = tuple(form for form in FORMATS if form != LONG_TO_SHORT)
"""The paper's formats."""


def _judge(compared: list[Compared]) -> Case:
    alike = [one.alike for one in compared]
    found = tuple(
        dataclasses.replace(one.contrast, needed="" if within else _needed(one))
        for one, within in zip(compared, alike, strict=True)
    )
    apart = [contrast for one, contrast in zip(compared, found, strict=True) if one.apart]
    widest = max(found, key=lambda contrast: abs(contrast.difference))
    there = {label for contrast in found for label in (contrast.one, contrast.other)}
    absent = ", ".join(name for name in _FOUR if name not in there)
    verdict: Verdict = NOT_ENOUGH
    needed = ""
    if apart:
        verdict, summary = DOES_NOT_HOLD, f"{apart[0].one} and {apart[0].other} are more than {POINTS} apart."
    elif all(alike) and not absent:
        verdict, summary = HOLDS, f"All four formats are within {POINTS} of each other."
    elif all(alike):
        summary = f"The formats that are there are within the margin, but {absent} is missing."
        needed = f"runs in {absent}"
    else:
        summary = f"{alike.count(False)} of {len(found)} pairs could be further apart than {POINTS}."
        needed = f"for {widest.one} and {widest.other}, the furthest apart, {widest.needed}"
    return Case(compared[0].row["place"], verdict, summary, widest, found, needed)


def _needed(one: Compared) -> str:
    n, problems = one.contrast.n, power.problems_for_equivalence(one.differences, MARGIN, one.of_seeds[0])
    if problems is None:
        return "at the difference seen, no number of problems shows that it is little"
    if problems <= n:
        return f"a repetition: {problems:,} test problems show such closeness four times in five"
    return f"{problems:,} test problems instead of {n:,}"


CLAIM = Claim(
    "formats",
    "The format of the chains of thought matters little to students.",
    f"Each format against each other one, two one-sided tests at 5%: little is less than {POINTS}. It holds where all "
    "four formats are within that of each other, and does not where two are further apart (interval at 95%, Bonferroni "
    "over the pairs).",
    f"one student taught one level in all of {', '.join(_FOUR)}",
    _judge,
)
