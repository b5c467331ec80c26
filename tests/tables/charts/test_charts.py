"""Charts of runs that are spelled out: what is drawn, what is said of it, and that it can be drawn."""

import subprocess
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from cot_distill.tables.charts import Chart, charts
from cot_distill.tables.charts.chart import told_apart
from cot_distill.tables.charts.losses import CURVE, curves
from cot_distill.tables.charts.words import lines
from tests.tables.synthetic import Synthetic


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that Git knows, without a commit."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def _right(count: int) -> str:
    return "1" * count + "0" * (20 - count)


def _runs() -> Synthetic:
    runs = Synthetic()
    runs.untuned(_right(2))
    runs.tuned(0, _right(4))
    for level, count in ((1, 8), (3, 12)):
        runs.tuned(level, _right(count), _right(count - 2), mean_words=20.0 + 10 * level)
    runs.tuned(3, _right(10), format="symbolic")
    runs.tuned(3, _right(6), teacher="other", verified_rate=0.8, mean_words=45.0)
    return runs


def _charts(runs: Synthetic, root: Path) -> dict[str, Chart]:
    return {chart.name: chart for chart in charts(runs.connect(), root)}


def test_without_runs_there_is_no_chart(repository: Path) -> None:
    assert charts(Synthetic().connect(), repository) == []


def test_every_chart_is_there_and_says_what_it_shows(repository: Path) -> None:
    made = _charts(_runs(), repository)
    assert {name: chart.alt for name, chart in made.items()} == {
        "granularity-svamp": "Accuracy by granularity on svamp: small taught by other reaches 30.0% at level 3, best at level 3; small taught by solver reaches 35.0% at level 1, 55.0% at level 3, best at level 3; untuned it has 10.0%.",
        "formats-svamp": "Accuracy by format on svamp: small, solver level 3 runs from 50.0% in symbolic to 55.0% in original over 2 formats.",
        "teachers-svamp": "Teacher's accuracy against student's on svamp, by agreement with gold: small has 30.0% at 80.0% (other level 3), 35.0% at 100.0% (solver level 1), 55.0% at 100.0% (solver level 3).",
        "length-svamp": "Length against accuracy on svamp, by mean words: small has 35.0% at 30 words (solver level 1), 30.0% at 45 words (other level 3), 55.0% at 50 words (solver level 3).",
    }


def test_a_label_that_no_svg_may_hold_is_drawn_all_the_same(repository: Path) -> None:
    runs = _runs()
    runs.tuned(3, _right(9), teacher="bad\x00\x0bname")
    drawn = _charts(runs, repository)["granularity-svamp"].svg()
    assert "bad\ufffd\ufffdname" in "".join(fromstring(drawn).itertext())


def test_a_curve_has_its_intervals_and_what_the_student_does_without(repository: Path) -> None:
    rows = _charts(_runs(), repository)["granularity-svamp"].spec["data"]["values"]
    drawn = [(row["kind"], row.get("granularity"), round(row["accuracy"], 3)) for row in rows]
    assert drawn == [
        ("level", "3", 0.3),
        ("level", "1", 0.35),
        ("level", "3", 0.55),
        ("untuned", None, 0.1),
        ("answer only", None, 0.2),
    ]
    # Wilson's interval of 6 of 20
    assert (rows[0]["low"], rows[0]["high"]) == pytest.approx((0.145473, 0.518973), abs=1e-5)


def test_svg_and_png_are_drawn_and_the_svg_is_named_for_those_who_cannot_see_it(repository: Path) -> None:
    runs = Synthetic()
    for level in (1, 2):
        runs.tuned(level, _right(4 * level), student='<"small">')
    chart = _charts(runs, repository)["granularity-svamp"]
    drawn = fromstring(chart.svg())
    assert (drawn.get("role"), drawn.get("aria-label")) == ("img", chart.alt)
    assert chart.alt.startswith('Accuracy by granularity on svamp: <"small"> taught by solver reaches 20.0% at level 1')
    assert "Accuracy by granularity" in {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert chart.png().startswith(b"\x89PNG")


def test_students_who_were_asked_other_problems_stand_in_charts_of_their_own(repository: Path) -> None:
    runs = _runs()
    for level in (1, 2):
        runs.tuned(level, _right(9)[:10], student="big")
    made = _charts(runs, repository)
    shown = {
        name: {row["student"] for row in chart.spec["data"]["values"]}
        for name, chart in made.items()
        if name.startswith("granularity")
    }
    assert sorted(shown) == ["granularity-svamp", "granularity-svamp-2"]
    assert sorted(shown.values(), key=str) == [{"big"}, {"small"}]


def _committed(root: Path, curve: str) -> str:
    (root / CURVE).parent.mkdir(parents=True, exist_ok=True)
    (root / CURVE).write_text(curve)
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["add", "--all"], [*who, "commit", "--quiet", "--message", "run"], ["rev-parse", "HEAD"]):
        done = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_loss_curves_are_read_from_the_commits_of_the_runs(repository: Path) -> None:
    revisions = [_committed(repository, f"step\tloss\n1\t2.5\n2\t{end}\n") for end in (2.0, 1.5)]
    runs = Synthetic()
    runs.tuned(0, _right(4), rev=revisions[0])
    runs.tuned(1, _right(8), rev=revisions[1])
    runs.tuned(2, _right(8), rev="0" * 40)
    chart = _charts(runs, repository)["loss-svamp-small-solver-original"]
    assert (
        chart.alt
        == "Training loss of small on svamp, solver, original: ends with answer only at 2.25, level 1 at 2.00."
    )
    assert " id=" not in chart.svg()  # several charts may stand in one page
    assert [(row["arm"], row["step"], row["loss"]) for row in chart.spec["data"]["values"]] == [
        *(("answer only", 1, 2.5), ("answer only", 2, 2.0), ("level 1", 1, 2.5), ("level 1", 2, 1.5))
    ]


def test_the_workspaces_curve_is_its_file_and_a_foreign_file_is_no_curve(repository: Path) -> None:
    foreign: Any = _committed(repository, "other\tthing\n1\t2\n")
    (repository / CURVE).write_text("step\tloss\n5\t0.5\n")
    assert curves(repository, {None, foreign, "1" * 40}) == {None: [(5, 0.5)]}


def test_words_are_broken_at_spaces_then_at_marks_then_within() -> None:
    assert lines("a few words", 45) == ["a few", "words"]  # six letters of 12 pixels are 46.08 at most
    assert lines("qwen3_0_6b", 51) == ["qwen3_", "0_6b"]
    assert lines("qwen3/0.6b x", 51) == ["qwen3/", "0.6b x"]
    assert lines("abcdefghi", 47) == ["abcdef", "ghi"]
    assert lines("WWWW", 36) == ["WWW", "W"]
    assert lines("国語国語", 24) == ["国語", "国語"]
    assert lines("  two\n lines ", 1000) == ["two lines"]
    assert lines("", 10) == [""]


def test_no_two_of_many_teachers_look_alike() -> None:
    names = [f"teacher-{number}" for number in range(40)]
    apart = told_apart("teacher", names, names, 600)
    looks = {*zip(apart["color"]["scale"]["range"], apart["shape"]["scale"]["range"], strict=True)}
    assert len(looks) == 40
