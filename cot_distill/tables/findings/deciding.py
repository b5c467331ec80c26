"""From comparisons to a verdict: what a claim is made of, and the rules that claims share."""

import dataclasses
from collections.abc import Callable, Sequence
from itertools import groupby

from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.comparing import Compared, Row, compare
from cot_distill.tables.findings.finding import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding, Verdict

LEAST_SEEDS = 2
"""From how many training seeds an arm a verdict counts. With one each, two equal recipes are told apart in 5 to 48% of
trials instead of 5 (benchmarks/tables_paired_tests.py), and nothing in the runs says in how many."""
SEVERAL = 3
"""How many cases it takes to say "often", or "never"."""
_FEW = 3
"""For so many undecided cases a finding says in its head what would decide them."""


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


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """A claim that runs may bear out; NAME.sql says which arms are set against which."""

    name: str
    claim: str
    test: str
    """The test, in a sentence."""
    missing: str
    """What is wanted where there are fewer cases than `at_least`."""
    judge: Callable[[list[Compared]], Case]
    """From the comparisons of a case to its verdict."""
    rule: Callable[[Sequence[Case]], Verdict] = everywhere
    at_least: int = 1
    wanted: Callable[[Row], bool] = bool
    """Which rows of the query bear on the claim, where SQL cannot tell."""

    def judged(self, arms: Arms, least_seeds: int) -> Finding:
        """The finding of these arms, where a verdict takes so many training seeds an arm."""
        rows = [row for row in arms.ask(self.name) if self.wanted(row)]
        found = groupby(compare(arms, rows, least_seeds), key=lambda one: (one.row["field"], one.row["place"]))
        return self._concluded([self._case(list(group), least_seeds) for _, group in found])

    def _case(self, found: list[Compared], least_seeds: int) -> Case:
        """The case of these comparisons. Where only the number of seeds keeps it open, it says what they show."""
        case = self.judge(found)
        seeds = min(one.contrast.seeds for one in found)
        if case.verdict != NOT_ENOUGH or seeds >= least_seeds:
            return case
        early = self.judge(
            [dataclasses.replace(one, contrast=dataclasses.replace(one.contrast, enough_seeds=True)) for one in found]
        )
        if early.verdict == NOT_ENOUGH:
            return case
        trained = "trained once" if seeds == 1 else f"trained {seeds} times"
        return dataclasses.replace(
            early,
            verdict=NOT_ENOUGH,
            early=early.verdict,
            summary=f"{early.summary} That is of students {trained}, which another seed may overturn.",
            needed=_seeds(least_seeds, seeds),
            contrasts=tuple(_wanting(contrast, least_seeds) for contrast in case.contrasts),
        )

    def _concluded(self, cases: Sequence[Case]) -> Finding:
        """Its effect is that of the case that bears the verdict and shows the most."""
        verdict = self.rule(cases)
        telling = [case for case in cases if case.verdict == verdict] or cases
        told = max(telling, key=lambda case: abs(case.decisive.difference), default=None)
        decisive = told.decisive if told else None
        return Finding(
            name=self.name,
            claim=self.claim,
            verdict=verdict,
            summary=_summary(cases),
            effect_of=f"{told.where}: {decisive.one} minus {decisive.other}" if told and decisive else "",
            effect=decisive.difference if decisive else None,
            low=decisive.low if decisive else None,
            high=decisive.high if decisive else None,
            needed=self._needed(cases) if verdict == NOT_ENOUGH else "",
            test=self.test,
            cases=tuple(cases),
            paper=(),
            notes=(),
        )

    def _needed(self, cases: Sequence[Case]) -> str:
        wanted = [f"{case.where}: {case.needed}" for case in cases if case.verdict == NOT_ENOUGH and case.needed]
        if len(wanted) > _FEW:
            wanted[_FEW:] = [f"{len(wanted) - _FEW} more cases, each by itself"]
        return "; ".join(wanted if wanted and len(cases) >= self.at_least else [*wanted, self.missing])


def _wanting(contrast: Contrast, seeds: int) -> Contrast:
    """The comparison, which nothing but so many seeds keeps from deciding."""
    if contrast.enough_seeds:
        return contrast
    needed = _seeds(seeds, contrast.seeds)
    return dataclasses.replace(contrast, needed=needed, problems_needed=None, seeds_needed=seeds, seeds_told=True)


def _seeds(wanted: int, there: int) -> str:
    return f"{wanted} training seeds an arm instead of {there}"


def _summary(cases: Sequence[Case]) -> str:
    if not cases:
        return "There is nothing to compare yet."
    if len(cases) == 1:
        return f"{cases[0].where}: {cases[0].summary}"
    told = f"{len(cases)} cases: {_counted([case.verdict for case in cases])}."
    early = [case.early for case in cases if case.early]
    return told + (f" With the seeds that are there, which others may overturn: {_counted(early)}." if early else "")


def _counted(verdicts: list[Verdict]) -> str:
    counts = [(verdict, verdicts.count(verdict)) for verdict in (HOLDS, DOES_NOT_HOLD, NOT_ENOUGH)]
    return ", ".join(f"{count} {verdict}" for verdict, count in counts if count)
