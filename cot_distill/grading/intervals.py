"""Inequalities in one variable as the intervals that they say: "-1 < x \\le 5" is (-1,5]."""

import re

_NUMBER = r"[^<>=,∪()\[\]{}|:]{1,40}(?:\{[^<>=,∪{}]{0,40}\}[^<>=,∪()\[\]{}|:]{0,20}){0,3}"
_SET = re.compile(r"\{?[a-z](?:\\in\\mathbb\{?r\}?|∈[a-zℝ])?(?:\\mid|\||:)(.+?)\}?$")
_BETWEEN = re.compile(rf"({_NUMBER})(<=?)[a-z](<=?)({_NUMBER})")
_BETWEEN_DOWN = re.compile(rf"({_NUMBER})(>=?)[a-z](>=?)({_NUMBER})")
_ABOVE = re.compile(rf"[a-z](>=?)({_NUMBER})")
_BELOW = re.compile(rf"[a-z](<=?)({_NUMBER})")


def as_intervals(formula: str) -> str | None:
    """The union of intervals that inequalities in normal form say, or None where they are none."""
    if "<" not in formula and ">" not in formula:
        return None
    inside = _SET.match(formula)
    parts = re.split(r"[,∪]", inside[1] if inside else formula)
    intervals = [_interval(part) for part in parts]
    return None if None in intervals else "∪".join(sorted(filter(None, intervals)))


def _interval(part: str) -> str | None:
    if match := _BETWEEN.fullmatch(part):
        low, left, right, high = match.groups()
    elif match := _BETWEEN_DOWN.fullmatch(part):
        high, right, left, low = match.groups()
    elif match := _ABOVE.fullmatch(part):
        low, left, right, high = match[2], match[1], "<", "\\infty"
    elif match := _BELOW.fullmatch(part):
        low, left, right, high = "-\\infty", "<", match[1], match[2]
    else:
        return None
    return f"{'[' if '=' in left else '('}{low},{high}{']' if '=' in right else ')'}"
