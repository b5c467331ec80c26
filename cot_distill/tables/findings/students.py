"""Stronger students gain from finer steps, weaker ones do best with coarser ones."""

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings.comparing import Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict


def _judge(found: list[Compared]) -> Case:
    """The strongest student against the weakest, then of each of the two its fine arms against its coarse ones."""
    apart, strong, weak = (one.contrast for one in found)
    verdict: Verdict = NOT_ENOUGH
    decisive = weak if strong.greater else strong
    if apart.p >= ALPHA:
        summary = f"Which of {apart.one} and {apart.other} is the stronger student is not shown."
    elif strong.greater and weak.less:
        verdict, summary = HOLDS, f"Fine levels are better for {apart.one} and worse for {apart.other}."
    elif strong.less:
        verdict, decisive = DOES_NOT_HOLD, strong
        summary = f"Fine levels are worse for {apart.one}, the stronger student."
    elif weak.greater:
        verdict, decisive = DOES_NOT_HOLD, weak
        summary = f"Fine levels are better for {apart.other}, the weaker student, too."
    else:
        not_shown = [apart.one] * (strong.p_holm >= ALPHA) + [apart.other] * (weak.p_holm >= ALPHA)
        summary = f"Whether fine levels are better or worse is open ({'; '.join(not_shown)})."
    needed = "" if verdict != NOT_ENOUGH else decisive.needed or "students that are further apart"
    return Case(found[0].row["place"], verdict, summary, decisive, (strong, weak), needed)


CLAIM = Claim(
    "stronger_students",
    "Stronger students gain from finer steps, and weaker ones do best with coarser ones.",
    "The strongest and the weakest student (by mean accuracy over the levels, which must differ) on the same problems: "
    "mean over levels 4 to 6 minus mean over levels 1 to 3, paired t-test, Holm. It holds where this is above nothing "
    "for the stronger and below for the weaker; it does not where one of the two is the other way round.",
    "at least two students of different strength, taught the same coarse and fine levels by one teacher",
    _judge,
)
