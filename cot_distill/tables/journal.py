"""The response journal's holdings as a table."""

from collections.abc import Sequence

from cot_distill.decoding.journal import Held
from cot_distill.tables.layout import markdown

_HEADER = ("model", "engine", "responses", "damaged", "MB", "tokens in", "tokens out", "spent", "asked at", "last")


def table(held: Sequence[Held]) -> str:
    """A row a model, and their sum."""
    rows = [
        [
            *(one.model, one.engine, f"{one.responses:,}", f"{one.damaged:,}", f"{one.bytes / 1e6:.1f}"),
            *(f"{one.tokens_in:,}", f"{one.tokens_out:,}", _money(one), ", ".join(one.hosts), one.last),
        ]
        for one in held
    ]
    total = ["all", "", f"{sum(one.responses for one in held):,}", f"{sum(one.damaged for one in held):,}"]
    total += [f"{sum(one.bytes for one in held) / 1e6:.1f}", f"{sum(one.tokens_in for one in held):,}"]
    total += [f"{sum(one.tokens_out for one in held):,}", f"${sum(one.cost for one in held):,.2f}", "", ""]
    return markdown(_HEADER, [*rows, total])


def _money(one: Held) -> str:
    if one.engine != "openai":
        return ""
    if not one.unpriced:
        return f"${one.cost:,.2f}"
    unknown = f"unknown for {one.unpriced:,}"
    return unknown if one.unpriced == one.responses else f"${one.cost:,.2f}, {unknown}"
