"""Granularity is non-monotonic: along the levels students neither only gain nor only lose."""

from collections.abc import Sequence

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings import power
from cot_distill.tables.findings.comparing import MARGIN, POINTS, Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Verdict

_LEVELS = 3


def _judge(found: list[Compared]) -> Case:
    contrasts = tuple(one.contrast for one in found)
    rises, falls = any(one.greater for one in contrasts), any(one.less for one in contrasts)
    highest, lowest = (choose(contrasts, key=lambda one: one.difference) for choose in (max, min))
    settled = all(one.enough_seeds for one in contrasts)
    levels = sorted({label for contrast in contrasts for label in (contrast.one, contrast.other)})
    verdict: Verdict = NOT_ENOUGH
    decisive, needed = lowest if rises else highest, ""
    if len(levels) < _LEVELS:
        summary, needed = f"Only {' and '.join(levels)} are there.", f"at least {_LEVELS} levels"
    elif rises and falls:
        verdict, summary = HOLDS, f"{_better(highest)}, yet {_better(lowest)}."
    elif settled and all(one.low > -MARGIN for one in contrasts):
        verdict, decisive = DOES_NOT_HOLD, highest
        summary = f"No finer level is worse than a coarser one by {POINTS}."
    elif settled and all(one.high < MARGIN for one in contrasts):
        verdict, decisive = DOES_NOT_HOLD, lowest
        summary = f"No finer level is better than a coarser one by {POINTS}."
    else:
        needed = _needed(found, rises, falls)
        summary = "No two levels can be told apart."
        if rises or falls:
            told, open_ = (highest, "falls") if rises else (lowest, "rises")
            summary = f"{_better(told)}; that accuracy {open_} anywhere is not shown."
    return Case(found[0].row["place"], verdict, summary[0].upper() + summary[1:], decisive, contrasts, needed)


def _needed(found: Sequence[Compared], risen: bool, fallen: bool) -> str:
    """The problems that would show the rise or fall still open, as far as one was seen, or that there is none."""
    ways, first = [], found[0].contrast
    for word, sign, shown in (("rise", 1, risen), ("fall", -1, fallen)):
        if shown:
            continue
        most = max(found, key=lambda one: sign * one.contrast.difference)
        gain = sign * most.contrast.difference
        to_show = power.problems_needed(most.differences, most.of_seeds[0], ALPHA / first.compared)
        if gain > 0 and to_show is not None:
            ways.append(f"{to_show:,} to show the {word} of {100 * gain:.1f} points")
        bounds = [power.problems_to_bound(sign * one.differences, MARGIN, one.of_seeds[0]) for one in found]
        known = [bound for bound in bounds if bound is not None]
        if len(known) == len(bounds):
            ways.append(f"{max(known):,} to show that none {word}s by {POINTS}")
    return f"test problems instead of {first.n:,}: {', '.join(ways)}" if ways else "more levels"


def _better(contrast: Contrast) -> str:
    one, other = contrast.one, contrast.other
    return f"{other} is better than {one}" if contrast.difference < 0 else f"{one} is better than {other}"


CLAIM = Claim(
    "granularity",
    "Granularity is non-monotonic: finer steps help a student up to a level and hurt beyond it, or the reverse.",
    "Each finer level against each coarser one, paired t-test, Holm over all of them. It holds where one finer level "
    "is better than a coarser one and another is worse. It does not hold where accuracy never falls, or never rises, "
    f"by {POINTS} between any two of at least three levels (every interval at 95% says so).",
    f"at least {_LEVELS} levels of one teacher for one student, on the same test problems",
    _judge,
)
