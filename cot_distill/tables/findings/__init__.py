"""Findings: claims of the paper and of later ones, each as a query, a test and a verdict over runs."""

import dataclasses
from typing import TYPE_CHECKING

from cot_distill.tables.findings.deciding import LEAST_SEEDS
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


def findings(connection: "DuckDBPyConnection", least_seeds: int = LEAST_SEEDS) -> list[Finding]:
    """Every claim judged by the arms of a connection of `relations.connect`.

    Where runs do not suffice, the verdict is `not enough data`; so it is where arms have fewer than `least_seeds`
    training seeds, and then it says what these show. The notes say where a verdict is another one if only answers count
    that were stated in so many words.
    """
    from cot_distill.tables.findings import formats, gains, granularity, human, length, mixtures, students, teachers
    from cot_distill.tables.findings.arms import Arms
    from cot_distill.tables.findings.caveats import with_caveats
    from cot_distill.tables.findings.paper import with_paper

    claims = (
        *(gains.TUNING, gains.ANSWER_ONLY, granularity.CLAIM, students.CLAIM, length.CLAIM, formats.CLAIM),
        *(teachers.CLAIM, human.CLAIM, gains.LONG_TRACES, mixtures.CLAIM, gains.SEVERAL_RATIONALES),
    )
    arms = Arms(connection)
    strictly = arms.by_statement()
    found = [with_caveats(with_paper(claim.judged(arms, least_seeds), arms), arms) for claim in claims]
    if strictly is None:
        return found
    return [_beside(one, claim.judged(strictly, least_seeds)) for one, claim in zip(found, claims, strict=True)]


def _beside(finding: Finding, strict: Finding) -> Finding:
    """A finding that says so where its verdict is another one if only stated answers count."""
    told, strictly = ((one.verdict, [case.early for case in one.cases]) for one in (finding, strict))
    if told == strictly:
        return finding
    note = f"depends on how answers are read: by stated answers alone it is {strict.verdict!r} ({strict.summary})"
    return dataclasses.replace(finding, notes=(*finding.notes, note))
