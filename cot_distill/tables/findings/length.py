"""Length alone does not explain granularity: padding a coarse chain of thought does not make it a fine one."""

from typing import Any

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import (
    MARGIN,
    Pair,
    conclude,
    contrasts,
    equivalent,
    everywhere,
    greater,
    less,
)
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding, Verdict

CLAIM = (
    "Length alone does not explain granularity: level 1 padded to the length of level 5 does not teach like level 5."
)
TEST = (
    "Level 5 against level 1 padded to its length, level 5 against level 1, and padded against "
    "level 1; paired t-test, "
    "Holm. It holds where level 5 is better than level 1 and than the padded one; it does not "
    "where level 5 is better than "
    f"level 1, and the padded one better than it or within {100 * MARGIN:.0f} points of it (two one-sided tests)."
)
_AS_LONG = 0.1
"""How far the mean words of the padded arm may be from those of level 5, as a share, before it is no fair control."""


def decide(arms: Arms) -> Finding:
    """The finding over all students, datasets and teachers with all three arms."""
    rows = arms.ask("length")
    pairs = [pair for row in rows for pair in _pairs(row)]
    found = contrasts(arms, pairs)
    cases = [
        _case(arms, row, pairs[3 * index : 3 * index + 3], found[3 * index : 3 * index + 3])
        for index, row in enumerate(rows)
    ]
    return conclude(
        "length",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        "levels 1 and 5 and level 1 padded (granularity=padded) of one teacher for one student",
        [note for row in rows if (note := _unlike(row))],
    )


def _pairs(row: dict[str, Any]) -> list[Pair]:
    where = f"{row['dataset']}, {row['student']}, {row['teacher']}"
    five, one, padded = (row["level_5"],), (row["level_1"],), (row["padded"],)
    return [
        Pair(where, five, padded, "level 5", "level 1 padded"),
        Pair(where, five, one, "level 5", "level 1"),
        Pair(where, padded, one, "level 1 padded", "level 1"),
    ]


def _case(arms: Arms, row: dict[str, Any], pairs: list[Pair], found: list[Contrast]) -> Case:
    over_padded, over_one, _ = found
    verdict: Verdict = NOT_ENOUGH
    decisive, unlike = over_padded, _unlike(row)
    if unlike:
        summary = "The padded rationales are not as long as those of level 5."
    elif not greater(over_one):
        summary, decisive = "That level 5 is better than level 1, which length might explain, is not shown.", over_one
    elif greater(over_padded):
        verdict, summary = HOLDS, "Level 5 is better than level 1, and better than level 1 at the same length."
    elif less(over_padded) or equivalent(arms, pairs[0]):
        verdict, summary = DOES_NOT_HOLD, "Level 1 does as well as level 5 once it is as long."
    else:
        summary = "Whether level 5 is better at the same length is not shown."
    needed = (
        decisive.needed if verdict == NOT_ENOUGH and not unlike else "a padded arm as long as level 5" if unlike else ""
    )
    return Case(pairs[0].where, verdict, summary, decisive, tuple(found), needed)


def _unlike(row: dict[str, Any]) -> str:
    """Why the padded arm is no control, where it is not as long as level 5."""
    padded, five = row["padded_words"], row["level_5_words"]
    if padded is None or five is None or abs(padded - five) <= _AS_LONG * five:
        return ""
    return (
        f"{row['dataset']}, {row['student']}, {row['teacher']}: padded rationales have {padded:.0f} words, "
        f"those of level 5 {five:.0f}"
    )
