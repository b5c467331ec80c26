"""Training loss against the step, a chart a student, dataset, teacher and format, a line a granularity."""

from pathlib import Path
from typing import Any

from cot_distill.supervision import in_words
from cot_distill.tables.charts.chart import DASHES, PALETTE, Chart, Spec, chart, cycled, shifted
from cot_distill.tables.charts.points import groups
from cot_distill.tables.charts.words import legend
from cot_distill.tables.findings.arms import Arm, Arms
from cot_distill.tables.revisions import Revision, texts
from cot_distill.tables.runs import WORKSPACE

CURVE = "metrics/training/plots/metrics/loss.tsv"
"""Where a run's curve lies, in git."""
_WIDTH = 560
_HALF_WINDOW = 10
"""The line is the mean over a point and so many on either side."""

Points = list[tuple[int, float]]


def draw(arms: Arms, root: Path) -> list[Chart]:
    """The charts of all arms whose first seed's curve is in the repository at `root`."""
    found = curves(root, {arm.revs[0] for arm in arms.by_id.values() if arm.role == "tuned"})
    made = []
    for name, group in groups(arms):
        by_chart: dict[tuple[str, str, str], list[tuple[Arm, Points]]] = {}
        for arm in group:
            points = found.get(arm.revs[0], [])
            if arm.role == "tuned" and points:
                by_chart.setdefault((arm.student, arm.taught_by or "", arm.format or ""), []).append((arm, points))
        for (student, teacher, layout), drawn in by_chart.items():
            if teacher:  # the arm with answers alone has none: it stands beside every teacher's levels
                stem = f"loss-{name}-{student}-{teacher}-{layout}"
                made.append(_chart(stem, [*by_chart.get((student, "", ""), []), *drawn], teacher, layout))
    return made


def curves(root: Path, revisions: set[str | None]) -> dict[str | None, Points]:
    """(step, loss) of the run at each git revision, None for the working folder's; without those that have no curve."""
    named = [Revision(revision or WORKSPACE, "", revision) for revision in sorted(revisions, key=str)]
    held = zip(named, texts(root, named, (CURVE,)), strict=True)
    return {revision.rev: points for revision, files in held if (points := _points(files.get(CURVE, "")))}


def _points(text: str) -> Points:
    head, *rows = (line.split("\t") for line in text.splitlines() or [""])
    return [(int(step), float(loss)) for step, loss in rows] if head == ["step", "loss"] else []


def _chart(name: str, drawn: list[tuple[Arm, Points]], teacher: str, layout: str) -> Chart:
    first = drawn[0][0]
    names = list(dict.fromkeys(in_words(arm.granularity) for arm, _ in drawn))
    rows: list[dict[str, Any]] = [
        {"arm": in_words(arm.granularity), "granularity": arm.granularity, "step": step, "loss": loss}
        for arm, points in drawn
        for step, loss in points
    ]
    shown: Spec = {"field": "arm", "type": "nominal", "title": None, "sort": names, "legend": legend(names, _WIDTH)}
    body: Spec = {
        "width": _WIDTH,
        "height": 300,
        "transform": [
            {
                "window": [{"op": "mean", "field": "loss", "as": "smooth"}],
                "frame": [-_HALF_WINDOW, _HALF_WINDOW],
                "groupby": ["arm"],
                "sort": [{"field": "step"}],
            }
        ],
        "mark": "line",
        "encoding": {
            "x": {"field": "step", "type": "quantitative", "title": "optimiser step", "axis": {"tickCount": 8}},
            "y": {"field": "smooth", "type": "quantitative", "title": "training loss", "scale": {"zero": False}},
            "color": {**shown, "scale": {"domain": names, "range": cycled(PALETTE, names)}},
            "strokeDash": {**shown, "scale": {"domain": names, "range": shifted(DASHES, names)}},
        },
    }
    ends = ", ".join(f"{in_words(arm.granularity)} at {_end(points):.2f}" for arm, points in drawn)
    alt = (
        f"Training loss of {first.student} on {first.dataset}, {teacher}, {layout.replace('_', ' ')}: ends with {ends}."
    )
    where = f"{first.student} on {first.dataset}; {teacher}, {layout.replace('_', ' ')}"
    subtitle = f"{where}; mean over {2 * _HALF_WINDOW + 1} points"
    return chart(name, "Training loss", subtitle, alt, rows, body)


def _end(points: Points) -> float:
    last = [loss for _, loss in points[-_HALF_WINDOW - 1 :]]
    return sum(last) / len(last)
