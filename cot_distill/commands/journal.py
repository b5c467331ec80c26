"""`cot-distill journal`: lists what models were asked and what it cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.decoding.journal import Held

_HEADER = ("model", "engine", "responses", "damaged", "MB", "tokens in", "tokens out", "spent", "asked at", "last")


def journal(
    prune: Annotated[bool, typer.Option(help="Delete responses instead of listing them.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="TEXT", help="With --prune: only models whose name contains this.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0, help="With --prune: only files that were not written to for this many days.")
    ] = None,
) -> None:
    """Show the responses in the journal and their cost, by model, or prune the journal."""
    from cot_distill.decoding.journal import held, journal_root
    from cot_distill.decoding.journal import prune as prune_journal

    if not prune:
        if model is not None or days is not None:
            raise UserError("--model and --days choose what --prune deletes; add --prune")
        print(f"{journal_root()}\n\n{_table(held())}", end="")
        return
    if model is None and days is None:
        raise UserError(
            "--prune deletes responses that were paid for; choose which with --model TEXT or --days N (--days 0: all)"
        )
    files, size = prune_journal(model, days)
    print(f"deleted {files} files, {size / 1e6:.1f} MB")


def _table(held: "Sequence[Held]") -> str:
    """A row for each model, and their sum."""
    from cot_distill.tables.layout import markdown

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


def _money(one: "Held") -> str:
    if one.engine != "openai":
        return ""
    if not one.unpriced:
        return f"${one.cost:,.2f}"
    unknown = f"unknown for {one.unpriced:,}"
    return unknown if one.unpriced == one.responses else f"${one.cost:,.2f}, {unknown}"
