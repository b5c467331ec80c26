"""A stronger teacher does not always make a stronger student."""

from typing import Any

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import SEVERAL, Pair, conclude, contrasts, greater, less, somewhere
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Finding, Verdict

CLAIM = "A stronger teacher does not always make a stronger student."
TEST = (
    "Two teachers at one level; the stronger is the one whose rationales state the gold answer "
    "more often (Fisher's exact "
    "test on what they teach). It holds where the stronger teacher's student is worse, paired t-test, Holm over all "
    f"pairs; it does not where the stronger teacher's student is better in all of at least {SEVERAL} pairs."
)


def decide(arms: Arms) -> Finding:
    """The finding over all pairs of teachers whose strength differs."""
    rows = [row for row in arms.ask("teachers") if _apart(row)]
    pairs = [_pair(row) for row in rows]
    cases = []
    for pair, contrast in zip(pairs, contrasts(arms, pairs), strict=True):
        verdict: Verdict = NOT_ENOUGH
        summary = "The two students cannot be told apart."
        if less(contrast):
            verdict, summary = HOLDS, f"{pair.one_label} is the stronger teacher, and its student is worse."
        elif greater(contrast):
            verdict, summary = DOES_NOT_HOLD, f"{pair.one_label} is the stronger teacher, and its student is better."
        cases.append(
            Case(pair.where, verdict, summary, contrast, (contrast,), contrast.needed if verdict == NOT_ENOUGH else "")
        )
    return conclude(
        "teachers",
        CLAIM,
        TEST,
        cases,
        somewhere(cases),
        f"{SEVERAL} pairs of teachers of one student at one level, of which one states the gold answer more often",
        at_least=SEVERAL,
    )


def _pair(row: dict[str, Any]) -> Pair:
    """The stronger teacher's arm against the weaker's."""
    one, other = ("one", "other") if row["one_rate"] > row["other_rate"] else ("other", "one")
    return Pair(
        f"{row['dataset']}, {row['student']}, level {row['granularity']}, {row[f'{one}_teacher']} and "
        f"{row[f'{other}_teacher']}",
        (row[f"{one}_arm"],),
        (row[f"{other}_arm"],),
        row[f"{one}_teacher"],
        row[f"{other}_teacher"],
    )


def _apart(row: dict[str, Any]) -> bool:
    """Whether the teachers' agreement with gold differs beyond chance."""
    from scipy.stats import fisher_exact

    table = []
    for side in ("one", "other"):
        rate, taught = row[f"{side}_rate"], row[f"{side}_examples"]
        if rate is None or taught is None:
            return False
        right = round(rate * taught)
        table.append([right, taught - right])
    return bool(fisher_exact(table).pvalue < ALPHA)
