"""Accuracy against what an arm's supervision is like: a dot an arm, a panel a student."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from cot_distill.tables.charts.chart import PANEL, Chart, Spec, chart, panels, percent, room, told_apart
from cot_distill.tables.charts.points import as_written, groups, ordered, point, what_was_asked
from cot_distill.tables.charts.words import lines
from cot_distill.tables.findings.arms import Arm, Arms


@dataclasses.dataclass(frozen=True, slots=True)
class _Against:
    """What accuracy is drawn against."""

    name: str
    title: str
    measure: str
    """A field of arms, of which those without it are left out."""
    differs: str
    """What must differ between two arms."""
    axis: Spec
    words: str
    """What it measures, and how a value is written."""
    value: str
    labelled: bool
    """Whether each dot says its level."""


_TEACHERS = _Against(
    name="teachers",
    title="Teacher's accuracy against student's",
    measure="verified_rate",
    differs="taught_by",
    axis={"title": "share of rationales that state the gold answer", "axis": {"format": ".1%", "tickCount": 5}},
    words="agreement with gold",
    value="{:.1%}",
    labelled=False,  # teachers that are told the answer agree with it alike: labels would lie on each other
)
_LENGTH = _Against(
    name="length",
    title="Length against accuracy",
    measure="mean_words",
    differs="mean_words",
    axis={"title": "mean words of a chain of thought"},
    words="mean words",
    value="{:.0f} words",
    labelled=True,
)


def draw(arms: Arms) -> list[Chart]:
    """A chart of each kind for every set of problems on which two arms differ in what it is about."""
    made = []
    for against in (_TEACHERS, _LENGTH):
        for name, group in groups(arms):
            chosen = [arm for arm in group if as_written(arm) and getattr(arm, against.measure) is not None]
            if len({getattr(arm, against.differs) for arm in chosen}) > 1:
                made.append(_chart(against, f"{against.name}-{name}", group, chosen))
    return made


def _chart(against: _Against, name: str, group: list[Arm], chosen: Sequence[Arm]) -> Chart:
    rows: list[dict[str, Any]] = [
        {**point(arm), "label": "\n".join(lines(arm.granularity or "as written", PANEL / 2 - 20))} for arm in chosen
    ]
    found, students = (ordered(getattr(arm, of) for arm in chosen) for of in ("taught_by", "student"))
    apart = told_apart("teacher", found, ordered(arm.taught_by for arm in group), room(len(students)))
    scale = {"scale": {"zero": False, "nice": False, "padding": 16}}
    x: Spec = {"field": against.measure, "type": "quantitative", **scale, **against.axis}
    y, low = percent("accuracy", "student's accuracy"), percent("low", "student's accuracy")
    bar = {"x": x, "y": low, "y2": {"field": "high"}, "color": apart["color"]}
    layers: list[Spec] = [
        {"mark": {"type": "rule", "opacity": 0.6}, "encoding": bar},
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": {"x": x, "y": y, **apart}},
    ]
    if against.labelled:
        middle = sum(getattr(arm, against.measure) for arm in chosen) / len(chosen)
        for side, align, dx in (("<=", "left", 7), (">", "right", -7)):  # towards the middle there is room
            text = {"type": "text", "align": align, "dx": dx, "dy": -5, "fontSize": 12, "lineBreak": "\n"}
            only = [{"filter": f"datum.{against.measure} {side} {middle}"}]
            layers.append({"transform": only, "mark": text, "encoding": {"x": x, "y": y, "text": {"field": "label"}}})
    told = "numbers are levels" if against.labelled else "a dot a level"
    subtitle = f"{what_was_asked(group)}; {told}" + (f"; teacher: {found[0]}" if len(found) == 1 else "")
    alt = _alt(against, students, chosen)
    return chart(name, against.title, subtitle, alt, rows, panels("student", students, layers))


def _alt(against: _Against, students: list[str], chosen: Sequence[Arm]) -> str:
    told = []
    for student in students:
        of_student = [(getattr(arm, against.measure), arm) for arm in chosen if arm.student == student]
        of_student.sort(key=lambda one: float(one[0]))
        at = [f"{arm.accuracy:.1%} at {against.value.format(x)} ({arm.supervision})" for x, arm in of_student]
        told.append(f"{student} has {', '.join(at)}")
    return f"{against.title} on {chosen[0].dataset}, by {against.words}: {'; '.join(told)}."
