"""The answer in a few lines: the best supervision if there is one, by how much, and which may be as good."""

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cot_distill.evaluation.statistics import ALPHA
from cot_distill.report.labels import labels

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BEST, TIED, WORSE = "best", "not told apart from the best", "worse than the best"
BETTER = "better than the best that was taught"
"""A verdict that only an untuned student can have."""
_STANDINGS = """
WITH home AS (FROM arms WHERE role = 'tuned' AND trained_on = dataset),
standing AS (
    SELECT field, arm FROM home
    UNION
    SELECT field, untuned_arm FROM home WHERE untuned_arm IS NOT NULL
)
SELECT
    standing.field, arms.* EXCLUDE (field), array_to_string(runs, ' ') AS run, difference, low, high, p, p_holm,
    compared.seeds AS compared_seeds, untouched.* EXCLUDE (arm)
FROM standing
JOIN choosing USING (field)
JOIN arms USING (arm)
LEFT JOIN untouched USING (arm)
LEFT JOIN compared
    ON compared.field = standing.field AND compared.arm = arms.arm AND baseline = 'best' AND other <> arms.arm
ORDER BY standing.field, round(accuracy, 12) DESC, place_in_field
"""
_BEHIND = ("difference", "low", "high", "p", "p_holm", "compared_seeds")


@dataclasses.dataclass(frozen=True, slots=True)
class Behind:
    """An arm minus the best arm that was taught, as shares."""

    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    """p, adjusted by Holm for all arms that are compared with the best."""
    seeds: int
    """The number of training seeds: the smaller one of the two arms. The untuned student has none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Untouched:
    """The test results of an arm that was judged by dev problems. The test problems took part in no choice."""

    accuracy: float
    low: float
    high: float
    problems: int
    seeds: int


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """One arm among those of the same student, dataset and test problems. Rates are shares."""

    label: str
    role: str
    seeds: int
    accuracy: float
    low: float
    high: float
    """The interval at 95%."""
    stated: float | None
    """The share of answers that are right and explicitly stated; None: the verdicts do not say."""
    verdict: str
    """`BEST`, `TIED`, `WORSE` or `BETTER`."""
    behind: Behind | None
    """None for the best arm."""
    on_test: Untouched | None
    """None if the test problems judge the arm, or if it was not asked them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Headline:
    """The result of one student on one dataset."""

    dataset: str
    student: str
    problems: int
    split: str
    """The problems that judge: `dev` if as many arms were asked them, else `test`."""
    standings: tuple[Standing, ...]
    """All arms, the most accurate first. The untuned student is one of them."""

    @property
    def best(self) -> Standing:
        """The most accurate of the students that were taught."""
        return next(standing for standing in self.standings if standing.verdict == BEST)

    @property
    def untuned(self) -> Standing | None:
        """The untuned student, or None if it was not asked."""
        return next((standing for standing in self.standings if standing.role == "untuned"), None)

    @property
    def compares(self) -> bool:
        """Whether several arms were taught, so that one can be the best."""
        return sum(standing.role == "tuned" for standing in self.standings) > 1

    @property
    def title(self) -> str:
        """The result in one line, as certain as the data allow."""
        best, tied = self.best, self.taught(TIED)
        taught = [standing for standing in self.standings if standing.role == "tuned"]
        at, name = f"{100 * best.accuracy:.1f}%", best.label[0].upper() + best.label[1:]
        once = ", with one seed" if any(one.behind and one.behind.seeds == 1 for one in self.standings) else ""
        if self.untuned and self.untuned.verdict == BETTER:
            return f"The untuned student does better than any that was taught{once}; {best.label} is next with {at}"
        if not self.compares:
            return f"{name}: {at}"
        if not tied:
            return f"{name} did best{once}: {at}"
        others = tied[0].label if len(tied) == 1 else f"{len(tied)} others"
        rest = "" if len(tied) + 1 == len(taught) else f" of {len(taught)}"
        return f"No single best{rest}: {best.label} ({at}) and {others} are not told apart"

    @property
    def on_test(self) -> list[Standing]:
        """Arms judged by dev problems that were asked the test problems too."""
        return [standing for standing in self.standings if standing.on_test]

    def taught(self, verdict: str) -> list[Standing]:
        """The taught arms with this verdict in comparison with the best."""
        return [standing for standing in self.standings if standing.role == "tuned" and standing.verdict == verdict]


def headlines(connection: "DuckDBPyConnection") -> list[Headline]:
    """A headline for each student, dataset and set of test problems with a taught arm. Those with most arms come
    first."""
    fields: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.sql(_STANDINGS).to_arrow_table().to_pylist():
        fields[row["field"]].append(row)
    found = [_headline(rows) for rows in fields.values()]
    return sorted(found, key=lambda one: (-len(one.standings), one.dataset, one.student))


def _headline(rows: list[dict[str, Any]]) -> Headline:
    standings = tuple(_standing(row, name) for row, name in zip(rows, labels(rows), strict=True))
    return Headline(rows[0]["dataset"], rows[0]["student"], rows[0]["n"], rows[0]["split"], standings)


def _standing(row: dict[str, Any], label: str) -> Standing:
    behind = None if row["p"] is None else Behind(*(row[name] for name in _BEHIND))
    if behind is None:
        verdict = BEST
    elif behind.p_holm >= ALPHA:
        verdict = TIED
    else:
        verdict = WORSE if behind.difference < 0 else BETTER
    numbers = (row["accuracy"], row["accuracy_low"], row["accuracy_high"], row["stated_accuracy"])
    tested = ("test_accuracy", "test_accuracy_low", "test_accuracy_high", "test_n", "test_seeds")
    on_test = None if row["test_n"] is None else Untouched(*(row[name] for name in tested))
    return Standing(label, row["role"], row["seeds"], *numbers, verdict, behind, on_test)
