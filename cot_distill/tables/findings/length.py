"""Length alone does not explain granularity: padding a coarse chain of thought does not make it a fine one."""

from cot_distill.tables.findings.comparing import POINTS, Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict

_AS_LONG = 0.1
"""How far the mean words of the padded arm may be from those of level 5, as a share, before it is no fair control."""


def _judge(found: list[Compared]) -> Case:
    """Level 5 against the padded one, level 5 against level 1, the padded one against level 1."""
    contrasts = tuple(one.contrast for one in found)
    over_padded, over_one, _ = contrasts
    padded, five = found[0].row["padded_words"], found[0].row["level_5_words"]
    verdict: Verdict = NOT_ENOUGH
    decisive, needed = over_padded, over_padded.needed
    if padded is not None and five is not None and abs(padded - five) > _AS_LONG * five:
        needed = "a padded arm as long as level 5"
        summary = f"The padded rationales have {padded:.0f} words, those of level 5 {five:.0f}: no fair control."
    elif not over_one.greater:
        decisive, needed = over_one, over_one.needed
        summary = "That level 5 is better than level 1, which length might explain, is not shown."
    elif over_padded.greater:
        verdict, summary = HOLDS, "Level 5 is better than level 1, and better than level 1 at the same length."
    elif over_padded.less or found[0].alike:
        verdict, summary = DOES_NOT_HOLD, "Level 1 does as well as level 5 once it is as long."
    else:
        summary = "Whether level 5 is better at the same length is not shown."
    return Case(found[0].row["place"], verdict, summary, decisive, contrasts, needed if verdict == NOT_ENOUGH else "")


CLAIM = Claim(
    "length",
    "Length alone does not explain granularity: level 1 padded to the length of level 5 does not teach like level 5.",
    "Level 5 against level 1 padded to its length, level 5 against level 1, and padded against level 1; paired t-test, "
    "Holm. It holds where level 5 is better than level 1 and than the padded one; it does not where level 5 is better "
    f"than level 1, and the padded one better than it or within {POINTS} of it (two one-sided tests).",
    "levels 1 and 5 and level 1 padded (granularity=padded) of one teacher for one student",
    _judge,
)
