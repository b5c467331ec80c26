"""Teachers: where rationales come from, one module per source behind one interface."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.grading import equal
from cot_distill.records import Problem, Rationale

CATALOGUE = Path(__file__).with_name("catalogue.yaml")


class Teacher(Protocol):
    """A source of rationales. A problem for which it has none is left out of what it returns."""

    def write(self, problems: Sequence[Problem], granularity: int) -> list[Rationale]:
        """Rationales at a granularity (1 to 6) in the original format."""
        ...

    def rewrite(
        self, problems: Sequence[Problem], rationales: Sequence[Rationale], granularity: int, format: str
    ) -> list[Rationale]:
        """The same rationales in another format."""
        ...


def entries() -> dict[str, dict[str, Any]]:
    """Every teacher of the catalogue: id → settings."""
    return catalogue.load(CATALOGUE)


def build(teacher: str, entry: dict[str, Any], dataset: str, published: Path) -> Teacher:
    """The teacher of a catalogue entry, for one dataset. Raises UserError where the entry names no known source."""
    from cot_distill.teachers.published import PublishedTeacher
    from cot_distill.teachers.solver.teacher import SolverTeacher

    if entry.get("source") == "solver":
        return SolverTeacher(teacher)
    if entry.get("source") == "published":
        return PublishedTeacher(teacher, entry["family"], dataset, published)
    raise UserError(f"teacher {teacher}: source is {entry.get('source')!r}; valid: solver, published")


def supports(entry: dict[str, Any], dataset: str, granularity: int, format: str) -> str | None:
    """Why a teacher cannot serve this arm, or None where it can."""
    from cot_distill.teachers import published

    if granularity == 0:
        return None
    if entry.get("source") == "solver" and dataset != "word_problems":
        return "the solver only writes for word_problems"
    if entry.get("source") == "published":
        return published.missing_arm(entry["family"], dataset, granularity, format)
    return None


def answer_only(problems: Sequence[Problem]) -> list[Rationale]:
    """The rationales of an answer-only arm: empty, stating the benchmark's gold."""
    return [
        record(problem, "answer_only", 0, "original", "", problem.gold, model="gold", revision="1")
        for problem in problems
    ]


def record(
    problem: Problem,
    teacher: str,
    granularity: int,
    format: str,
    text: str,
    stated: str | None,
    *,
    model: str,
    revision: str,
) -> Rationale:
    """A rationale that no model was sampled for, verified against the problem's gold."""
    return Rationale(
        problem_id=problem.id,
        teacher=teacher,
        granularity=granularity,
        format=format,
        text=text,
        stated_answer=stated,
        verified=stated is not None and equal(stated, problem.gold, problem.answer_kind),
        model=model,
        revision=revision,
        prompt_hash=None,
        sampling=None,
        finish_reason="stop",
        tokens_in=None,
        tokens_out=None,
    )
