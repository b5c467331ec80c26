"""The answer in a few lines: which supervision did best, by how much, and which others it cannot be told apart from."""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

from cot_distill.report.labels import labels
from cot_distill.tables.findings import power
from cot_distill.tables.findings.arms import Arm, Arms
from cot_distill.tables.findings.finding import Contrast

BEST, TIED, WORSE = "best", "not told apart from the best", "worse than the best"
BETTER = "better than the best that was taught"
"""As an untuned student may be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """One arm among those of its student, dataset and test problems. Rates are shares."""

    label: str
    role: str
    seeds: int
    accuracy: float
    low: float
    high: float
    """Wilson's interval at 95%."""
    stated: float | None
    """The share of answers that are right and stated in so many words; None where verdicts do not say."""
    verdict: str
    """`BEST`, `TIED`, `WORSE` or `BETTER`."""
    behind: Contrast | None
    """The best minus this one, its p adjusted by Holm for all arms compared with the best; None for the best."""


@dataclasses.dataclass(frozen=True, slots=True)
class Headline:
    """What is known about one student on one dataset."""

    dataset: str
    student: str
    problems: int
    standings: tuple[Standing, ...]
    """Every arm, the most accurate first; the untuned student is one of them."""

    @property
    def best(self) -> Standing:
        """The most accurate of the students that were taught."""
        return next(standing for standing in self.standings if standing.verdict == BEST)

    @property
    def gain(self) -> Contrast | None:
        """The best against the untuned student, or None where that one was not asked."""
        return next((standing.behind for standing in self.standings if standing.role == "untuned"), None)

    def taught(self, verdict: str) -> list[Standing]:
        """The students that were taught and stand so to the best."""
        return [standing for standing in self.standings if standing.role == "tuned" and standing.verdict == verdict]


def headlines(arms: Arms) -> list[Headline]:
    """One for each student, dataset and set of test problems with an arm that was taught; most arms come first."""
    cells: dict[int, list[tuple[int, Arm]]] = defaultdict(list)
    for number, arm in arms.by_id.items():
        cells[arm.cell].append((number, arm))
    found = [_headline(arms, cell) for cell in cells.values() if any(arm.role == "tuned" for _, arm in cell)]
    return sorted(found, key=lambda one: (-len(one.standings), one.dataset, one.student))


def _headline(arms: Arms, cell: Sequence[tuple[int, Arm]]) -> Headline:
    ranked = sorted(cell, key=lambda numbered: (-numbered[1].accuracy, numbered[0]))
    names = labels(
        [
            {"role": arm.role, "granularity": arm.granularity, "teacher": arm.teacher, "format": arm.format}
            for _, arm in ranked
        ]
    )
    first, best = next((number, arm) for number, arm in ranked if arm.role == "tuned")
    others = [number for number, _ in ranked if number != first]
    compared = [arms.contrast([first], [number], "best", "") for number in others]
    adjusted = power.holm([contrast.p for contrast in compared])
    behind = {
        number: dataclasses.replace(contrast, p_holm=p)
        for number, contrast, p in zip(others, compared, adjusted, strict=True)
    }
    standings = tuple(
        _standing(arm, name, behind.get(number)) for (number, arm), name in zip(ranked, names, strict=True)
    )
    return Headline(best.dataset, best.student, len(best.shares), standings)


def _standing(arm: Arm, label: str, behind: Contrast | None) -> Standing:
    if behind is None:
        verdict = BEST
    elif behind.p_holm >= power.ALPHA:
        verdict = TIED
    else:
        verdict = WORSE if behind.difference > 0 else BETTER
    low, high = arm.interval
    stated = None if arm.stated_shares is None else float(arm.stated_shares.mean())
    return Standing(label, arm.role, arm.seeds, arm.accuracy, low, high, stated, verdict, behind)
