"""Words in a chart, broken into lines that fit their place.

Whoever opens an SVG has other fonts than those by which it was laid out, so that widths are those of a wide font,
DejaVu Sans: what fits by them fits by Helvetica, Arial and Liberation Sans.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

_WIDEST = frozenset("mwMW@%&—…")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOO_NARROW = 0.15
"""As much narrower, as a share, the renderer may think a label than a reader's font makes it."""


def drawable(text: str) -> str:
    """The text without characters that no SVG may hold, over which the renderer would abort the whole process."""
    return _NOT_IN_XML.sub("\ufffd", text)


def width(text: str, size: float = 12) -> float:
    """How wide a line is at most, in pixels, in letters of `size` pixels."""
    return size * sum(map(_ems, text))


def _ems(letter: str) -> float:
    if letter in _WIDEST or unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.79 if letter.isupper() else 0.64


def lines(text: str, most: float, size: float = 12) -> list[str]:
    """The text in lines of at most so many pixels, broken at spaces, else at `_`, `-` or `/`, else within a word."""
    found = [""]
    for piece in re.split(r"(?<=[\s_/-])", " ".join(text.split())):
        for part in [piece] if width(piece.rstrip(), size) <= most else piece:
            if found[-1] and width((found[-1] + part).rstrip(), size) > most:
                found.append("")
            found[-1] += part
    return [line.strip() for line in found]


def labels(values: Sequence[str], most: float, size: float = 12) -> dict[str, Any]:
    """What makes an axis, a header or a legend show each of these values whole, in lines of at most so many pixels."""
    broken = {value: lines(value, most, size) for value in map(drawable, values)}
    return {"labelExpr": f"({json.dumps(broken)})[datum.label]", "labelLimit": 0}


def beside(values: Sequence[str], most: float = 200) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for an axis at the left side, which keeps room for them, and the height that its rows then take."""
    broken = [lines(value, most) for value in values]
    widest = max((width(line) for value in broken for line in value), default=0.0)
    tallest = max(map(len, broken), default=1)
    return {**labels(values, most), "minExtent": round(widest) + 8}, {"step": 12 + 14 * tallest}


def legend(values: Sequence[str], most: float) -> dict[str, Any]:
    """The same for a legend below a chart that is so wide, in as many columns as have room."""
    symbol = 30
    widest = max((width(value) for value in values), default=0.0)
    columns = max(1, int(most // (widest + symbol)))
    return {**labels(values, most - symbol), "columns": columns, "columnPadding": 12 + round(_TOO_NARROW * widest)}
