"""Accuracy against what an arm's supervision is like: a dot an arm, a panel a student."""

from collections.abc import Callable, Sequence
from typing import Any

from cot_distill.tables.charts.chart import Chart, Spec, chart, panels, percent, told_apart
from cot_distill.tables.charts.points import as_written, groups, ordered, point, what_was_asked
from cot_distill.tables.findings.arms import Arm, Arms


def teachers(arms: Arms) -> list[Chart]:
    """The teacher's agreement with gold against the student's accuracy, where there are several teachers.

    Teachers that are told the answer agree with it alike: labels would lie on each other.
    """
    x = {
        "field": "verified_rate",
        "type": "quantitative",
        "title": "share of rationales that state the gold answer",
        "axis": {"format": ".1%", "tickCount": 5},
        "scale": {"zero": False, "padding": 16},
    }
    return [
        _chart(
            f"teachers-{name}",
            "Teacher's accuracy against student's",
            "verified_rate",
            x,
            group,
            chosen,
            labelled=False,
        )
        for name, group in groups(arms)
        if (chosen := _with(group, "verified_rate", as_written)) and len({arm.taught_by for arm in chosen}) > 1
    ]


def length(arms: Arms) -> list[Chart]:
    """The mean words of a chain of thought against the student's accuracy, where two arms differ in it."""
    x = {
        "field": "mean_words",
        "type": "quantitative",
        "title": "mean words of a chain of thought",
        "scale": {"zero": False, "padding": 16},
    }
    return [
        _chart(f"length-{name}", "Length against accuracy", "mean_words", x, group, chosen, labelled=True)
        for name, group in groups(arms)
        if (chosen := _with(group, "mean_words", as_written)) and len({arm.mean_words for arm in chosen}) > 1
    ]


def _with(group: list[Arm], measure: str, wanted: Callable[[Arm], bool]) -> list[Arm]:
    return [arm for arm in group if wanted(arm) and getattr(arm, measure) is not None]


def _chart(
    name: str, title: str, measure: str, x: Spec, group: list[Arm], chosen: Sequence[Arm], labelled: bool
) -> Chart:
    rows: list[dict[str, Any]] = [{**point(arm), "label": arm.granularity or "as written"} for arm in chosen]
    found = ordered(arm.taught_by for arm in chosen)
    apart = told_apart("teacher", found, ordered(arm.taught_by for arm in group))
    y = percent("accuracy", "student's accuracy")
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "opacity": 0.6},
            "encoding": {
                "x": x,
                "y": percent("low", "student's accuracy"),
                "y2": {"field": "high"},
                "color": apart["color"],
            },
        },
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": {"x": x, "y": y, **apart}},
    ]
    if labelled:
        text = {"type": "text", "align": "left", "dx": 7, "dy": -5, "fontSize": 12}
        layers.append({"mark": text, "encoding": {"x": x, "y": y, "text": {"field": "label"}}})
    told = "numbers are levels" if labelled else "a dot a level"
    subtitle = f"{what_was_asked(group)}; {told}" + (f"; teacher: {found[0]}" if len(found) == 1 else "")
    return chart(
        name,
        title,
        subtitle,
        _alt(title, measure, group, chosen),
        rows,
        panels(ordered(a.student for a in chosen), layers),
    )


def _alt(title: str, measure: str, group: list[Arm], chosen: Sequence[Arm]) -> str:
    told = []
    for student in ordered(arm.student for arm in chosen):
        of_student = sorted((arm for arm in chosen if arm.student == student), key=lambda arm: getattr(arm, measure))
        told.append(
            f"{student} has " + ", ".join(f"{arm.accuracy:.1%} at {_value(arm, measure)}" for arm in of_student)
        )
    what = "agreement with gold" if measure == "verified_rate" else "mean words"
    return f"{title} on {group[0].dataset}, by {what}: {'; '.join(told)}."


def _value(arm: Arm, measure: str) -> str:
    value = getattr(arm, measure)
    return (
        f"{value:.1%} ({arm.supervision})" if measure == "verified_rate" else f"{value:.0f} words ({arm.supervision})"
    )
