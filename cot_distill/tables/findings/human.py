"""Human chains of thought are nearly always right and often teach worse."""

from cot_distill.tables.findings.comparing import Compared
from cot_distill.tables.findings.deciding import SEVERAL, Claim, often
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict

_NEARLY_ALWAYS = 0.95


def _judge(found: list[Compared]) -> Case:
    contrast, rate = found[0].contrast, found[0].row["verified_rate"]
    verdict: Verdict = NOT_ENOUGH
    summary = "Which of the two teaches better is not shown."
    if rate is None:
        summary = "How often the human rationales are right was not measured."
    elif rate < _NEARLY_ALWAYS:
        verdict, summary = DOES_NOT_HOLD, f"Only {rate:.1%} of the human rationales state the gold answer."
    elif contrast.less:
        verdict, summary = HOLDS, f"{rate:.1%} of the human rationales are right, and they teach worse."
    elif contrast.greater:
        verdict, summary = DOES_NOT_HOLD, "The human rationales teach better."
    needed = contrast.needed if verdict == NOT_ENOUGH else ""
    return Case(found[0].row["place"], verdict, summary, contrast, (contrast,), needed)


CLAIM = Claim(
    "human",
    "Human chains of thought are nearly always right, and often teach worse than a model's.",
    "The human arm against the mean over a model's levels, paired t-test, Holm over all pairs. A case holds where the "
    f"human rationales state the gold answer in at least {_NEARLY_ALWAYS:.0%} and teach worse, and does not where they "
    f"teach better or are right less often; the claim holds where at least half of {SEVERAL} cases or more do.",
    f"a human arm and a model's on the same problems, in {SEVERAL} cases (students, datasets, teachers)",
    _judge,
    rule=often,
    at_least=SEVERAL,
)
