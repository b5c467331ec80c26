"""One comparison is one p and one interval, wherever it is shown."""

import csv
import io
import random
from typing import Any

import pytest

from cot_distill.report.headline import headlines
from cot_distill.tables.answers import Answer
from cot_distill.tables.compare import as_csv, results
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.paired import paired
from cot_distill.tables.questions import ask
from tests.tables.synthetic import Synthetic


def _places(runs: Synthetic) -> dict[tuple[int, int], set[tuple[float, ...]]]:
    """By the two arms that are compared, every (p, ...) that is shown of them, rounded; the interval where it is."""
    connection = runs.connect()
    found: dict[tuple[int, int], set[tuple[float, ...]]] = {}

    def seen(one: int, other: int, p: float) -> None:
        found.setdefault((min(one, other), max(one, other)), set()).add((round(p, 9),))

    arms = Arms(connection)
    by_runs = {arm.runs: arm for arm in arms.by_id.values()}
    [(best,)] = connection.execute("SELECT arm FROM arms WHERE place_in_field = 1").fetchall()
    for table in ("granularity", "length", "format", "teacher"):
        for row in ask(connection, table).rows:
            arm = by_runs[tuple(row["runs"])]
            others = {
                "untuned": arm.untuned_arm,
                "answer_only": next((a.arm for a in by_runs.values() if a.granularity == "0"), None),
                "best": best,
            }
            for name, other in others.items():
                if other is not None and other != arm.arm and row[f"p_{name}"] is not None:
                    seen(arm.arm, other, row[f"p_{name}"])
    for row in csv.DictReader(io.StringIO(as_csv(results(connection)))):
        arm = by_runs[tuple(row["run"].split())]
        if row["p"] and arm.untuned_arm is not None:
            assert round(arms.contrast([arm.arm], [arm.untuned_arm], "", "").p, 4) == float(row["p"])
            interval = arms.contrast([arm.arm], [arm.untuned_arm], "", "")
            assert (float(row["gain_low"]), float(row["gain_high"])) == pytest.approx(
                (interval.low, interval.high), abs=1e-4
            )
    for one in arms.by_id.values():
        for other in arms.by_id.values():
            if one.arm < other.arm and (one.arm, other.arm) in found:
                contrast = arms.contrast([one.arm], [other.arm], "", "")
                seen(one.arm, other.arm, contrast.p)
                if one.seeds == other.seeds == 1:  # `compare` and `diff` take two runs
                    runs_of = [_answers(connection, arm.arm) for arm in (one, other)]
                    told = paired(*runs_of)
                    seen(one.arm, other.arm, told.p)
                    found_interval = told.difference_low, told.difference_high
                    assert found_interval == pytest.approx((contrast.low, contrast.high))
    for headline in headlines(connection):
        for standing in headline.standings:
            behind = standing.behind
            same = [a for a in by_runs.values() if a.accuracy == standing.accuracy and a.role == standing.role]
            if behind and len(same) == 1:
                contrast = arms.contrast([same[0].arm], [best], "", "")
                assert (behind.difference, behind.low, behind.high, behind.p) == pytest.approx(
                    (contrast.difference, contrast.low, contrast.high, contrast.p)
                )
    connection.close()
    return found


def _answers(connection: Any, arm: int) -> list[Answer]:
    """The answers of an arm's only run, as the command `compare` reads them."""
    rows = connection.execute(
        "SELECT problem_id, correct FROM verdicts JOIN members USING (run_id) WHERE arm = ?", [arm]
    ).fetchall()
    asked = {"choices": None, "gold": 1}
    return [Answer({"correct": correct}, {"id": name, "question": name, **asked}) for name, correct in rows]


def test_three_seeds_that_gain_a_third_on_ten_problems_and_lose_two() -> None:
    runs = Synthetic()
    runs.untuned("0" * 10 + "11" + "0" * 88)
    # each seed is right on other problems of the ten, and none on the two
    runs.tuned(
        3,
        *(
            "".join("1" if n % 3 == seed else "0" for n in range(9)) + ("1" if seed == 0 else "0") + "0" * 90
            for seed in range(3)
        ),
    )
    (ps,) = _places(runs).values()
    assert len(ps) == 1
    (p,) = next(iter(ps))
    assert 0.5 < p < 0.6  # 10/3 - 2 of a problem in a hundred: the sign test said 0.039


@pytest.mark.parametrize("seed", range(50))
def test_random_grids_say_the_same_everywhere(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(4):
        n = draw.choice((20, 40))
        runs = Synthetic()

        def answers(skill: float, n: int = n) -> str:
            return "".join("01"[draw.random() < skill] for _ in range(n))

        runs.untuned(answers(0.2))
        for level in range(draw.randint(2, 4)):
            runs.tuned(level, *(answers(draw.uniform(0.2, 0.6)) for _ in range(draw.randint(1, 3))))
        for pair, ps in _places(runs).items():
            assert len(ps) == 1, (seed, pair, ps)


def test_the_command_compare_says_what_the_tables_say() -> None:
    rights = "1111110000" * 4, "1100001000" * 4
    runs = Synthetic()
    runs.untuned(rights[1])
    runs.tuned(3, rights[0])
    connection = runs.connect()
    (row,) = ask(connection, "granularity").rows
    arm = next(one for one in results(connection) if one["role"] == "tuned")
    one, other = (
        [
            Answer({"correct": digit == "1"}, {"id": n, "question": n, "choices": None, "gold": 1})
            for n, digit in enumerate(right)
        ]
        for right in rights
    )
    found = paired(one, other)
    assert found.p == pytest.approx(row["p_untuned"]) == pytest.approx(arm["p"])
    assert (found.difference_low, found.difference_high) == pytest.approx((arm["gain_low"], arm["gain_high"]))
