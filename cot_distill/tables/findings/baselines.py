"""Chains of thought teach: against the untuned student, and against training on the answers alone."""

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.deciding import (
    MARGIN,
    Pair,
    conclude,
    contrasts,
    everywhere,
    gains,
    less,
    to_show_or_to_bound,
)
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Finding

_TEST = (
    "The mean over all arms with chains of thought against the same student {baseline}, and each arm by itself; "
    "paired t-test, Holm over all. It holds where the mean is better and no arm is worse; it "
    "does not where the mean or any "
    "arm is worse, or the mean's gain may be none and is below {margin:.0f} points."
)


def tuning(arms: Arms) -> Finding:
    """Whether students taught with chains of thought beat the untuned ones."""
    return _against(arms, "tuning", "Fine-tuning on chains of thought beats the untuned student.", "untuned")


def answer_only(arms: Arms) -> Finding:
    """Whether students taught with chains of thought beat those taught the answers alone."""
    claim = "Chains of thought teach more than the answers alone."
    return _against(arms, "answer_only", claim, "taught answers alone")


def _against(arms: Arms, name: str, claim: str, baseline: str) -> Finding:
    rows = arms.ask(name)
    groups = []
    for row in rows:
        where = f"{row['dataset']}, {row['student']}"
        labels = [arms.by_id[arm].as_laid_out for arm in row["arms"]]
        mean = Pair(where, tuple(row["arms"]), (row["baseline"],), f"mean over {len(labels)} arms", baseline)
        single = [
            Pair(where, (arm,), (row["baseline"],), label, baseline)
            for arm, label in zip(row["arms"], labels, strict=True)
        ]
        groups.append([mean, *single] if len(single) > 1 else single)
    found = iter(contrasts(arms, [pair for group in groups for pair in group]))
    cases = []
    for group in groups:
        of_case = [next(found) for _ in group]
        verdict, worse = gains(of_case[0]), [contrast for contrast in of_case if less(contrast)]
        if worse:
            verdict = DOES_NOT_HOLD
        summary = {
            HOLDS: f"Chains of thought are better than {baseline}.",
            NOT_ENOUGH: f"That chains of thought are better than {baseline} is not shown.",
            DOES_NOT_HOLD: f"Over {baseline}, chains of thought bring less than {100 * MARGIN:.0f} points, if any.",
        }[verdict]
        if worse:
            summary = f"Worse than {baseline}: {', '.join(contrast.one for contrast in worse)}."
        decisive = min(worse, key=lambda contrast: contrast.difference, default=of_case[0])
        needed = to_show_or_to_bound(arms, group[0], of_case[0]) if verdict == NOT_ENOUGH else ""
        cases.append(Case(group[0].where, verdict, summary, decisive, tuple(of_case), needed))
    return conclude(
        name,
        claim,
        _TEST.format(baseline=baseline, margin=100 * MARGIN),
        cases,
        everywhere(cases),
        f"an arm with chains of thought and the same student {baseline}, on the same problems",
    )
