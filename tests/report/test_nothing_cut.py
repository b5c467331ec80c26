"""What Chromium shows is whole: no text is cut, in the page and in the files of charts, whatever things are called."""

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cot_distill.report.build import content
from cot_distill.report.headline import headlines
from cot_distill.report.page import Provenance, Race, page
from cot_distill.studies.picture import picture
from cot_distill.tables.charts import Chart, charts
from cot_distill.tables.charts.losses import CURVE
from cot_distill.tables.findings import findings
from cot_distill.tables.questions import NAMES, ask
from cot_distill.tables.sheets import sheet
from tests.report.conftest import Opened
from tests.report.study import Study
from tests.tables.synthetic import Synthetic

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]
_LONG = "qwen_2_5_math_1_5b_instruct_with_a_long_name_of_ones_own"
_STUDENTS = (_LONG, "W" * 46, "small")
_TEACHERS = ("solver", "a teacher brought from elsewhere whose name goes on and on", "m" * 50)
_PLACES = (1, 2, 3, 4, 5, 6, "mixed", "padded", "thoughts", None, "thoughts 1 : level 3 4")
_SELECTION = "up to 4 rationales a problem, all of them, matched by tokens"
_CUT = """
(whole) => {
  const wrong = [], place = (node) => node.getBoundingClientRect();
  for (const drawing of document.querySelectorAll("svg:not(.whisker)")) {
    if (!place(drawing).width) continue;
    const texts = [...drawing.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const beside = texts.filter((text) => !text.closest(".mark-text.role-mark")); // of a point: it may lie on another
    const edge = place(drawing);
    for (const text of texts) {
      const at = place(text);
      const inside = at.left >= edge.left && at.right <= edge.right && at.top >= edge.top && at.bottom <= edge.bottom;
      if (!inside || text.textContent.includes("…")) wrong.push(`cut: ${text.textContent}`);
    }
    beside.forEach((one, index) => beside.slice(index + 1).forEach((other) => {
      const [a, b] = [place(one), place(other)];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 3) wrong.push(`over each other: ${one.textContent} | ${other.textContent}`);
    }));
  }
  for (const node of document.querySelectorAll("body *")) {
    const style = getComputedStyle(node);
    if (node.closest("svg, .unseen") || style.display === "inline" || !node.clientWidth) continue;
    const wider = node.scrollWidth > node.clientWidth + 1, longer = node.scrollHeight > node.clientHeight + 1;
    const over = (wider && style.overflowX !== "visible") || (longer && style.overflowY !== "visible");
    const hinted = getComputedStyle(node, "::before").content.includes("scrolls");
    const preview = node.classList.contains("asked") && style.webkitLineClamp === "2"; // ends with an ellipsis
    if (over && !hinted && !preview) wrong.push(`no hint: ${node.tagName}.${node.className}: ${node.innerText.slice(0, 60)}`);
  }
  return wrong;
}
"""


def _right(count: int) -> str:
    return "1" * count + "0" * (20 - count)


def _drawn(root: Path) -> tuple[Any, list[Chart]]:
    """The relations of students and teachers with long names, and a chart of each kind of them."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    (root / CURVE).parent.mkdir(parents=True)
    (root / CURVE).write_text("step\tloss\n" + "".join(f"{step}\t{2 - step / 100}\n" for step in range(60)))
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "run"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    rev = subprocess.run([*git, "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True)
    runs = Synthetic()
    for student in _STUDENTS:
        shared = {"dataset": "a dataset of one's own with a long name", "student": student, "rev": rev.stdout.strip()}
        runs.untuned(_right(2), **shared)
        runs.tuned(0, _right(3), **shared)
        for teacher in _TEACHERS:
            for number, level in enumerate(_PLACES):
                told = {"mean_words": 20.0 + 30 * number, "verified_rate": 0.8 + 0.01 * number, "teacher": teacher}
                runs.tuned(level, _right(3 + number), **told, **shared)
        for form in ("rephrase_and_respond", "original"):
            runs.tuned(3, _right(9), format=form, selection=_SELECTION, **shared)
    connection = runs.connect()
    of_kinds = {chart.name.split("-")[0]: chart for chart in charts(connection, root)}
    return connection, [*of_kinds.values(), _race()]


def _race() -> Chart:
    names = ("mini-level-5", f"mini-{_LONG}-seed_100", "mini-" + "m" * 50, "mini-level-1")
    places = [
        SimpleNamespace(arm=name, accuracy=0.5 - n / 30, low=0.4 - n / 30, high=0.6 - n / 30, out=n == 3)
        for n, name in enumerate(names)
    ]
    one: Any = SimpleNamespace(places=places, rounds=[SimpleNamespace(places=places)] * 4, spent=16)
    return picture(one, "mini")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Chart]]:
    """A page of runs with long names, and its charts."""
    root = tmp_path_factory.mktemp("study")
    connection, drawn = _drawn(root)
    study = Study(40, 5, words=900)
    with connection, study.connect(tmp_path_factory.mktemp("answers")) as answers:
        provenance = Provenance("cot-distill report --experiments", "2025-01-31", ((_LONG, "c0ffee0"),), "seed")
        made = content(answers, study.fetch, root, provenance)
        header = ("arm", "seeds", "dev accuracy", "95% interval", "behind the leader", "e-value", "", "train", "answer")
        row = (_LONG, "2", "30.0%", "28.0% to 32.0%", "-2.0", "1.5", "leads", "10", "20")
        html = page(
            dataclasses.replace(
                made,
                headlines=headlines(connection)[:2],
                findings=findings(connection),
                sheets=[sheet(name, ask(connection, name), words=True) for name in NAMES if name != "beyond"],
                charts=drawn,
                races=[Race("mini", "Which level?", [f"use: {_LONG}"], header, [row], drawn[-1])],
            )
        )
    return html, drawn


def test_the_files_of_charts_are_whole(hostile: tuple[str, list[Chart]], opened: Open) -> None:
    assert {chart.name.split("-")[0] for chart in hostile[1]} == {
        "granularity",
        "formats",
        "teachers",
        "length",
        "loss",
        "race",
    }
    for chart in hostile[1]:
        shown = opened(f"<body style='margin: 0'>{chart.svg()}")
        assert (chart.name, shown.page.evaluate(_CUT)) == (chart.name, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_whole(hostile: tuple[str, list[Chart]], opened: Open, width: int, scheme: str) -> None:
    report = opened(hostile[0], viewport={"width": width, "height": 900}, color_scheme=scheme)
    report.page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    report.page.wait_for_function("document.querySelectorAll('.overflows').length > 0")
    report.page.wait_for_function("document.querySelector('#problem .text.overflows')")
    assert report.page.evaluate(_CUT) == []
    assert report.page.evaluate("document.documentElement.scrollWidth") == width
    colours = report.page.evaluate(
        "[...document.querySelectorAll('.chart text')].map((one) => getComputedStyle(one).fill)"
    )
    standings = (
        "[...document.querySelectorAll('.standings')].every((one) => one.scrollWidth <= one.parentNode.clientWidth)"
    )
    assert report.page.evaluate(standings)  # none of their columns is out of sight
    ink = report.page.evaluate("getComputedStyle(document.body).color")
    assert set(colours) == {ink}


def test_the_test_itself_sees_what_is_cut(opened: Open) -> None:
    text = '<text x="{}" y="20">four words of text</text>'
    svg = f'<svg width="100" height="40">{text.format(60)}{text.format(-20)}</svg>'
    box = '<p style="width: 3em; overflow: hidden; white-space: nowrap">more than fits here</p>'
    wrong = opened(svg + box).page.evaluate(_CUT)
    assert [one.split(":")[0] for one in wrong] == ["cut", "cut", "over each other", "no hint"]
