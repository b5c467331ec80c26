"""A picture of runs: a Vega-Lite specification, a title and a sentence for those who cannot see it."""

import dataclasses
import re
from typing import Any
from xml.sax.saxutils import quoteattr

from cot_distill.tables.charts.words import drawable, labels, legend, lines

Spec = dict[str, Any]

PANEL = 270
"""The width of a panel, in pixels: with its axis it fits a phone."""
_AXIS, _GAP, _PAGE = 60, 20, 1180
"""The width of an axis and its title, of what is between two panels, and of the report's column."""
GREY = "#595959"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours, which colour-blind readers tell apart; each comes with a shape or a dash of its own."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 1], [1, 3], [10, 4])
_LEVELS = {
    "0": "the answer alone",
    "1": "a bare plan: what to find out, in which order",
    "2": "the key step and what comes of it",
    "3": "a paragraph, a sentence a main step",
    "4": "a paragraph, each step explained",
    "5": "a numbered list, a small step a line",
    "6": "a numbered list of the smallest steps, with a check at the end",
    "mixed": "each problem at a level of its own",
    "padded": "level 1 at the length of level 5",
    "thoughts": "what a model thought before it answered",
}
_CONFIG = {
    "background": "white",
    "font": "Helvetica, Arial, Liberation Sans, sans-serif",
    "axis": {
        "labelFontSize": 12,
        "labelFlush": False,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "#e5e5e5",
    },
    "title": {"fontSize": 15, "anchor": "start", "subtitleFontSize": 12, "subtitleColor": GREY, "offset": 12},
    "header": {"labelFontSize": 13, "titleFontSize": 12},
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "bottom",
        "labelLimit": 0,
        "symbolOpacity": 1,
    },
    "view": {"stroke": "#cccccc"},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `name` is its file's stem."""

    name: str
    title: str
    alt: str
    """What it shows, in one sentence."""
    spec: Spec
    """A whole Vega-Lite 5 specification, data included."""
    legend: tuple[tuple[str, str], ...]
    """What each level in it means."""

    def svg(self) -> str:
        """The chart as SVG, which carries `alt` as its accessible name; renders without network or browser."""
        import vl_convert

        drawn: str = vl_convert.vegalite_to_svg(self.spec, vl_version="5.20")
        return drawn.replace("<svg ", f'<svg role="img" aria-label={quoteattr(self.alt)} ', 1)

    def png(self) -> bytes:
        """The chart as PNG, two pixels a point."""
        import vl_convert

        drawn: bytes = vl_convert.vegalite_to_png(self.spec, vl_version="5.20", scale=2)
        return drawn


def chart(name: str, title: str, subtitle: str, alt: str, rows: list[dict[str, Any]], body: Spec) -> Chart:
    """A chart of `rows` whose marks are `body`, of one view or of `panels`, in the common style."""
    wide = _room(body) + _AXIS / 2  # a title begins beside the axis
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": lines(title, wide, 17), "subtitle": lines(subtitle, wide)},
        "description": alt,
        "data": {"values": rows},
        "config": _CONFIG,
        **body,
    }
    drawn = {str(row.get("granularity")) for row in rows}
    legend = tuple((level, meaning) for level, meaning in _LEVELS.items() if level in drawn)
    return Chart(re.sub(r"[^\w.-]+", "_", name), _drawable(title), _drawable(alt), _drawable(spec), legend)


def _drawable(part: Any) -> Any:
    """A part of a specification whose texts are all `drawable`."""
    if isinstance(part, str):
        return drawable(part)
    if isinstance(part, dict):
        return {_drawable(name): _drawable(value) for name, value in part.items()}
    return [_drawable(value) for value in part] if isinstance(part, list) else part


def percent(field: str, title: str) -> Spec:
    """The encoding of a share, as percent."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"format": ".0%", "tickCount": 6, "labelOverlap": "greedy"},
        "scale": {"zero": False},
    }


def told_apart(field: str, shown: list[str], everything: list[str], wide: float) -> Spec:
    """Colour and shape by one field, with one legend, which is at most so `wide`; a value looks alike wherever
    `everything` is the same."""
    ranges = {"color": cycled(PALETTE, everything), "shape": shifted(SHAPES, everything)}
    return {
        channel: {
            "field": field,
            "type": "nominal",
            "title": field,
            "legend": {"values": shown, **legend(shown, wide)} if len(shown) > 1 else None,
            "scale": {"domain": everything, "range": choices},
        }
        for channel, choices in ranges.items()
    }


def cycled(choices: tuple[Any, ...], values: list[str]) -> list[Any]:
    """A choice for each value, from the start again where there are more values."""
    return [choices[index % len(choices)] for index in range(len(values))]


def shifted(choices: tuple[Any, ...], values: list[str]) -> list[Any]:
    """The same, begun one place later in each round: beside as many `cycled` choices no two values are alike."""
    return [choices[(index + index // len(choices)) % len(choices)] for index in range(len(values))]


def panels(
    field: str, names: list[str], layers: list[Spec], width: int = PANEL, height: Any = 240, axis: int = _AXIS
) -> Spec:
    """The same layers once for each of `names`, side by side, as many in a row as a page has room for.

    `width` and `height` are a panel's; its `axis` at the left is so wide.
    """
    return {
        "facet": {
            "field": field,
            "type": "nominal",
            "title": None,
            "sort": names,
            "header": labels(names, width, 13),
        },
        "columns": min(len(names), _columns(width + axis)),
        "spec": {"width": width, "height": height, "layer": layers},
        # In a row that is not full a shared axis would stand far below its panels.
        "resolve": {"axis": {"x": "independent", "y": "independent"}},
    }


def room(panels: int, width: int = PANEL) -> float:
    """How wide a title above, or a legend below, so many panels may be, in pixels."""
    columns = min(panels, _columns(width + _AXIS))
    return columns * width + (columns - 1) * _AXIS


def _room(body: Spec) -> float:
    return room(body["columns"], body["spec"]["width"]) if "spec" in body else float(body["width"])


def _columns(width: int) -> int:
    return max(1, (_PAGE + _GAP) // (width + _GAP))
