"""Granularity is non-monotonic: along the levels students neither only gain nor only lose."""

from itertools import groupby

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings import power
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import MARGIN, Pair, conclude, contrasts, everywhere, greater, less
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding, Verdict

CLAIM = "Granularity is non-monotonic: finer steps help a student up to a level and hurt beyond it, or the reverse."
TEST = (
    "Each finer level against each coarser one, paired t-test, Holm over all of them. It "
    "holds where one finer level "
    "is better than a coarser one and another is worse. It does not hold where accuracy never "
    "falls, or never rises, by "
    f"{100 * MARGIN:.0f} points between any two of at least three levels (every interval at 95% says so)."
)
_LEVELS = 3


def decide(arms: Arms) -> Finding:
    """The finding over all students, datasets and teachers that have at least three levels."""
    rows = arms.ask("granularity")
    pairs = [
        Pair(
            f"{row['dataset']}, {row['student']}, {row['teacher']}",
            (row["fine_arm"],),
            (row["coarse_arm"],),
            f"level {row['fine']}",
            f"level {row['coarse']}",
        )
        for row in rows
    ]
    compared = zip(rows, pairs, contrasts(arms, pairs), strict=True)
    cases = []
    for _, group in groupby(compared, key=lambda found: (found[0]["field"], found[0]["teacher"])):
        cases.append(_case(arms, [(pair, contrast) for _, pair, contrast in group], len(pairs)))
    return conclude(
        "granularity",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        f"at least {_LEVELS} levels of one teacher for one student, on the same test problems",
    )


def _case(arms: Arms, compared: list[tuple[Pair, Contrast]], comparisons: int) -> Case:
    found = tuple(contrast for _, contrast in compared)
    rises, falls = [c for c in found if greater(c)], [c for c in found if less(c)]
    largest_rise = max(found, key=lambda c: c.difference)
    largest_fall = min(found, key=lambda c: c.difference)
    levels = sorted({label for contrast in found for label in (contrast.one, contrast.other)})
    verdict: Verdict = NOT_ENOUGH
    decisive, needed = largest_fall if rises else largest_rise, ""
    if len(levels) < _LEVELS:
        summary, needed = f"Only {' and '.join(levels)} are there.", f"at least {_LEVELS} levels"
    elif rises and falls:
        verdict, summary = HOLDS, f"{_better(largest_rise)}, yet {_better(largest_fall)}."
    elif all(contrast.low > -MARGIN for contrast in found):
        verdict, decisive = DOES_NOT_HOLD, largest_rise
        summary = f"No finer level is worse than a coarser one by {100 * MARGIN:.0f} points."
    elif all(contrast.high < MARGIN for contrast in found):
        verdict, decisive = DOES_NOT_HOLD, largest_fall
        summary = f"No finer level is better than a coarser one by {100 * MARGIN:.0f} points."
    else:
        needed = _needed(arms, compared, bool(rises), bool(falls), comparisons)
        if rises:
            summary = f"{_better(largest_rise)}; that accuracy falls anywhere is not shown."
        elif falls:
            summary = f"{_better(largest_fall)}; that accuracy rises anywhere is not shown."
        else:
            summary = "No two levels can be told apart."
    return Case(compared[0][0].where, verdict, summary[0].upper() + summary[1:], decisive, found, needed)


def _needed(arms: Arms, compared: list[tuple[Pair, Contrast]], risen: bool, fallen: bool, comparisons: int) -> str:
    """The problems that would show the rise or fall still open, as far as one was seen, or that there is none."""
    ways = []
    n = compared[0][1].n
    for word, sign, shown in (("rise", 1, risen), ("fall", -1, fallen)):
        seen = [
            (sign * arms.differences(pair.one, pair.other), arms.of_seeds(pair.one, pair.other)) for pair, _ in compared
        ]
        most, of_seeds = max(seen, key=lambda one: float(one[0].mean()))
        to_show = power.problems_needed(most, of_seeds, ALPHA / comparisons) if most.mean() > 0 else None
        bounds = [power.problems_to_bound(values, MARGIN, of_seed) for values, of_seed in seen]
        if not shown and to_show is not None:
            ways.append(f"{to_show:,} to show the {word} of {100 * most.mean():.1f} points")
        known = [bound for bound in bounds if bound is not None]
        if not shown and len(known) == len(bounds):
            ways.append(f"{max(known):,} to show that none {word}s by {100 * MARGIN:.0f} points")
    return f"test problems instead of {n:,}: {', '.join(ways)}" if ways else "more levels"


def _better(contrast: Contrast) -> str:
    better, worse = contrast.one, contrast.other
    if contrast.difference < 0:
        better, worse = worse, better
    return f"{better} is better than {worse}"
