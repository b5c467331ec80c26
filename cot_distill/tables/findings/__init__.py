"""Findings: claims of the paper and of later ones, each as a query, a test and a verdict over runs."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from cot_distill.tables.findings.finding import (
    DOES_NOT_HOLD,
    HOLDS,
    NOT_ENOUGH,
    Case,
    Contrast,
    Finding,
    PaperNumber,
    Verdict,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DOES_NOT_HOLD", "HOLDS", "NOT_ENOUGH", "Case", "Contrast", "Finding", "PaperNumber", "Verdict", "findings"]


def findings(connection: "DuckDBPyConnection") -> list[Finding]:
    """Every claim judged by the arms of a connection of `relations.connect`.

    Where runs do not suffice, the verdict is `not enough data`; one training seed an arm is said in the notes, and so
    is a verdict that is another one where only answers count that were stated in so many words.
    """
    from cot_distill.tables.findings import (
        baselines,
        formats,
        granularity,
        human,
        length,
        long_traces,
        mixtures,
        several_rationales,
        stronger_students,
        teachers,
    )
    from cot_distill.tables.findings.arms import Arms
    from cot_distill.tables.findings.caveats import with_caveats
    from cot_distill.tables.findings.paper import with_paper

    claims: tuple[Callable[[Arms], Finding], ...] = (
        *(baselines.tuning, baselines.answer_only, granularity.decide, stronger_students.decide),
        *(length.decide, formats.decide, teachers.decide, human.decide),
        *(long_traces.decide, mixtures.decide, several_rationales.decide),
    )
    arms = Arms(connection)
    strictly = arms.by_statement()
    found = [with_caveats(with_paper(claim(arms), arms), arms) for claim in claims]
    if strictly is None:
        return found
    return [_beside(finding, claim(strictly)) for finding, claim in zip(found, claims, strict=True)]


def _beside(finding: Finding, strict: Finding) -> Finding:
    """A finding that says so where its verdict is another one if only stated answers count."""
    if finding.verdict == strict.verdict:
        return finding
    note = f"depends on how answers are read: by stated answers alone it is {strict.verdict!r} ({strict.summary})"
    return dataclasses.replace(finding, notes=(*finding.notes, note))
