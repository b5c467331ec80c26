"""Long traces teach a small student less than short ones."""

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import MARGIN, Pair, conclude, everywhere, gain_cases
from cot_distill.tables.findings.finding import Finding

CLAIM = "Long traces teach a small student less than short ones."
TEST = (
    "The mean over a teacher's chains of thought that have half the words of its thoughts or fewer, against its "
    "thoughts; paired t-test, Holm over all. It holds where the short ones are better; it does not where they are "
    f"worse, or their gain may be none and is below {100 * MARGIN:.0f} points. Every student counts as small."
)


def decide(arms: Arms) -> Finding:
    """The finding over all students, datasets and teachers with thoughts and something shorter."""
    rows = arms.ask("long_traces")
    pairs = []
    for row in rows:
        short = [arms.by_id[arm].as_laid_out for arm in row["short_arms"]]
        label = short[0] if len(short) == 1 else f"mean over {len(short)} short arms"
        where = f"{row['dataset']}, {row['student']}, {row['teacher']}"
        pairs.append(Pair(where, tuple(row["short_arms"]), (row["long_arm"],), label, "thoughts"))
    cases = gain_cases(arms, pairs, "The short ones", "the thoughts")
    return conclude(
        "long_traces",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        "one student taught a teacher's thoughts (granularity=thoughts) and something of it at most half as long",
    )
