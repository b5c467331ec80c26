"""How a benchmark tells a figure: one JSON line."""

import json


def tell(figure: str, value: float, unit: str, baseline: float | None = None) -> None:
    """Print a figure; with a `baseline` also how many times better `value` is (both are costs: less is better)."""
    line: dict[str, object] = {"figure": figure, "value": round(value, 3)}
    if baseline is not None:
        line |= {"baseline": round(baseline, 3), "ratio": round(baseline / value, 3)}
    print(json.dumps({**line, "unit": unit}), flush=True)
