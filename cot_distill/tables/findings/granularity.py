"""Granularity is non-monotonic: along the levels students neither only gain nor only lose."""

from itertools import groupby

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import MARGIN, Pair, conclude, contrasts, everywhere, greater, less
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding, Verdict

CLAIM = "Granularity is non-monotonic: finer steps help a student up to a level and hurt beyond it, or the reverse."
TEST = (
    "Each finer level against each coarser one, exact paired test, Holm over all of them. It holds where one finer level "
    "is better than a coarser one and another is worse. It does not hold where accuracy never falls, or never rises, by "
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
    compared = zip(rows, contrasts(arms, pairs), pairs, strict=True)
    cases = []
    for _, group in groupby(compared, key=lambda found: (found[0]["cell"], found[0]["teacher"])):
        of_case = list(group)
        cases.append(_case(of_case[0][2].where, tuple(contrast for _, contrast, _ in of_case)))
    return conclude(
        "granularity",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        f"at least {_LEVELS} levels of one teacher for one student, on the same test problems",
    )


def _case(where: str, found: tuple[Contrast, ...]) -> Case:
    rises, falls = [c for c in found if greater(c)], [c for c in found if less(c)]
    largest_rise = max(found, key=lambda c: c.difference)
    largest_fall = min(found, key=lambda c: c.difference)
    levels = {label for contrast in found for label in (contrast.one, contrast.other)}
    verdict: Verdict = NOT_ENOUGH
    decisive = largest_rise if falls or largest_rise.p_holm > largest_fall.p_holm else largest_fall
    if rises and falls:
        verdict, decisive = HOLDS, largest_fall
        summary = f"{_better(largest_rise)}, yet {_better(largest_fall)}."
    elif len(levels) < _LEVELS:
        summary = f"Only {' and '.join(sorted(levels))} are there; a shape needs at least {_LEVELS} levels."
    elif all(contrast.low > -MARGIN for contrast in found):
        verdict, decisive = DOES_NOT_HOLD, largest_rise
        summary = f"No finer level is worse than a coarser one by {100 * MARGIN:.0f} points."
    elif all(contrast.high < MARGIN for contrast in found):
        verdict, decisive = DOES_NOT_HOLD, largest_fall
        summary = f"No finer level is better than a coarser one by {100 * MARGIN:.0f} points."
    elif rises:
        summary = f"{_better(largest_rise)}; that accuracy falls anywhere is not shown."
    elif falls:
        summary = f"{_better(largest_fall)}; that accuracy rises anywhere is not shown."
    else:
        summary = "No two levels can be told apart."
    return Case(where, verdict, summary, decisive, found)


def _better(contrast: Contrast) -> str:
    better, worse = contrast.one, contrast.other
    if contrast.difference < 0:
        better, worse = worse, better
    return f"{better} is better than {worse}"
