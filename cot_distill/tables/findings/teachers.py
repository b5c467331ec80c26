"""A stronger teacher does not always make a stronger student."""

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.tables.findings.comparing import Compared, Row
from cot_distill.tables.findings.deciding import SEVERAL, Claim, somewhere
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict


def _judge(found: list[Compared]) -> Case:
    contrast = found[0].contrast
    verdict: Verdict = NOT_ENOUGH
    summary = "The two students cannot be told apart."
    if contrast.less:
        verdict, summary = HOLDS, f"{contrast.one} is the stronger teacher, and its student is worse."
    elif contrast.greater:
        verdict, summary = DOES_NOT_HOLD, f"{contrast.one} is the stronger teacher, and its student is better."
    return Case(
        found[0].row["place"], verdict, summary, contrast, (contrast,), contrast.needed if verdict == NOT_ENOUGH else ""
    )


def _differ(row: Row) -> bool:
    """Whether the teachers' agreement with gold differs beyond chance."""
    from scipy.stats import fisher_exact

    table = []
    for rate, examples in ((row["one_rate"], row["one_examples"]), (row["other_rate"], row["other_examples"])):
        right = round(rate * examples)
        table.append([right, examples - right])
    return bool(fisher_exact(table).pvalue < ALPHA)


CLAIM = Claim(
    "teachers",
    "A stronger teacher does not always make a stronger student.",
    "Two teachers at one level; the stronger is the one whose rationales state the gold answer more often (Fisher's "
    "exact test on what they teach). It holds where the stronger teacher's student is worse, paired t-test, Holm over "
    f"all pairs; it does not where the stronger teacher's student is better in all of at least {SEVERAL} pairs.",
    f"{SEVERAL} pairs of teachers of one student at one level, of which one states the gold answer more often",
    _judge,
    rule=somewhere,
    at_least=SEVERAL,
    wanted=_differ,
)
