"""Several rationales a problem beat one at equal tokens."""

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import MARGIN, Pair, conclude, everywhere, gain_cases
from cot_distill.tables.findings.finding import Finding

CLAIM = "Several rationales a problem beat one at equal tokens."
TEST = (
    "An arm of several rationales a problem, matched by tokens, against one a problem of the same teacher, level and "
    "format; paired t-test, Holm over all. It holds where several are better; it does not where they are worse, or "
    f"their gain may be none and is below {100 * MARGIN:.0f} points."
)


def decide(arms: Arms) -> Finding:
    """The finding over all arms of several rationales that are matched by tokens."""
    rows = arms.ask("several_rationales")
    pairs = [
        Pair(
            f"{row['dataset']}, {row['student']}, {row['taught']}",
            (row["several_arm"],),
            (row["one_arm"],),
            row["selection"],
            row["one_selection"],
        )
        for row in rows
    ]
    cases = gain_cases(arms, pairs, "Several rationales a problem", "one")
    return conclude(
        "several_rationales",
        CLAIM,
        TEST,
        cases,
        everywhere(cases),
        "one student taught several rationales a problem with selection.match_by=tokens, and one a problem",
    )
