"""One comparison is one p and one interval, wherever it is shown."""

import csv
import io
import random
from html import unescape
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cot_distill.diff.accuracy import METRIC, Accuracy
from cot_distill.diff.accuracy import compare as accuracies
from cot_distill.diff.difference import Difference
from cot_distill.diff.gate import Gate
from cot_distill.diff.page import page
from cot_distill.diff.sides import Side
from cot_distill.report.headline import headlines
from cot_distill.report.page import Content, Provenance
from cot_distill.report.page import page as report
from cot_distill.tables import layout
from cot_distill.tables.answers import Answer
from cot_distill.tables.charts import charts
from cot_distill.tables.compare import as_csv, results
from cot_distill.tables.findings import Contrast, findings
from cot_distill.tables.findings.arms import Arm, Arms
from cot_distill.tables.findings.comparing import compare
from cot_distill.tables.findings.deciding import LEAST_SEEDS
from cot_distill.tables.paired import in_words, paired
from cot_distill.tables.questions import ask
from tests.tables.synthetic import Synthetic

_COMPARED = """
SELECT arm, other, p, low, high FROM compared WHERE arm <> other
UNION ALL
SELECT arm, untuned_arm, p_untuned, gain_low, gain_high FROM arms WHERE p_untuned IS NOT NULL
"""
Seen = dict[tuple[int, int], set[tuple[float, ...]]]
"""By two arms, the p, and the interval as -high, -low where the other way round, that places show; rounded."""


def _places(runs: Synthetic) -> tuple[Seen, set[str]]:
    """What is shown of every two arms, and in which places; every accuracy's interval is looked at on the way."""
    connection = runs.connect()
    found: Seen = {}
    places: set[str] = set()
    arms = Arms(connection)
    by_runs = {arm.runs: arm for arm in arms.by_id.values()}
    [(best,)] = connection.execute("SELECT arm FROM arms WHERE place_in_field = 1").fetchall()

    def seen(place: str, one: int, other: int, p: float, *interval: float) -> None:
        places.add(place)
        low, high = interval if one < other else (-interval[1], -interval[0])
        found.setdefault((min(one, other), max(one, other)), set()).add(tuple(round(v, 4) for v in (p, low, high)))

    def contrast(one: int, other: int) -> Contrast:
        row = {"one": [one], "other": [other], "one_label": None, "other_label": None}
        return compare(arms, [row], LEAST_SEEDS)[0].contrast

    for table in ("granularity", "length", "format", "teacher"):  # they show a p without an interval
        for row in ask(connection, table).rows:
            arm = by_runs[tuple(row["runs"])]
            assert (row["accuracy_low"], row["accuracy_high"]) == (arm.accuracy_low, arm.accuracy_high)
            answers = next((a.arm for a in by_runs.values() if a.granularity == "0"), None)
            for name, other in {"untuned": arm.untuned_arm, "answer_only": answers, "best": best}.items():
                if other is not None and other != arm.arm and row[f"p_{name}"] is not None:
                    beside = contrast(arm.arm, other)
                    assert row[f"p_{name}"] == pytest.approx(beside.p)
                    seen("tables", arm.arm, other, row[f"p_{name}"], beside.low, beside.high)
    for one, other, *numbers in connection.execute(_COMPARED).fetchall():  # what `query` may ask
        seen("query", one, other, *numbers)
    for row in csv.DictReader(io.StringIO(as_csv(results(connection)))):
        arm = by_runs[tuple(row["run"].split())]
        if row["p"] and arm.untuned_arm is not None:
            numbers = (float(row[name]) for name in ("p", "gain_low", "gain_high"))
            seen("results", arm.arm, arm.untuned_arm, *numbers)
    for finding in findings(connection):
        for one in [one for case in finding.cases for one in case.contrasts]:
            if one.one.startswith("mean"):
                continue
            sides = [next((a for a in by_runs.values() if _is(a, label)), None) for label in (one.one, one.other)]
            if None not in sides:
                seen("findings", sides[0].arm, sides[1].arm, one.p, one.low, one.high)
    for headline in headlines(connection):
        for standing in headline.standings:
            same = [a for a in by_runs.values() if a.accuracy == standing.accuracy and a.role == standing.role]
            if (behind := standing.behind) and len(same) == 1:
                assert (standing.low, standing.high) == (same[0].accuracy_low, same[0].accuracy_high)
                seen("report", same[0].arm, best, behind.p, behind.low, behind.high)
    for drawn in charts(connection):
        for point in (one for one in drawn.spec["data"]["values"] if "low" in one):
            intervals = {(arm.accuracy, arm.accuracy_low, arm.accuracy_high) for arm in arms.by_id.values()}
            assert (point["accuracy"], point["low"], point["high"]) in intervals
            places.add("charts")
    for one, other in [*found]:
        if arms.by_id[one].seeds == arms.by_id[other].seeds == 1:  # `compare` and `diff` take two runs
            held = {str(arm): _answers(connection, arm) for arm in (one, other)}
            told = paired(held[str(one)], held[str(other)])
            seen("compare", one, other, told.p, told.difference_low, told.difference_high)
            shown = _diff(held, str(other), str(one))
            seen("diff", one, other, shown.p, *shown.difference_interval)
            for page in (in_words(told, "one", "other"), page_of(shown)):
                assert f"p {layout.p_value(told.p)}, one seed" in page
                assert f"{layout.points(told.difference_low)} to {layout.points(told.difference_high)}" in page
    connection.close()
    return found, places


def _in_page(connection: Any) -> None:
    """The HTML of the report writes each p and interval of its headline as it is."""
    provenance, empty = Provenance("", "", (), ""), dict[str, Any]()
    made = Content(headlines(connection), findings(connection), [], [], empty, empty, [], [], provenance)
    html = unescape(report(made))
    rows = [row for row in html.split("<tr") if "tested" in row and "</tr>" in row]
    behind = [one.behind for headline in made.headlines for one in headline.standings if one.behind]
    assert len(rows) == len(behind)
    for row, one in zip(rows, behind, strict=True):
        low, high = (layout.points(end).replace("-", "−") for end in (one.low, one.high))
        assert f">{low} to {high}<" in row and f">p {layout.p_value(one.p)} <" in row
        assert f"Holm {layout.p_value(one.p_holm)}{', one seed' if one.seeds == 1 else ''}<" in row
    for contrast in [one for found in made.findings for case in found.cases for one in case.contrasts]:
        low, high = (layout.points(end).replace("-", "−") for end in (contrast.low, contrast.high))
        assert f"{low} to {high}</span></td><td>p {layout.p_value(contrast.p)} <" in html


def _is(arm: Arm, label: str) -> bool:
    """Whether a finding calls the arm so."""
    called = {arm.as_laid_out, f"level {arm.granularity}"} if arm.role == "tuned" else {"untuned"}
    return label in called or (label == "taught answers alone" and arm.granularity == "0")


def _diff(held: dict[str, list[Answer]], base: str, head: str) -> Accuracy:
    """What `diff` makes of the verdicts of two revisions."""
    with mock.patch("cot_distill.diff.accuracy.answers", lambda _, rev: held[rev]):
        sides = [Side(rev, Path(), rev) for rev in (base, head)]
        accuracy, notes = accuracies(*sides, {METRIC: 0.0}, {METRIC: 0.0})
    assert accuracy and not notes
    return accuracy


def page_of(accuracy: Accuracy) -> str:
    """The comment of a pull request."""
    return page([Difference("Committed", [], 0, [], [], accuracy, [])], [], Gate(0.02, 0.1))


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
    ((shown,),) = _places(runs)[0].values()
    assert 0.5 < shown[0] < 0.6  # 10/3 - 2 of a problem in a hundred: the sign test said 0.039


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 50))])
def test_random_grids_say_the_same_everywhere(seed: int) -> None:
    draw, places = random.Random(seed), set[str]()
    for most_seeds in (1, 3, 3, 3):
        n = draw.choice((20, 40))
        runs = Synthetic()

        def answers(skill: float, n: int = n) -> str:
            return "".join("01"[draw.random() < skill] for _ in range(n))

        runs.untuned(answers(0.2))
        for level in range(draw.randint(3, 4)):
            runs.tuned(level, *(answers(draw.uniform(0.2, 0.6)) for _ in range(draw.randint(1, most_seeds))))
        found, shown = _places(runs)
        places |= shown
        for pair, told in found.items():
            assert len(told) == 1, (seed, pair, told)
    with runs.connect() as connection:
        _in_page(connection)  # of the last grid: a page takes its time
    assert places == {"query", "tables", "results", "findings", "report", "charts", "compare", "diff"}


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
