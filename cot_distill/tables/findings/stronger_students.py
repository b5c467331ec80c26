"""Stronger students gain from finer steps, weaker ones do best with coarser ones."""

from itertools import groupby
from typing import Any

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import Pair, conclude, contrasts, everywhere, greater, less
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Finding, Verdict

CLAIM = "Stronger students gain from finer steps, and weaker ones do best with coarser ones."
TEST = (
    "The strongest and the weakest student (by mean accuracy over the levels, which must differ) on the same problems: "
    "mean over levels 4 to 6 minus mean over levels 1 to 3, paired t-test, Holm. It holds "
    "where this is above nothing "
    "for the stronger and below for the weaker; it does not where one of the two is the other way round."
)


def decide(arms: Arms) -> Finding:
    """The finding over all datasets and teachers that two or more students share."""
    pairs = []
    for _, group in groupby(arms.ask("stronger_students"), key=lambda row: (row["asked"], row["teacher"])):
        students: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        rows = list(group)
        for row in rows:
            for side in ("one", "other"):
                students[row[f"{side}_student"]] = tuple(row[f"{side}_coarse"]), tuple(row[f"{side}_fine"])
        pairs.append(_pairs(arms, rows[0], students))
    found = contrasts(arms, [pair for three in pairs for pair in three[1:]])
    cases = []
    for index, (apart, of_strong, of_weak) in enumerate(pairs):
        fine_strong, fine_weak = found[2 * index : 2 * index + 2]
        verdict: Verdict = NOT_ENOUGH
        decisive = fine_weak if greater(fine_strong) else fine_strong
        if arms.paired(apart.one, apart.other).p >= ALPHA:
            summary = f"Which of {apart.one_label} and {apart.other_label} is the stronger student is not shown."
        elif greater(fine_strong) and less(fine_weak):
            verdict = HOLDS
            summary = f"Fine levels are better for {apart.one_label} and worse for {apart.other_label}."
        elif less(fine_strong):
            verdict, decisive = DOES_NOT_HOLD, fine_strong
            summary = f"Fine levels are worse for {apart.one_label}, the stronger student."
        elif greater(fine_weak):
            verdict, decisive = DOES_NOT_HOLD, fine_weak
            summary = f"Fine levels are better for {apart.other_label}, the weaker student, too."
        else:
            open_for = [p.where for p, c in ((of_strong, fine_strong), (of_weak, fine_weak)) if c.p_holm >= ALPHA]
            summary = f"Whether fine levels are better or worse is open ({'; '.join(open_for)})."
        needed = "" if verdict != NOT_ENOUGH else decisive.needed or "students that are further apart"
        where = f"{apart.where}, {apart.one_label} and {apart.other_label}"
        cases.append(Case(where, verdict, summary, decisive, (fine_strong, fine_weak), needed))
    return conclude(
        "stronger_students",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        "at least two students of different strength, taught the same coarse and fine levels by one teacher",
    )


def _pairs(
    arms: Arms, row: dict[str, Any], students: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
) -> tuple[Pair, Pair, Pair]:
    """The strongest student against the weakest, and for each of the two its fine arms against its coarse ones."""
    by_strength = sorted(students, key=lambda student: (arms.accuracy(_all(students[student])), student))
    weak, strong = by_strength[0], by_strength[-1]
    where = f"{row['dataset']}, {row['teacher']}"
    of_strong, of_weak = (
        Pair(student, students[student][1], students[student][0], f"{student}, fine", f"{student}, coarse")
        for student in (strong, weak)
    )
    return Pair(where, _all(students[strong]), _all(students[weak]), strong, weak), of_strong, of_weak


def _all(coarse_and_fine: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[int, ...]:
    return coarse_and_fine[0] + coarse_and_fine[1]
