"""The published arms as a table for a terminal."""

from collections.abc import Mapping, Sequence

from cot_distill.supervision.teachers.survey import Surveyed
from cot_distill.tables.layout import markdown

_HEADER = (
    *("arm", "dataset", "teacher", "level", "format", "rows", "kept", "gold", "words", "steps", "growing"),
    *("dropped", "cleaned"),
)


def table(arms: Sequence[Surveyed]) -> str:
    """The arms as Markdown, the columns aligned."""
    return markdown(_HEADER, [_cells(arm) for arm in arms])


def _cells(arm: Surveyed) -> tuple[str, ...]:
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
