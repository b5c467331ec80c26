"""What a finding is: a claim, what the runs say of it, and how sure that is."""

import dataclasses
from typing import Literal

from cot_distill.evaluation.statistics import ALPHA

Verdict = Literal["holds", "does not hold", "not enough data"]
HOLDS: Verdict = "holds"
DOES_NOT_HOLD: Verdict = "does not hold"
NOT_ENOUGH: Verdict = "not enough data"
_READABLE = 60
"""So many comparisons of one claim are shown one by one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contrast:
    """Two arms, or two means over arms, on the same problems. Rates and differences are shares."""

    one: str
    other: str
    n: int
    """Test problems."""
    seeds: int
    """Training seeds an arm: the fewest of the arms that were tuned."""
    one_accuracy: float
    other_accuracy: float
    difference: float
    """The one minus the other."""
    low: float
    high: float
    """The interval of the difference at 95%."""
    p: float
    """Two-sided, of the paired t-test over problems and seeds; see `evaluation.statistics.paired`."""
    p_holm: float
    """The same, adjusted by Holm for all comparisons that are made together."""
    compared: int
    """How many these are."""
    needed: str
    """What would decide it, in words; empty where it is decided."""
    examples: tuple[int, ...]
    """On how many examples its tuned arms were trained."""
    runs: tuple[str, ...]
    """Their names, all seeds'."""
    problems_needed: int | None = None
    """How many test problems would decide it; None where it is decided, or no number would."""
    seeds_needed: int | None = None
    """How many training seeds an arm would, on these test problems; None also where one seed an arm, or other numbers
    of arms, do not tell (`seeds_told`)."""
    seeds_told: bool = False
    enough_seeds: bool = True
    """Whether each arm has as many training seeds as a verdict takes; else it shows nothing yet, whatever its p."""

    @property
    def greater(self) -> bool:
        """The one is better, beyond chance after adjustment."""
        return self.enough_seeds and self.difference > 0 and self.p_holm < ALPHA

    @property
    def less(self) -> bool:
        """The one is worse, beyond chance after adjustment."""
        return self.enough_seeds and self.difference < 0 and self.p_holm < ALPHA


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One place where a claim can be looked at: a student and a dataset, mostly."""

    where: str
    verdict: Verdict
    summary: str
    """Why, in a sentence."""
    decisive: Contrast
    """The comparison whose effect stands for the case."""
    contrasts: tuple[Contrast, ...]
    """All comparisons that decide the case."""
    needed: str
    """What would decide it, in words; empty where it is decided."""
    early: Verdict | None = None
    """What it would be, were the training seeds that are there enough; None where they are."""


@dataclasses.dataclass(frozen=True, slots=True)
class PaperNumber:
    """A number of the paper beside ours of the same cell."""

    dataset: str
    student: str | None
    """None: the paper's summary does not name it."""
    arm: str
    accuracy: float
    plus_minus: float
    """How far the recovered number may be off."""
    ours: float | None
    ours_low: float | None
    ours_high: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A claim with its verdict. Its query is NAME.sql in this package."""

    name: str
    claim: str
    verdict: Verdict
    summary: str
    effect_of: str
    """What minus what, and where; empty without an effect."""
    effect: float | None
    low: float | None
    high: float | None
    """The decisive difference and its interval at 95%, as shares."""
    needed: str
    """What would decide it: more problems, seeds or arms; empty where it is decided."""
    test: str
    """The test, in a sentence."""
    cases: tuple[Case, ...]
    paper: tuple[PaperNumber, ...]
    notes: tuple[str, ...]
    """What was left out or does not quite compare."""

    @property
    def unshown(self) -> str:
        """Where the comparisons are too many to be read, so that only those that decide each case are shown: that it is
        so, in a sentence."""
        comparisons = sum(len(case.contrasts) for case in self.cases)
        if comparisons <= _READABLE:
            return ""
        told = f"Shown is the comparison that stands for each of the {len(self.cases)} cases"
        return f"{told}, of {comparisons} comparisons; `cot-distill findings --format json` has all."
