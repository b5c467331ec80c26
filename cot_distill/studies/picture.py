"""Draws a race: arms by rounds, with intervals."""

from cot_distill.studies.race.race import Race
from cot_distill.tables.charts.chart import GREY, PALETTE, Chart, Spec, chart, panels, percent
from cot_distill.tables.charts.words import beside, legend

_WIDTH = 220
_STATES = ("leads", "in the race", "out")


def picture(race: Race, study: str) -> Chart:
    """A panel for each round: every arm's accuracy on dev problems with its interval at 95%, the leader, and the arms
    that are out."""
    called = {place.arm: place.arm.removeprefix(f"{study}-") for place in race.places}
    rows = [
        {
            "round": f"round {number}",
            "arm": called[place.arm],
            "accuracy": place.accuracy,
            "low": place.low,
            "high": place.high,
            "state": _STATES[0] if place is one.places[0] else _STATES[2] if place.out else _STATES[1],
        }
        for number, one in enumerate(race.rounds, start=1)
        for place in one.places
    ]
    axis, height = beside([*called.values()])
    arms = {
        "field": "arm",
        "type": "nominal",
        "title": None,
        "sort": list(called.values()),
        "axis": axis,
    }
    colour = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "legend": legend(_STATES, _WIDTH),
        "scale": {"domain": list(_STATES), "range": [PALETTE[1], PALETTE[0], GREY]},
    }
    shape = {**colour, "scale": {"domain": list(_STATES), "range": ["diamond", "circle", "cross"]}}
    ends = {"x": {**percent("low", "accuracy on dev problems"), "scale": {"zero": True}}, "x2": {"field": "high"}}
    layers: list[Spec] = [
        {"mark": "rule", "encoding": {"y": arms, **ends, "color": colour}},
        {
            "mark": {"type": "point", "filled": True, "size": 70},
            "encoding": {"y": arms, "x": percent("accuracy", ""), "color": colour, "shape": shape},
        },
    ]
    body = panels(
        "round", list(dict.fromkeys(str(row["round"]) for row in rows)), layers, _WIDTH, height, axis["minExtent"]
    )
    leader, out = race.places[0], sum(place.out for place in race.places)
    subtitle = f"{race.spent} trainings; accuracy with 95% intervals; {out} of {len(race.places)} arms are out"
    alt = f"{study}: after {len(race.rounds)} rounds {leader.arm} leads with {leader.accuracy:.1%}, {out} arms are out."
    return chart(f"race-{study}", f"The race of {study}", subtitle, alt, rows, body)
