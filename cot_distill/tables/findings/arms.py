"""Arms as findings compare them: what each is, and how it did problem by problem."""

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cot_distill.evaluation import statistics
from cot_distill.supervision import in_words
from cot_distill.tables.findings import power

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HERE = Path(__file__).parent
_ARMS = """
SELECT *, shares FROM arms JOIN (
    SELECT arm, list(share ORDER BY problem_id) AS shares,
    list(stated_share ORDER BY problem_id) AS stated_shares FROM problem_scores GROUP BY arm
) USING (arm)
WHERE role = 'untuned' OR trained_on = dataset
ORDER BY dataset, student, setting, role DESC, teacher, format, selection NULLS FIRST, granularity, arm
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Arm:
    """One arm of the table `arms`, and its scores."""

    arm: int
    field: int
    """Arms of one field compare: one student and setting, the same problems, the same grader."""
    asked: int
    """The same without the student."""
    split: str
    """Which problems it was asked: `test`, or `dev`."""
    role: str
    dataset: str
    student: str
    teacher: str | None
    granularity: str | None
    format: str | None
    selection: str | None
    """What of its `selection` is not as by default."""
    seeds: int
    runs: tuple[str, ...]
    revs: tuple[str | None, ...]
    untuned_arm: int | None
    examples: int | None
    verified_rate: float | None
    """The share of what it teaches whose stated answer is gold."""
    mean_words: float | None
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    seed_variance: float | None
    """How much single seeds' accuracies vary beyond what their problems explain; None with one seed."""
    within: float | None
    """How a single seed's share varies at a problem, mean over problems; None with one seed."""
    twins: int
    """How many arms of its field look alike; where it is more than one, more than the seed differs."""
    shares: power.Values
    """The share of right answers to each problem, in the order of problem ids; shape (n,)."""
    stated_shares: power.Values | None
    """The same of answers that are right and stated in so many words; None where verdicts do not say."""

    def by_statement(self) -> "Arm":
        """The same arm, in which only stated answers count, where verdicts say which are."""
        if self.stated_shares is None:
            return self
        return dataclasses.replace(self, shares=self.stated_shares, accuracy=float(self.stated_shares.mean()))

    @property
    def supervision(self) -> str:
        """What it was taught, in words."""
        if self.role == "untuned":
            return "untuned"
        if self.teacher is None:
            return in_words(self.granularity)
        told = f"{self.teacher} {in_words(self.granularity)}"
        return f"{told}, {self.selection}" if self.selection else told

    @property
    def as_laid_out(self) -> str:
        """The same, with its format where that is not the original one."""
        return self.supervision if self.format in (None, "original") else f"{self.supervision} {self.format}"

    @property
    def taught_by(self) -> str | None:
        """Its teacher, and what several of its rationales a problem add."""
        return f"{self.teacher}, {self.selection}" if self.teacher and self.selection else self.teacher


class Arms:
    """The arms of a connection that findings may compare, by their number; the others stand in `notes`."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection
        names = [field.name for field in dataclasses.fields(Arm)]
        self.by_id: dict[int, Arm] = {}
        self.notes: list[str] = []
        fields: dict[tuple[str, str], set[int]] = {}
        for row in self._rows(_ARMS):
            row |= {name: tuple(row[name]) for name in ("runs", "revs")}
            row["shares"], stated = np.array(row["shares"], dtype=np.float64), row["stated_shares"]
            row["stated_shares"] = None if None in stated else np.array(stated, dtype=np.float64)
            arm = Arm(**{name: row[name] for name in names})
            if arm.role == "tuned" and arm.twins > 1:
                self.notes.append(
                    f"left out: {' '.join(arm.runs)}, since {arm.dataset}, {arm.student} has this arm {arm.twins} "
                    "times, and more than the seed differs"
                )
                continue
            self.by_id[arm.arm] = arm
            if arm.role == "tuned":
                fields.setdefault((arm.dataset, arm.student), set()).add(arm.field)
        for (dataset, student), found in sorted(fields.items()):
            if len(found) > 1:
                self.notes.append(
                    f"{dataset}, {student}: runs with other test problems, other params or another version of the "
                    f"grader are judged apart, in {len(found)} groups"
                )

    def by_statement(self) -> "Arms | None":
        """The same arms, in which only stated answers count; None where that is the same, or nobody knows."""
        other = copy.copy(self)
        other.by_id = {number: arm.by_statement() for number, arm in self.by_id.items()}
        changed = any((arm.shares != other.by_id[number].shares).any() for number, arm in self.by_id.items())
        return other if changed else None

    def ask(self, name: str) -> list[dict[str, Any]]:
        """The rows of the query NAME.sql over the arms that stand here."""
        return self._rows((_HERE / f"{name}.sql").read_text(encoding="utf-8"))

    def _rows(self, query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._connection.sql(query).to_arrow_table().to_pylist()
        return rows

    def called(self, arms: Sequence[int]) -> str:
        """What these arms are called."""
        return self.by_id[arms[0]].as_laid_out if len(arms) == 1 else f"mean over {len(arms)} arms"

    def accuracy(self, arms: Sequence[int]) -> float:
        """The mean accuracy of these arms."""
        return float(np.mean([self.by_id[arm].accuracy for arm in arms]))

    def differences(self, one: Sequence[int], other: Sequence[int]) -> power.Values:
        """Problem by problem, the mean over the arms `one` minus that over `other`; they must share their problems."""
        of_one, of_other = (np.mean([self.by_id[arm].shares for arm in arms], axis=0) for arms in (one, other))
        return np.asarray(of_one - of_other)

    def seeds_needed(
        self, one: Sequence[int], other: Sequence[int], differences: power.Values, alpha: float
    ) -> tuple[bool, int | None]:
        """Whether seeds tell how many of them would do (each arm has several), and how many: None if no number does."""
        sides = [(self.by_id[arm], len(side)) for side in (one, other) for arm in side]
        tuned = [(arm, size) for arm, size in sides if arm.role == "tuned"]
        seeds = {arm.seeds for arm, _ in tuned}
        if len(seeds) != 1 or any(arm.within is None for arm, _ in tuned):
            return False, None
        count = seeds.pop()
        within = sum((arm.within or 0.0) / size**2 for arm, size in tuned)
        between = self.seed_part(one, other)[0] * count
        return True, power.seeds_needed(differences, within, between, count, alpha)

    def seed_part(self, one: Sequence[int], other: Sequence[int]) -> tuple[float, int]:
        """What the draw of seeds adds to the variance of this difference, and its degrees of freedom; 0 and 0 where no
        arm has two."""
        arms = [(self.by_id[arm], len(side)) for side in (one, other) for arm in side]
        variances = [arm.seed_variance or 0.0 for arm, _ in arms]
        seeds = [arm.seeds if arm.role == "tuned" else 0 for arm, _ in arms]
        variance, freedom = statistics.seed_part(seeds, variances, [size**-2 for _, size in arms])
        return float(variance), int(freedom)
