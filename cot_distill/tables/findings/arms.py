"""Arms as findings compare them: what each is, and how it did problem by problem."""

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cot_distill.evaluation.statistics import wilson_over_seeds
from cot_distill.supervision import in_words
from cot_distill.tables.findings import power
from cot_distill.tables.findings.finding import Contrast

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True, slots=True)
class Arm:
    """One arm in its cell, seeds averaged."""

    cell: int
    """Arms of one cell compare: one student and setting, the same problems, the same grader."""
    asked: int
    """The same without the student."""
    role: str
    dataset: str
    student: str
    teacher: str | None
    granularity: str | None
    format: str | None
    seeds: int
    run_ids: tuple[int, ...]
    runs: tuple[str, ...]
    examples: int | None
    verified_rate: float | None
    """The share of what it teaches whose stated answer is gold."""
    mean_words: float | None
    shares: power.Values
    """The share of right answers to each problem, in the order of problem ids; shape (n,)."""
    stated_shares: power.Values | None
    """The same of answers that are right and stated in so many words; None where verdicts do not say."""
    answers: int
    """How many answers to a problem are averaged: seeds times samples."""
    seed_variance: float | None
    """How a single seed's share varies about it, mean over problems; None with one seed."""

    @property
    def accuracy(self) -> float:
        """The mean share of right answers."""
        return float(self.shares.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the accuracy at 95%, over problems."""
        return wilson_over_seeds([round(share * self.answers) for share in self.shares.tolist()], self.answers)

    @property
    def supervision(self) -> str:
        """What it was taught, in words."""
        if self.role == "untuned":
            return "untuned"
        return in_words(self.granularity) if self.teacher is None else f"{self.teacher} {in_words(self.granularity)}"


class Arms:
    """All arms of a connection, which afterwards has them as the table `arms` for the claims' queries."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection
        connection.execute((_HERE / "arms.sql").read_text(encoding="utf-8"))
        answers = {row["arm"]: row for row in self._rows((_HERE / "answers.sql").read_text(encoding="utf-8"))}
        names = [field.name for field in dataclasses.fields(Arm)]
        self.by_id: dict[int, Arm] = {}
        self.notes: list[str] = []
        for row in self._rows("SELECT * FROM arms ORDER BY arm"):
            if row["twins"] == 1:
                found = answers[row["arm"]]
                row["shares"] = np.array(found["shares"], dtype=np.float64)
                stated = found["stated_shares"]
                row["stated_shares"] = None if None in stated else np.array(stated, dtype=np.float64)
                row |= {name: found[name] for name in ("seed_variance", "answers")}
                row |= {name: tuple(row[name]) for name in ("run_ids", "runs")}
                self.by_id[row["arm"]] = Arm(**{name: row[name] for name in names})
            else:
                self.notes.append(
                    f"left out: {' '.join(row['runs'])}, since {row['dataset']}, {row['student']} has this arm "
                    f"{row['twins']} times, and more than the seed differs"
                )
        connection.execute("DELETE FROM arms WHERE twins > 1")
        for row in self._rows(
            "SELECT dataset, student, count(DISTINCT cell) AS cells FROM arms GROUP BY ALL ORDER BY ALL"
        ):
            if row["cells"] > 1:
                self.notes.append(
                    f"{row['dataset']}, {row['student']}: runs with other test problems, other params or "
                    "another version "
                    f"of the grader are judged apart, in {row['cells']} groups"
                )

    def by_statement(self) -> "Arms | None":
        """The same arms, in which only stated answers count; None where that is the same, or nobody knows."""
        if all(arm.stated_shares is None or (arm.stated_shares == arm.shares).all() for arm in self.by_id.values()):
            return None
        other = copy.copy(self)
        other.by_id = {
            number: arm if arm.stated_shares is None else dataclasses.replace(arm, shares=arm.stated_shares)
            for number, arm in self.by_id.items()
        }
        return other

    def ask(self, name: str) -> list[dict[str, Any]]:
        """The rows of the query NAME.sql over `arms`."""
        return self._rows((_HERE / f"{name}.sql").read_text(encoding="utf-8"))

    def _rows(self, query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._connection.sql(query).to_arrow_table().to_pylist()
        return rows

    def accuracy(self, arms: Sequence[int]) -> float:
        """The mean accuracy of these arms."""
        return float(np.mean([self.by_id[arm].accuracy for arm in arms]))

    def differences(self, one: Sequence[int], other: Sequence[int]) -> power.Values:
        """Problem by problem, the mean over the arms `one` minus that over `other`; they must share their problems."""
        of_one, of_other = (np.mean([self.by_id[arm].shares for arm in arms], axis=0) for arms in (one, other))
        return np.asarray(of_one - of_other)

    def contrast(self, one: Sequence[int], other: Sequence[int], one_label: str, other_label: str) -> Contrast:
        """The mean over the arms `one` against that over `other`, paired by problem; `p_holm` is still `p`."""
        differences = self.differences(one, other)
        low, high = power.interval(differences)
        tuned = [self.by_id[arm] for arm in (*one, *other) if self.by_id[arm].role == "tuned"]
        p = power.paired_p(differences)
        return Contrast(
            one=one_label,
            other=other_label,
            n=len(differences),
            seeds=min(arm.seeds for arm in tuned),
            one_accuracy=self.accuracy(one),
            other_accuracy=self.accuracy(other),
            difference=float(differences.mean()),
            low=low,
            high=high,
            p=p,
            p_holm=p,
            needed="",
            examples=tuple(sorted({arm.examples for arm in tuned if arm.examples is not None})),
        )

    def seeds_needed(self, one: Sequence[int], other: Sequence[int], alpha: float) -> tuple[bool, int | None]:
        """Whether seeds tell how many of them would do (each arm has several), and how many: None if no number does."""
        tuned = [self.by_id[arm] for arm in (*one, *other) if self.by_id[arm].role == "tuned"]
        variances = [arm.seed_variance for arm in tuned if arm.seed_variance is not None]
        seeds = {arm.seeds for arm in tuned}
        if len(variances) < len(tuned) or len(seeds) != 1:
            return False, None
        # A mean over k arms has their mean variance over k; what is not tuned has no seed.
        variance = 0.0
        for side in (one, other):
            on_side = [self.by_id[arm].seed_variance or 0.0 for arm in side]
            variance += sum(on_side) / len(on_side) ** 2
        return True, power.seeds_needed(self.differences(one, other), variance, seeds.pop(), alpha)
