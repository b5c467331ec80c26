"""A mixture of long and short chains of thought beats both."""

from itertools import groupby

from cot_distill.tables.findings.comparing import POINTS, Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict


def _judge(found: list[Compared]) -> Case:
    """The mixtures of the same arms, each against each of these."""
    mixtures = [list(group) for _, group in groupby(found, key=lambda one: one.row["one"])]
    best = max(mixtures, key=lambda of_one: min(one.contrast.difference for one in of_one))
    hardest = min(best, key=lambda one: one.contrast.difference)
    decisive, needed = hardest.contrast, ""
    verdict: Verdict = NOT_ENOUGH
    if any(all(one.contrast.greater for one in of_one) for of_one in mixtures):
        verdict, summary = HOLDS, f"{decisive.one} is better than each of its arms."
    elif all(any(one.little for one in of_one) for of_one in mixtures):
        verdict, summary = DOES_NOT_HOLD, f"No mixture beats each of its arms by {POINTS}."
    else:
        summary = f"That {decisive.one} is better than {decisive.other} is not shown."
        needed = hardest.to_show_or_to_bound()
    contrasts = tuple(one.contrast for one in found)
    return Case(hardest.row["place"], verdict, summary, decisive, contrasts, needed)


CLAIM = Claim(
    "mixtures",
    "A mixture of long and short chains of thought beats both.",
    "Each mixture against each of its arms taught alone, the longest at least twice as long as the shortest; paired "
    "t-test, Holm over all. A case is the mixtures of the same arms: it holds where one of them is better than each of "
    f"its arms, and does not where each has an arm that it is worse than, or beats by less than {POINTS}, if at all.",
    "one student taught a mixture of a long and a short arm (the param mixture) and each of the two alone",
    _judge,
)
