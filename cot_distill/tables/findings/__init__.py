"""Findings: the paper's claims, each as a query, a test and a verdict over the runs that are there."""

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

    Where runs do not suffice, the verdict is `not enough data`; one training seed an arm is said in the notes.
    """
    from cot_distill.tables.findings import baselines, formats, granularity, human, length, stronger_students, teachers
    from cot_distill.tables.findings.arms import Arms
    from cot_distill.tables.findings.caveats import with_caveats
    from cot_distill.tables.findings.paper import with_paper

    arms = Arms(connection)
    decided = [
        baselines.tuning(arms),
        baselines.answer_only(arms),
        granularity.decide(arms),
        stronger_students.decide(arms),
        length.decide(arms),
        formats.decide(arms),
        teachers.decide(arms),
        human.decide(arms),
    ]
    return [with_caveats(with_paper(finding, arms), arms) for finding in decided]
