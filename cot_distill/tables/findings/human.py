"""Human chains of thought are nearly always right and often teach worse."""

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import SEVERAL, Pair, conclude, contrasts, greater, less, often
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Finding, Verdict

CLAIM = "Human chains of thought are nearly always right, and often teach worse than a model's."
NEARLY_ALWAYS = 0.95
TEST = (
    "The human arm against the mean over a model's levels, paired t-test, Holm over all "
    "pairs. A case holds where the "
    f"human rationales state the gold answer in at least {NEARLY_ALWAYS:.0%} and teach worse, "
    "and does not where they teach "
    f"better or are right less often; the claim holds where at least half of {SEVERAL} cases or more do."
)


def decide(arms: Arms) -> Finding:
    """The finding over all students and datasets with a human arm and a model's."""
    rows = arms.ask("human")
    pairs = [
        Pair(
            f"{row['dataset']}, {row['student']}, {row['teacher']}",
            (row["arm"],),
            tuple(row["arms"]),
            row["human"],
            f"{row['teacher']}, mean over {len(row['arms'])} level{'s' if len(row['arms']) > 1 else ''}",
        )
        for row in rows
    ]
    cases = []
    for row, pair, contrast in zip(rows, pairs, contrasts(arms, pairs), strict=True):
        rate = row["verified_rate"]
        verdict: Verdict = NOT_ENOUGH
        summary = "Which of the two teaches better is not shown."
        if rate is None:
            summary = "How often the human rationales are right was not measured."
        elif rate < NEARLY_ALWAYS:
            verdict, summary = DOES_NOT_HOLD, f"Only {rate:.1%} of the human rationales state the gold answer."
        elif less(contrast):
            verdict, summary = HOLDS, f"{rate:.1%} of the human rationales are right, and they teach worse."
        elif greater(contrast):
            verdict, summary = DOES_NOT_HOLD, "The human rationales teach better."
        cases.append(
            Case(pair.where, verdict, summary, contrast, (contrast,), contrast.needed if verdict == NOT_ENOUGH else "")
        )
    return conclude(
        "human",
        CLAIM,
        TEST,
        cases,
        often(cases),
        f"a human arm and a model's on the same problems, in {SEVERAL} cases (students, datasets, teachers)",
        at_least=SEVERAL,
    )
