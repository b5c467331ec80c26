"""From comparisons to a verdict: the rules that the claims share."""

import dataclasses
from collections.abc import Sequence

from cot_distill.evaluation.statistics import ALPHA, holm
from cot_distill.tables.findings import power
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.finding import (
    DOES_NOT_HOLD,
    HOLDS,
    NOT_ENOUGH,
    Case,
    Contrast,
    Finding,
    Verdict,
)

MARGIN = 0.03
"""What counts as little: 3 points, less than granularity moves the paper's students on gsm8k (3.8 to 5.6 points)."""

_FEW = 3
"""For so many undecided cases a finding says in its head what would decide them."""
SEVERAL = 3
"""How many cases it takes to say "often", or "never"."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Arms against arms: ids of `arms`, and what they are called."""

    where: str
    one: tuple[int, ...]
    other: tuple[int, ...]
    one_label: str
    other_label: str


def contrasts(arms: Arms, pairs: Sequence[Pair]) -> list[Contrast]:
    """Every pair compared; all of them decide one claim, so Holm adjusts their p-values together."""
    found = [arms.contrast(pair.one, pair.other, pair.one_label, pair.other_label) for pair in pairs]
    adjusted = holm([contrast.p for contrast in found])
    alpha = ALPHA / max(1, len(found))
    return [
        _with_needed(arms, pair, dataclasses.replace(contrast, p_holm=p, compared=len(found)), alpha)
        for contrast, p, pair in zip(found, adjusted, pairs, strict=True)
    ]


def greater(contrast: Contrast) -> bool:
    """The one is better, beyond chance after adjustment."""
    return contrast.difference > 0 and contrast.p_holm < ALPHA


def less(contrast: Contrast) -> bool:
    """The one is worse, beyond chance after adjustment."""
    return contrast.difference < 0 and contrast.p_holm < ALPHA


def gains(contrast: Contrast) -> Verdict:
    """Whether the one is better: not if it is worse, or if its gain is below the margin and may be none."""
    if greater(contrast):
        return HOLDS
    if less(contrast) or (contrast.low <= 0 and contrast.high < MARGIN):
        return DOES_NOT_HOLD
    return NOT_ENOUGH


def everywhere(cases: Sequence[Case]) -> Verdict:
    """A claim about all cases: one that contradicts it is enough, and all must agree."""
    verdicts = [case.verdict for case in cases]
    if DOES_NOT_HOLD in verdicts:
        return DOES_NOT_HOLD
    return HOLDS if verdicts and set(verdicts) == {HOLDS} else NOT_ENOUGH


def somewhere(cases: Sequence[Case]) -> Verdict:
    """A claim that something happens: one case is enough, and several must all contradict it."""
    verdicts = [case.verdict for case in cases]
    if HOLDS in verdicts:
        return HOLDS
    return DOES_NOT_HOLD if len(verdicts) >= SEVERAL and set(verdicts) == {DOES_NOT_HOLD} else NOT_ENOUGH


def often(cases: Sequence[Case]) -> Verdict:
    """A claim that something happens in at least half of several cases, undecided ones counted on neither side."""
    verdicts = [case.verdict for case in cases]
    if len(verdicts) < SEVERAL:
        return NOT_ENOUGH
    if 2 * verdicts.count(HOLDS) >= len(verdicts):
        return HOLDS
    return DOES_NOT_HOLD if 2 * verdicts.count(DOES_NOT_HOLD) > len(verdicts) else NOT_ENOUGH


def _with_needed(arms: Arms, pair: Pair, contrast: Contrast, alpha: float) -> Contrast:
    """With how many problems or seeds would show this very difference at the strictest level that Holm may ask, where
    it is not shown."""
    if contrast.p_holm < ALPHA:
        return contrast
    one, other = pair.one, pair.other
    problems = power.problems_needed(arms.differences(one, other), arms.of_seeds(one, other), alpha)
    told, seeds = arms.seeds_needed(one, other, alpha)
    return dataclasses.replace(
        contrast,
        needed=_in_words(contrast, problems, told, seeds),
        problems_needed=problems,
        seeds_needed=seeds,
        seeds_told=told,
    )


def _in_words(contrast: Contrast, problems: int | None, told: bool, seeds: int | None) -> str:
    if problems is None:
        return (
            f"no number of problems {'alone shows this difference' if contrast.difference else 'shows no difference'}"
        )
    if problems <= contrast.n:
        return f"a repetition: {problems:,} test problems show such a difference four times in five"
    if not told:
        tail = "; what more seeds would do can be told from two or more"
    elif seeds is None:
        tail = "; more seeds alone would not do"
    else:
        tail = f", or {seeds} seeds instead of {contrast.seeds}"
    return f"{problems:,} test problems instead of {contrast.n:,}{tail}"


def to_show_or_to_bound(arms: Arms, pair: Pair, contrast: Contrast) -> str:
    """How many problems would show the gain that was seen, and how many that there is none of the margin."""
    differences, of_seeds = arms.differences(pair.one, pair.other), arms.of_seeds(pair.one, pair.other)
    bound = power.problems_to_bound(differences, MARGIN, of_seeds)
    if bound is None:
        return contrast.needed
    less_than = f"{bound:,} to show that it is below {100 * MARGIN:.0f} points"
    return (
        f"{contrast.needed}; {less_than}" if contrast.difference > 0 else less_than.replace("to", "test problems to", 1)
    )


def gain_cases(arms: Arms, pairs: Sequence[Pair], one: str, other: str) -> list[Case]:
    """A case a pair, judged by `gains`; `one` and `other` are what all pairs set against each other, in the plural."""
    cases = []
    for pair, contrast in zip(pairs, contrasts(arms, pairs), strict=True):
        verdict = gains(contrast)
        summary = {
            HOLDS: f"{one} teach more than {other}.",
            NOT_ENOUGH: f"{one}: that they teach more than {other} is not shown.",
            DOES_NOT_HOLD: f"{one} bring less than {100 * MARGIN:.0f} points over {other}, if any.",
        }[verdict]
        needed = to_show_or_to_bound(arms, pair, contrast) if verdict == NOT_ENOUGH else ""
        cases.append(Case(pair.where, verdict, summary, contrast, (contrast,), needed))
    return cases


def equivalent(arms: Arms, pair: Pair) -> bool:
    """Two one-sided tests at 5%: the interval at 90% lies within the margin."""
    found = arms.paired(pair.one, pair.other, 2 * ALPHA)
    return bool(found.low > -MARGIN and found.high < MARGIN)


def beyond_margin(arms: Arms, pair: Pair, comparisons: int) -> bool:
    """The difference is more than the margin, adjusted for the number of comparisons (Bonferroni)."""
    found = arms.paired(pair.one, pair.other, ALPHA / comparisons)
    return bool(found.low > MARGIN or found.high < -MARGIN)


def conclude(
    name: str,
    claim: str,
    test: str,
    cases: Sequence[Case],
    verdict: Verdict,
    missing: str,
    notes: Sequence[str] = (),
    at_least: int = 1,
) -> Finding:
    """The finding of these cases; `missing` says what is wanted where there are fewer than `at_least`.

    Its effect is that of the case that bears the verdict and shows the most, its `needed` that of the undecided ones.
    """
    telling = [case for case in cases if case.verdict == verdict] or cases
    told = max(telling, key=lambda case: abs(case.decisive.difference), default=None)
    decisive = told.decisive if told else None
    needed = ""
    if verdict == NOT_ENOUGH:
        wanted = [f"{case.where}: {case.needed}" for case in cases if case.verdict == NOT_ENOUGH and case.needed]
        if len(wanted) > _FEW:
            wanted[_FEW:] = [f"{len(wanted) - _FEW} more cases, each by itself"]
        needed = "; ".join(wanted if wanted and len(cases) >= at_least else [*wanted, missing])
    return Finding(
        name=name,
        claim=claim,
        verdict=verdict,
        summary=_summary(cases),
        effect_of=f"{told.where}: {decisive.one} minus {decisive.other}" if told and decisive else "",
        effect=decisive.difference if decisive else None,
        low=decisive.low if decisive else None,
        high=decisive.high if decisive else None,
        needed=needed,
        test=test,
        cases=tuple(cases),
        paper=(),
        notes=tuple(notes),
    )


def _summary(cases: Sequence[Case]) -> str:
    if not cases:
        return "There is nothing to compare yet."
    if len(cases) == 1:
        return f"{cases[0].where}: {cases[0].summary}"
    counts = [
        (verdict, [case.verdict for case in cases].count(verdict)) for verdict in (HOLDS, DOES_NOT_HOLD, NOT_ENOUGH)
    ]
    return f"{len(cases)} cases: " + ", ".join(f"{count} {verdict}" for verdict, count in counts if count) + "."
