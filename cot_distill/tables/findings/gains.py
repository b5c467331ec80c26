"""Claims that one kind of supervision teaches more than another."""

import functools

from cot_distill.tables.findings.comparing import POINTS, Compared
from cot_distill.tables.findings.deciding import Claim
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Verdict

_LITTLE = f"worse, or their gain may be none and is below {POINTS}"


def _judge(what: str, found: list[Compared]) -> Case:
    """The first comparison decides, unless another one is worse; `what` is compared, in the plural."""
    first, contrasts = found[0], tuple(one.contrast for one in found)
    worse = [contrast for contrast in contrasts if contrast.less]
    decisive = min(worse, key=lambda contrast: contrast.difference, default=first.contrast)
    verdict: Verdict = NOT_ENOUGH
    if worse:
        verdict = DOES_NOT_HOLD
        summary = f"Worse than {decisive.other}: {', '.join(contrast.one for contrast in worse)}."
    elif first.contrast.greater:
        verdict, summary = HOLDS, f"{what} are better than {decisive.other}."
    elif first.little:
        verdict, summary = DOES_NOT_HOLD, f"{what} bring less than {POINTS} over {decisive.other}, if any."
    else:
        summary = f"That {what[0].lower()}{what[1:]} are better than {decisive.other} is not shown."
    needed = first.to_show_or_to_bound() if verdict == NOT_ENOUGH else ""
    return Case(first.row["place"], verdict, summary, decisive, contrasts, needed)


_TEST = (
    "The mean over all arms with chains of thought against the same student {}, and each arm by itself; paired t-test, "
    "Holm over all. It holds where the mean is better and no arm is worse; it does not where the mean or any arm is "
    f"{_LITTLE}."
)
_MISSING = "an arm with chains of thought and the same student {}, on the same problems"
_thoughts = functools.partial(_judge, "Chains of thought")

TUNING = Claim(
    "tuning",
    "Fine-tuning on chains of thought beats the untuned student.",
    _TEST.format("untuned"),
    _MISSING.format("untuned"),
    _thoughts,
)
ANSWER_ONLY = Claim(
    "answer_only",
    "Chains of thought teach more than the answers alone.",
    _TEST.format("taught answers alone"),
    _MISSING.format("taught answers alone"),
    _thoughts,
)
LONG_TRACES = Claim(
    "long_traces",
    "Long traces teach a small student less than short ones.",
    "The mean over a teacher's chains of thought that have half the words of its thoughts or fewer, against its "
    "thoughts; paired t-test, Holm over all. It holds where the short ones are better; it does not where they are "
    f"{_LITTLE}. Every student counts as small.",
    "one student taught a teacher's thoughts (granularity=thoughts) and something of it at most half as long",
    functools.partial(_judge, "The short ones"),
)
SEVERAL_RATIONALES = Claim(
    "several_rationales",
    "Several rationales a problem beat one at equal tokens.",
    "An arm of several rationales a problem, matched by tokens, against one a problem of the same teacher, level and "
    f"format; paired t-test, Holm over all. It holds where several are better; it does not where they are {_LITTLE}.",
    "one student taught several rationales a problem with selection.match_by=tokens, and one a problem",
    functools.partial(_judge, "Several rationales a problem"),
)
