"""`cot-distill arms`: the published arms, as a table for a terminal."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.supervision.teachers.survey import Surveyed

Published = Annotated[Path, typer.Option(metavar="FOLDER", help="The published rationales.")]
Benchmarks = Annotated[Path, typer.Option(metavar="FOLDER", help="The benchmarks' official files.")]
_HEADER = (
    *("arm", "dataset", "teacher", "level", "format", "rows", "kept", "gold", "words", "steps", "growing"),
    *("dropped", "cleaned"),
)


def arms(
    published: Published = Path("data/published"),
    benchmarks: Benchmarks = Path("data/benchmarks"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the published arms: rows kept, dropped and cleaned, by reason, and figures of the rationales."""
    import dataclasses
    from json import dumps

    from cot_distill.supervision.teachers.survey import survey
    from cot_distill.tables.layout import markdown

    surveyed = survey(published, benchmarks)
    for note in surveyed.notes:
        print(f"note: {note}", file=sys.stderr)
    if not surveyed.arms and not surveyed.broken:
        raise UserError(f"{published}: has none of the published files; see data/published/README.md")
    if json:
        print(dumps([dataclasses.asdict(arm) for arm in surveyed.arms], indent=2))
    else:
        print(markdown(_HEADER, [_cells(arm) for arm in surveyed.arms]), end="")
    if surveyed.broken:
        more = f"; {len(surveyed.broken) - 1} more" if len(surveyed.broken) > 1 else ""
        raise UserError(
            f"{len(surveyed.broken)} of the files cannot be read and are not listed: {surveyed.broken[0]}{more}"
        )


def _cells(arm: "Surveyed") -> tuple[str, ...]:
    return (
        *(arm.arm, arm.dataset, arm.teacher or "answer only", _shown(arm.granularity), arm.format),
        *(f"{arm.rows_in:,}", f"{arm.rows_kept:,}", _percent(arm.verified_share), _shown(arm.mean_words)),
        *(_shown(arm.measured_granularity), _percent(arm.growing_share), _counts(arm.dropped), _counts(arm.cleaned)),
    )


def _shown(value: float | None) -> str:
    return "" if value is None else str(value)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
