"""How far the formats lie apart: a dot a format with its interval, a panel a student, teacher and level."""

from cot_distill.tables.charts.chart import PALETTE, Chart, Spec, chart, panels, percent
from cot_distill.tables.charts.points import groups, point, what_was_asked
from cot_distill.tables.charts.words import beside
from cot_distill.tables.findings.arms import Arm, Arms

_WIDTH = 200


def draw(arms: Arms) -> list[Chart]:
    """A chart for every set of problems on which a student was taught one level in two formats or more."""
    made = []
    for name, group in groups(arms):
        by_panel: dict[str, list[Arm]] = {}
        for arm in group:
            if arm.teacher is not None:
                by_panel.setdefault(f"{arm.student}, {arm.supervision}", []).append(arm)
        several = {panel: taught for panel, taught in sorted(by_panel.items()) if len(taught) > 1}
        if not several:
            continue
        rows = [{**point(arm), "panel": panel} for panel, taught in several.items() for arm in taught]
        axis, height = beside([row["format"] for row in rows])
        y: Spec = {"field": "format", "type": "nominal", "title": None, "axis": axis}
        layers: list[Spec] = [
            {
                "mark": {"type": "rule", "color": PALETTE[0]},
                "encoding": {"y": y, "x": percent("low", "accuracy"), "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "color": PALETTE[0]},
                "encoding": {"y": y, "x": percent("accuracy", "accuracy")},
            },
        ]
        body = panels("panel", [*several], layers, _WIDTH, height, axis["minExtent"])
        title = "Accuracy by format"
        made.append(chart(f"formats-{name}", title, what_was_asked(group), _alt(group, several), rows, body))
    return made


def _alt(group: list[Arm], several: dict[str, list[Arm]]) -> str:
    told = []
    for panel, taught in several.items():
        best, worst = max(taught, key=lambda arm: arm.accuracy), min(taught, key=lambda arm: arm.accuracy)
        told.append(
            f"{panel} runs from {worst.accuracy:.1%} in {_named(worst)} to {best.accuracy:.1%} in {_named(best)} "
            f"over {len(taught)} formats"
        )
    return f"Accuracy by format on {group[0].dataset}: {'; '.join(told)}."


def _named(arm: Arm) -> str:
    return (arm.format or "").replace("_", " ")
