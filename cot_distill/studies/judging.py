"""Which claims a study asks, and which of them are still open."""

import dataclasses
import json
from collections.abc import Collection, Sequence

from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import ALPHA
from cot_distill.studies.grid import Combination
from cot_distill.studies.plan import Plan
from cot_distill.studies.tables import gathered
from cot_distill.tables.findings import NOT_ENOUGH, Case, Contrast, Finding, findings
from cot_distill.tables.layout import markdown
from cot_distill.tables.relations import connect

LEAST_SEEDS = 3
"""A verdict counts from this many seeds an arm on. With two, looking after every seed errs too often
(benchmarks/until.py)."""
_ASKED_BY = {
    "granularity": ("answer_only", "granularity", "length", "long_traces"),
    "format": ("formats",),
    "teacher": ("teachers", "human"),
    "student": ("stronger_students",),
    "mixture": ("mixtures",),
    "selection": ("several_rationales",),
}
"""Param → the claims that a study asks if its arms differ in it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """The claims that a study asks, judged by its finished runs."""

    findings: tuple[Finding, ...]
    looks: int
    """The most looks in all. A claim that depends on a p is decided if p is below 5% divided by the looks; otherwise
    repeated looks would find something by chance."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """The claims that are not decided."""
        return tuple(found for found in self.findings if self._undecided(found))

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """The comparisons that keep claims open."""
        return tuple(
            contrast
            for found in self.findings
            for case in self._undecided(found)
            for contrast in (case.contrasts if case.verdict == NOT_ENOUGH else (case.decisive,))
            if contrast.needed or case.verdict != NOT_ENOUGH
        )

    def table(self) -> str:
        """The claims as a Markdown table, each with its verdict and what would decide it."""
        held = [
            (found.claim, "open" if found in self.open else found.verdict, self._wanted(found))
            for found in self.findings
        ]
        return markdown(("claim", "verdict", "what would decide it"), held)

    def _undecided(self, found: Finding) -> tuple[Case, ...]:
        if found.verdict == NOT_ENOUGH:
            return tuple(case for case in found.cases if case.verdict == NOT_ENOUGH)
        bearing = [case for case in found.cases if case.verdict == found.verdict]
        return tuple(case for case in bearing if ALPHA / self.looks <= case.decisive.p_holm < ALPHA)

    def _wanted(self, found: Finding) -> str:
        weak = self._undecided(found)
        if weak and found.verdict != NOT_ENOUGH:
            p = max(case.decisive.p_holm for case in weak)
            return f"{found.verdict} with p = {p:.2g}; {self.looks} looks ask for less than {ALPHA / self.looks:.2g}"
        return found.needed


def asked(runs: Sequence[Combination]) -> set[str]:
    """The names of the claims that a study asks, from the params in which its arms differ. Raises UserError if it asks
    none."""
    varying = [param for param in _ASKED_BY if len({json.dumps(run.values[param]) for run in runs}) > 1]
    if not varying:
        raise UserError(f"--until decided: the arms differ in none of {', '.join(_ASKED_BY)}, so they ask no claim")
    return {claim for param in varying for claim in _ASKED_BY[param]}


def judge(plan: Plan, claims: Collection[str], looks: int) -> Judged:
    """Judge the claims by the finished runs of a plan. Raises UserError if no run is finished."""
    with connect(gathered(plan)) as connection:
        found = [one for one in findings(connection, LEAST_SEEDS) if one.name in claims and one.cases]
    return Judged(tuple(found), looks)
