"""The report as Chromium shows it."""

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cot_distill.errors import UserError
from cot_distill.report import problems
from cot_distill.report.build import content
from cot_distill.report.page import Provenance, Race, page
from cot_distill.tables.questions import Table
from cot_distill.tables.sheets import sheet
from tests.report.conftest import Opened
from tests.report.study import HOSTILE, Study

Open = Callable[..., Opened]
_COLUMNS = ("student", "accuracy", "accuracy_low", "accuracy_high", "n", "p_best")
_ROWS = [
    dict(zip(_COLUMNS, values, strict=True))
    for values in (
        ("gemma", 0.25, 0.2, 0.3, 300, None),
        ("bloom", 0.09, 0.04, 0.14, 300, 0.0001),
        ("smollm", 0.3, 0.25, 0.35, 300, 0.5),
    )
]
_CHART = '<svg role="img" aria-label="drawn" width="900" height="50"><text x="5" y="20">a &lt; b</text></svg>'
_DRAWN = SimpleNamespace(
    name="g", title="Granularity", alt="Level 5 is the highest.", svg=lambda: _CHART, legend=[("5", "a numbered list")]
)
_PROVENANCE = Provenance("cot-distill report --experiments", "2025-01-31", (("run-1", "c0ffee0"),), "granularity, seed")


def _html(study: Study, folder: Path, **changes: Any) -> str:
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)  # without a curve of any run
    with study.connect(folder) as connection:
        found = content(connection, study.fetch, folder, _PROVENANCE)
    return page(dataclasses.replace(found, **changes))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the made-up study, with a table and a chart that are spelled out here."""
    sheets = [sheet("Small", Table(_COLUMNS, _ROWS, ["level 4 was not run"]))]
    return _html(Study(300, 5), tmp_path_factory.mktemp("study"), sheets=sheets, charts=[_DRAWN])


def test_a_race_is_shown_with_its_picture_and_what_it_said(tmp_path: Path) -> None:
    said = ["use: level 5", "a line & no label"]
    header = ("arm", "seeds", "dev accuracy", "95% interval", "behind the leader", "e-value", "", "train", "answer")
    row = ("level <5>", "2", "30.0%", "", "", "", "leads", "10", "20")
    html = _html(Study(4, 2), tmp_path, races=[Race("mini", "Which level?", said, header, [row], _DRAWN)])
    assert '<a href="#races">Races</a>' in html and "mini: Which level?" in html
    assert "<li><b>use:</b> level 5</li><li>a line &amp; no label</li>" in html
    assert '<th scope="row">level &lt;5&gt;</th><td class="number">2</td>' in html
    assert '<th scope="col">standing</th>' in html and html.count(_CHART) >= 1
    assert "#races" not in _html(Study(4, 2), tmp_path)


def test_dev_problems_judge_and_the_test_problems_stand_beside_them(tmp_path: Path) -> None:
    study = Study(12, 2)
    for run in study.runs:
        run["split"] = "dev"
    html = _html(study, tmp_path)
    assert "12 dev problems" in html and "On test problems, which took part in no choice" in html
    assert "<dd>not asked yet</dd>" in html


def _column(opened: Opened, number: int) -> list[str]:
    cells = opened.page.locator(f"#tables tbody tr:visible td:nth-child({number})").all_inner_texts()
    return [cell.split()[0] for cell in cells]


def test_loads_without_a_complaint_and_asks_the_network_for_nothing(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.wait_for_timeout(200)
    assert report.complaints == []
    assert [request for request in report.requests if not request.startswith("file:")] == []
    assert len(report.requests) == 1
    assert report.page.title() == "Which chains of thought teach?"


def test_the_first_screen_has_the_answer_with_its_interval(html: str, opened: Open) -> None:
    report = opened(html, viewport={"width": 1280, "height": 860})
    heading = report.page.get_by_role(
        "heading", name="No single best of 7: level 5 (28.7%) and 4 others are not told apart"
    )
    assert heading.bounding_box()["y"] < 300
    said = report.page.locator(".said").inner_text()
    assert "95% interval 23.8 to 34.0%, 1 training seed; another seed may differ" in said
    assert "+24.3 points (+18.6 to +29.8), p < 0.001 Holm < 0.001, one seed" in said
    assert "Significantly worse\nlevel 1, answer only" in said
    assert "Not told apart from the best\nlevel 3, level 4, level 6, level 2" in said


def test_a_table_sorts_by_number_and_back_and_says_so(html: str, opened: Open) -> None:
    report = opened(html)
    accuracy = report.page.get_by_role("button", name="accuracy")
    head = report.page.locator("#tables th:nth-child(2)")
    assert _column(report, 2) == ["25.0%", "9.0%", "30.0%"]
    assert head.get_attribute("aria-sort") is None
    accuracy.press("Enter")
    assert _column(report, 2) == ["9.0%", "25.0%", "30.0%"]
    assert head.get_attribute("aria-sort") == "ascending"
    accuracy.press("Enter")
    assert _column(report, 2) == ["30.0%", "25.0%", "9.0%"]
    assert head.get_attribute("aria-sort") == "descending"


def test_what_is_not_known_sorts_last_either_way(html: str, opened: Open) -> None:
    report = opened(html)
    button = report.page.get_by_role("button", name="p against best")
    button.click()
    assert _column(report, 1) == ["bloom", "smollm", "gemma"]
    button.click()
    assert _column(report, 1) == ["smollm", "bloom", "gemma"]


def test_a_table_is_filtered_by_a_labelled_field(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.get_by_label("Filter").fill("LLM 30")
    assert _column(report, 1) == ["smollm"]
    assert report.page.locator("#tables output").inner_text() == "1 of 3 rows"
    report.page.get_by_label("Filter").fill("")
    assert len(_column(report, 1)) == 3


def test_a_problem_opens_by_keyboard_with_every_answer(html: str, opened: Open) -> None:
    report = opened(html)
    first = report.page.locator("#list button").first
    first.focus()
    report.page.keyboard.press("ArrowDown")
    report.page.keyboard.press("Enter")
    assert report.page.evaluate("document.activeElement.textContent") == "svamp: svamp-test-0001"
    assert report.page.locator(".question").inner_text().startswith("Ann has 4 apples and eats 1.")
    assert report.page.locator(".gold").inner_text() == "Gold answer: 3"
    titles = report.page.locator(".cell h4").all_inner_texts()
    assert [title.split("\n")[0] for title in titles] == [
        *("untuned", "answer only", "level 1", "level 2", "level 3", "level 4", "level 5", "level 6")
    ]
    right = report.page.locator(".cell.right").first
    assert "✓ right" in right.inner_text()
    assert "The answer is 3." in right.inner_text()
    assert "read 3 by sentence" in right.inner_text()
    report.page.get_by_role("button", name="Next").press("Enter")
    assert report.page.locator("#problem h3").inner_text() == "svamp: svamp-test-0002"


def test_problems_are_found_by_words_and_by_how_students_did(html: str, opened: Open) -> None:
    report = opened(html)
    output = report.page.locator("#finder output")
    assert output.inner_text() == "300 of 300 problems"
    report.page.get_by_label("Search").fill("0299 apples")
    assert report.page.locator("#list button").count() == 1
    report.page.get_by_label("Search").fill("")
    report.page.get_by_label("Show").select_option("wrong")
    found = report.page.locator("#list button").count()
    assert 0 < found < 300
    assert report.page.locator("#list button", has_text="0/8 right").count() == found


def test_a_column_can_be_put_away(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.get_by_text("Columns", exact=True).click()
    report.page.get_by_role("checkbox", name="untuned").uncheck()
    assert report.page.locator(".cell").count() == 7
    assert report.page.locator("#list button").first.inner_text().endswith("/7 right")


def test_training_problems_show_what_each_arm_teaches(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.get_by_role("radio", name="Training problems").check()
    assert report.page.locator("#finder output").inner_text() == "5 of 5 problems"
    cells = report.page.locator(".cell").all_inner_texts()
    assert [cell.split("\n")[0] for cell in cells] == [
        *("answer only", "level 1", "level 2", "level 3", "level 4", "level 5", "level 6")
    ]
    assert "(the answer alone)" in cells[0]
    assert "Level 5: " in cells[5]
    assert "states 3" in cells[5]


def test_what_a_model_wrote_stays_text(opened: Open, tmp_path: Path) -> None:
    study = Study(2, 1)
    for verdict in study.verdicts:
        verdict["completion"] = verdict["predicted"] = HOSTILE
    for problem in study.problems:
        problem["question"] = problem["gold"] = HOSTILE
        problem["choices"] = [HOSTILE, "none of these"]
    study.runs[3]["teacher"] = study.runs[3]["run"] = HOSTILE[:200].replace("\x00", "")
    sheets = [sheet("Small", Table(_COLUMNS, [{**_ROWS[0], "student": HOSTILE}], [HOSTILE]))]
    report = opened(_html(study, tmp_path, sheets=sheets, left_out=[HOSTILE]))
    report.page.locator("#list button").first.click()
    for place in (".cell .text", ".question", ".choices li"):
        assert report.page.locator(place).first.evaluate("node => node.textContent") == HOSTILE
    assert report.page.title() == "Which chains of thought teach?"
    assert report.page.locator("img").count() == 0
    assert report.complaints == []
    assert len(report.requests) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_a_phone(html: str, opened: Open, scheme: str) -> None:
    report = opened(html, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for finding in report.page.locator(".finding summary").all():
        finding.click()
    assert report.page.evaluate("document.documentElement.scrollWidth") == 360
    assert report.page.locator("caption .narrow").first.is_visible()  # a column is not shown
    report.page.locator("#list button").nth(1).click()
    assert report.page.locator("#problem h3").bounding_box()["y"] < 370


def test_says_where_its_numbers_come_from(html: str, opened: Open) -> None:
    foot = opened(html).page.locator("footer")
    assert "Made by cot-distill report --experiments on 2025-01-31." in foot.inner_text()
    assert "Params in which these runs differ: granularity, seed." in foot.inner_text()
    foot.locator("summary").click()
    assert "run-1 c0ffee0" in foot.inner_text()


def test_one_arm_did_not_do_best(tmp_path: Path, opened: Open) -> None:
    study = Study(12, 1)
    study.runs = study.runs[:3:2]  # untuned and level 1
    report = opened(_html(study, tmp_path))
    assert report.page.locator(".headline h2").inner_text().startswith("Level 1: ")
    answer = report.page.locator("#answer").inner_text()
    assert "Not told apart" not in answer and "best" not in answer.lower()
    assert report.page.locator(".filter:visible").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_wider_or_longer_than_its_place_says_that_it_scrolls(html: str, opened: Open, width: int) -> None:
    report = opened(html, viewport={"width": width, "height": 800})
    report.page.wait_for_timeout(200)
    for region in report.page.locator(".scroll:visible").all():
        wider = region.evaluate("node => node.scrollWidth > node.clientWidth + 1")
        longer = region.evaluate("node => node.scrollHeight > node.clientHeight + 1")
        hint = region.evaluate("node => getComputedStyle(node, '::before').content")
        assert (("sideways" in hint), ("down" in hint), hint == "none") == (wider, longer, not wider and not longer)
    table = report.page.locator(".sheet .scroll").first
    table.evaluate("node => { node.style.maxHeight = '4rem'; }")
    report.page.wait_for_function("node => node.dataset.hint.includes('down')", arg=table.element_handle())
    standings = report.page.locator(".standings")
    assert standings.evaluate("node => node.scrollWidth <= node.parentElement.clientWidth")
    assert "p < 0.001" in standings.inner_text()


def test_is_read_without_script(html: str, opened: Open) -> None:
    report = opened(html, java_script_enabled=False)
    assert _column(report, 1) == ["gemma", "bloom", "smollm"]
    assert report.page.get_by_text("Opening single problems needs JavaScript.").is_visible()
    assert not report.page.locator("#finder").is_visible()


def test_the_first_tab_stop_skips_to_the_answer(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.keyboard.press("Tab")
    assert report.page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    assert report.page.locator(".skip").bounding_box()["y"] >= 0


def test_prints_every_finding_open_and_no_controls(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    report.page.emulate_media(media="print")
    assert report.page.locator(".finding:not([open])").count() == 0
    assert not report.page.locator("#finder").is_visible()
    assert not report.page.locator("header nav").is_visible()


def test_a_chart_has_its_text_in_words(html: str, opened: Open) -> None:
    report = opened(html)
    assert report.page.locator("figcaption").inner_text() == "Level 5 is the highest.\n5 a numbered list"
    assert report.page.get_by_role("img", name="drawn").is_visible()


def test_says_what_it_could_not_take(html: str, opened: Open) -> None:
    report = opened(html)
    report.page.get_by_text("1 not shown").click()
    assert report.page.get_by_text("exp-9: failed").is_visible()


def test_a_p_of_one_seed_says_so_and_decides_no_finding(html: str, opened: Open) -> None:
    report = opened(html)
    told = report.page.locator("table.standings tbody tr.tuned").nth(1).locator("td").last.inner_text()
    assert "Holm" in told and ", one seed" in told
    assert (
        "One seed: the student was trained once; p and interval cover the draw"
        in report.page.locator("#answer").inner_text()
    )
    verdicts = report.page.locator(".finding .verdict").all_inner_texts()
    assert {one.lower() for one in verdicts} == {"not enough data"}
    tuning = report.page.locator(".finding").first
    tuning.locator("summary").click()
    assert "better than untuned. That is of students trained once, which another seed may overturn." in (
        tuning.inner_text()
    )
    assert "2 training seeds an arm instead of 1" in tuning.inner_text()


def test_commands_in_what_is_told_are_code(tmp_path: Path, opened: Open) -> None:
    lost = "one: data/verdicts/tuned.parquet is not in <b>DVC's</b> cache; run `dvc exp pull origin one`"
    report = opened(_html(Study(12, 1), tmp_path, left_out=[lost], outdated=["old: run `dvc repro`"]))
    report.page.get_by_text("1 not shown").click()
    assert report.page.locator(".left-out code").inner_text() == "dvc exp pull origin one"
    assert "<b>DVC's</b> cache" in report.page.locator(".left-out li").inner_text()
    assert report.page.locator(".outdated code").inner_text() == "dvc repro"
    assert "`" not in report.page.locator("main").inner_text()


def test_real_tables_and_charts_of_a_study_are_there(opened: Open, tmp_path: Path) -> None:
    report = opened(_html(Study(300, 5), tmp_path), viewport={"width": 1280, "height": 860})
    assert report.page.locator("#tables h3").all_inner_texts() == [
        *("Granularity by student", "Length against granularity"),  # one format, one teacher, nothing asked elsewhere
        *("Best supervision of each student", "Quality of the supervision", "What could be known before training"),
    ]
    rows = report.page.locator("#rows-granularity-by-student tbody tr").all_inner_texts()
    assert len(rows) == 7
    assert "level 5\t100\t28.7% 23.8% to 34.0%" in rows[5]
    common = report.page.locator(".sheet", has=report.page.locator("#rows-granularity-by-student")).locator(".common")
    assert "student small; n 300; seeds 1; untuned 4.3%" in common.inner_text()
    assert "reaches 15.7% at level 1" in report.page.locator("figcaption").first.inner_text()
    assert report.page.locator("figure svg[role=img][aria-label]").count() == report.page.locator("figure").count() > 0
    assert report.complaints == []


def test_a_study_larger_than_the_budget_shows_every_nth_problem_and_says_so(opened: Open, tmp_path: Path) -> None:
    study = Study(90, 1)
    with study.connect(tmp_path) as connection:
        whole = len(json.dumps(problems.answers(connection, study.fetch)[0]))
        shelf, notes = problems.answers(connection, study.fetch, budget=whole // 2)
    assert notes == []
    assert shelf["total"] == 90
    shown = [problem["id"] for problem in shelf["problems"]]
    assert shown[0] == "svamp-test-0000"
    assert 20 <= len(shown) <= 45
    report = opened(_html(study, tmp_path, test=shelf))
    assert "(of 90; the file would be too large with all)" in report.page.locator("#finder output").inner_text()


def test_names_that_tie_are_told_apart_and_what_is_missing_is_said(tmp_path: Path) -> None:
    study = Study(3, 1)
    study.runs[7]["granularity"] = "5"

    def nothing(run: Any, out: str) -> list[dict[str, Any]]:
        raise UserError(f"no {out} here")

    with study.connect(tmp_path) as connection:
        shelf, notes = problems.answers(connection, nothing)
    assert shelf["columns"][-2:] == ["level 5 (run-6)", "level 5 (run-7)"]
    assert notes == ["data/problems/test.parquet is not shown: no data/problems/test.parquet here"]
    assert shelf["texts"][shelf["problems"][0]["question"]] == "(the question is not at hand)"
    assert shelf["problems"][0]["gold"] == "3"


def test_transfer_shows_the_problems_that_were_asked_there(tmp_path: Path) -> None:
    study = Study(3, 1)
    study.runs[7] |= {"trained_on": "gsm8k", "test_set": "u"}

    def fetch(run: Any, out: str) -> list[dict[str, Any]]:
        rows = study.fetch(run, "data/problems/test.parquet")
        return [{**row, "question": out} for row in rows]

    with study.connect(tmp_path) as connection:
        shelf, _ = problems.answers(connection, fetch)
    asked = {shelf["texts"][problem["question"]] for problem in shelf["problems"]}
    assert asked == {"data/problems/test.parquet", "data/elsewhere/svamp.parquet"}
    assert shelf["total"] == 6
