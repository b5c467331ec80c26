"""Arms set against arms, as a claim's query says: the test of each comparison, and what would decide it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from cot_distill.evaluation import statistics
from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings import power
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.finding import Contrast

MARGIN = 0.03
"""What counts as little: 3 points, less than granularity moves the paper's students on gsm8k (3.8 to 5.6 points)."""
POINTS = f"{100 * MARGIN:.0f} points"

Row = dict[str, Any]
"""A row of a claim's query, with the columns
    field, place            which rows make a case, and what it is called
    one, other              lists of `arms`, the mean over which is compared; those of a field share their problems
    one_label, other_label  what they are called; null where the arms themselves tell
    aside                   true where the comparison decides nothing by itself, so that Holm leaves it out
and what else the claim needs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """A row of a claim's query, and the comparison that it asks for."""

    row: Row
    contrast: Contrast
    differences: power.Values
    """Problem by problem, the one minus the other; shape (n,)."""
    of_seeds: tuple[float, int]
    """What the draw of seeds adds to the variance of their mean, and its degrees of freedom."""

    @property
    def alike(self) -> bool:
        """Two one-sided tests at 5%: the interval at 90% lies within the margin."""
        found = t_test(self.differences, self.of_seeds, 2 * ALPHA)
        return self.contrast.enough_seeds and bool(found.low > -MARGIN and found.high < MARGIN)

    @property
    def apart(self) -> bool:
        """The difference is more than the margin, adjusted for the number of comparisons (Bonferroni)."""
        found = t_test(self.differences, self.of_seeds, ALPHA / self.contrast.compared)
        return self.contrast.enough_seeds and bool(found.low > MARGIN or found.high < -MARGIN)

    @property
    def little(self) -> bool:
        """A gain that is none, or may be none and is surely below the margin."""
        contrast = self.contrast
        return contrast.less or (contrast.enough_seeds and contrast.low <= 0 and contrast.high < MARGIN)

    def to_show_or_to_bound(self) -> str:
        """How many problems would show the gain that was seen, and how many that there is none of the margin."""
        bound = power.problems_to_bound(self.differences, MARGIN, self.of_seeds[0])
        if bound is None:
            return self.contrast.needed
        if self.contrast.difference <= 0:
            return f"{bound:,} test problems to show that it is below {POINTS}"
        return f"{self.contrast.needed}; {bound:,} to show that it is below {POINTS}"


def t_test(differences: power.Values, of_seeds: tuple[float, int], alpha: float = ALPHA) -> statistics.Paired:
    """The paired test of these differences, with its interval at 1 - alpha."""
    total, squares = float(differences.sum()), float((differences**2).sum())
    return statistics.paired(total, squares, len(differences), *of_seeds, alpha=alpha)


def compare(arms: Arms, rows: Sequence[Row], least_seeds: int) -> list[Compared]:
    """Every row compared; all but those `aside` decide one claim, so Holm adjusts their p-values together.

    A comparison of arms with fewer than `least_seeds` training seeds shows nothing yet.
    """
    found = [_compared(arms, row, least_seeds) for row in rows]
    family = [number for number, row in enumerate(rows) if not row.get("aside")]
    adjusted = statistics.holm([found[number].contrast.p for number in family])
    for number, p_holm in zip(family, adjusted, strict=True):
        contrast = dataclasses.replace(found[number].contrast, p_holm=p_holm, compared=len(family))
        if p_holm >= ALPHA:
            contrast = _with_needed(arms, dataclasses.replace(found[number], contrast=contrast))
        found[number] = dataclasses.replace(found[number], contrast=contrast)
    return found


def _compared(arms: Arms, row: Row, least_seeds: int) -> Compared:
    one, other = row["one"], row["other"]
    tuned = [arm for arm in map(arms.by_id.__getitem__, (*one, *other)) if arm.role == "tuned"]
    seeds = min(arm.seeds for arm in tuned)
    differences, of_seeds = arms.differences(one, other), arms.seed_part(one, other)
    difference, low, high, p = t_test(differences, of_seeds)
    contrast = Contrast(
        one=row["one_label"] or arms.called(one),
        other=row["other_label"] or arms.called(other),
        n=len(differences),
        seeds=seeds,
        enough_seeds=seeds >= least_seeds,
        one_accuracy=arms.accuracy(one),
        other_accuracy=arms.accuracy(other),
        difference=float(difference),
        low=float(low),
        high=float(high),
        p=float(p),
        p_holm=float(p),
        compared=1,
        needed="",
        examples=tuple(sorted({arm.examples for arm in tuned if arm.examples is not None})),
        runs=tuple(run for arm in tuned for run in arm.runs),
    )
    return Compared(row, contrast, differences, of_seeds)


def _with_needed(arms: Arms, found: Compared) -> Contrast:
    """With how many problems or seeds would show this very difference at the strictest level that Holm may ask."""
    contrast, alpha = found.contrast, ALPHA / found.contrast.compared
    problems = power.problems_needed(found.differences, found.of_seeds[0], alpha)
    told, seeds = arms.seeds_needed(found.row["one"], found.row["other"], found.differences, alpha)
    return dataclasses.replace(
        contrast,
        needed=_in_words(contrast, problems, told, seeds),
        problems_needed=problems,
        seeds_needed=seeds,
        seeds_told=told,
    )


def _in_words(contrast: Contrast, problems: int | None, told: bool, seeds: int | None) -> str:
    if problems is None:
        return f"no number of problems {'alone shows this' if contrast.difference else 'shows no'} difference"
    if problems <= contrast.n:
        return f"a repetition: {problems:,} test problems show such a difference four times in five"
    if not told:
        tail = "; what more seeds would do can be told from two or more"
    elif seeds is None:
        tail = "; more seeds alone would not do"
    else:
        tail = f", or {seeds} seeds instead of {contrast.seeds}"
    return f"{problems:,} test problems instead of {contrast.n:,}{tail}"
