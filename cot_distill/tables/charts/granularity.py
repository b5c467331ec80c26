"""Accuracy against granularity, a panel a student and a line a teacher, with what the student does without.

Arms without a level (thoughts, as written, mixtures, the padding control) stand beside the levels, with their length.
"""

from typing import Any

from cot_distill.supervision import in_words
from cot_distill.tables.charts.chart import GREY, PANEL, Chart, Spec, chart, panels, percent, room, told_apart
from cot_distill.tables.charts.points import as_written, groups, levelled, ordered, point, what_was_asked
from cot_distill.tables.charts.words import labels
from cot_distill.tables.findings.arms import Arm, Arms

_STEP = 66
"""How wide the place of an arm without a level is, so that its name has room."""
_LINES: dict[str, tuple[list[int], str, Spec]] = {
    "untuned": ([4, 3], "untuned", {"align": "right", "x": "width", "dx": -4}),  # at either end, lest they overlap
    "answer only": ([1, 2], "answers alone", {"align": "left", "x": 4}),
}


def draw(arms: Arms) -> list[Chart]:
    """A chart for every set of problems with arms at two granularities or more."""
    made = []
    for name, group in groups(arms):
        curves = [arm for arm in group if as_written(arm)]
        students = ordered(arm.student for arm in curves)
        if len({arm.granularity for arm in curves}) > 1:
            rows = [{**point(arm), **_at(arm)} for arm in curves]
            rows += [
                {"student": arm.student, "accuracy": arm.accuracy, "kind": arm.supervision}
                for arm in group
                if arm.student in students and arm.supervision in _LINES
            ]
            made.append(_chart(name, group, rows, curves, students))
    return made


def _at(arm: Arm) -> dict[str, Any]:
    """Where an arm stands: at its level, or beside the levels with its length."""
    if levelled(arm):
        return {"kind": "level", "place": arm.granularity}
    length = "" if arm.mean_words is None else f"{arm.mean_words:.0f} words"
    return {"kind": "beside", "place": in_words(arm.granularity), "length": length}


def _chart(name: str, group: list[Arm], rows: list[dict[str, Any]], curves: list[Arm], students: list[str]) -> Chart:
    teachers = ordered(arm.taught_by for arm in curves)
    places = sorted({str(row["place"]) for row in rows if "place" in row}, key=lambda place: (len(place) > 1, place))
    width = PANEL if all(len(place) == 1 for place in places) else max(PANEL, _STEP * len(places))
    x: Spec = {
        "field": "place",
        "type": "ordinal",
        "title": "granularity, 1 coarse to 6 fine",
        "axis": {"labelAngle": 0, **labels(places, width / len(places) - 2, 11), "labelFontSize": 11},
        "sort": places,
    }
    y = percent("accuracy", "accuracy")
    apart = told_apart("teacher", teachers, ordered(arm.taught_by for arm in group), room(len(students), width))
    level, beside = ([{"filter": f"datum.kind == '{kind}'"}] for kind in ("level", "beside"))
    taught = [{"filter": "isValid(datum.place)"}]
    interval: Spec = {**percent("low", "accuracy")}
    layers: list[Spec] = []
    for kind, (dash, label, place) in _LINES.items():
        only = [{"filter": f"datum.kind == '{kind}'"}]
        layers += [
            {"transform": only, "mark": {"type": "rule", "strokeDash": dash, "color": GREY}, "encoding": {"y": y}},
            {
                "transform": only,
                "mark": {"type": "text", "baseline": "bottom", "dy": -2, **place, "color": GREY, "fontSize": 11},
                "encoding": {"y": y, "text": {"value": label}},
            },
        ]
    layers += [
        {
            "transform": taught,
            "mark": "rule",
            "encoding": {"x": x, "y": interval, "y2": {"field": "high"}, "color": apart["color"]},
        },
        {"transform": level, "mark": "line", "encoding": {"x": x, "y": y, "color": apart["color"]}},
        {
            "transform": taught,
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {"x": x, "y": y, **apart},
        },
        {
            "transform": beside,
            "mark": {"type": "text", "baseline": "bottom", "dy": -3, "fontSize": 11, "color": GREY},
            "encoding": {"x": x, "y": {**percent("high", "accuracy")}, "text": {"field": "length"}},
        },
    ]
    by = f"teacher: {teachers[0]}" if len(teachers) == 1 else "a line a teacher"
    title = "Accuracy by granularity"
    return chart(
        f"granularity-{name}",
        title,
        f"{what_was_asked(group)}; {by}",
        _alt(group, curves),
        rows,
        panels("student", students, layers, width),
    )


def _alt(group: list[Arm], curves: list[Arm]) -> str:
    told = []
    for student in ordered(arm.student for arm in curves):
        for teacher in ordered(arm.taught_by for arm in curves if arm.student == student):
            line = sorted(
                (arm for arm in curves if (arm.student, arm.taught_by) == (student, teacher)),
                key=lambda arm: (not levelled(arm), str(arm.granularity)),
            )
            best = max(line, key=lambda arm: arm.accuracy)
            values = ", ".join(f"{arm.accuracy:.1%} {_placed(arm)}" for arm in line)
            told.append(f"{student} taught by {teacher} reaches {values}, best {_placed(best)}")
        untuned = [arm for arm in group if arm.student == student and arm.role == "untuned"]
        told += [f"untuned it has {arm.accuracy:.1%}" for arm in untuned]
    return f"Accuracy by granularity on {group[0].dataset}: {'; '.join(told)}."


def _placed(arm: Arm) -> str:
    if levelled(arm):
        return f"at level {arm.granularity}"
    length = "" if arm.mean_words is None else f" ({arm.mean_words:.0f} words)"
    return f"with {in_words(arm.granularity)}{length}" if arm.granularity else f"as written{length}"
