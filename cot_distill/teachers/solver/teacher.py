"""The solver behind the interface of a teacher."""

from collections.abc import Sequence

from cot_distill.records import Problem, Rationale
from cot_distill.teachers import record
from cot_distill.teachers.solver import REVISION, write


class SolverTeacher:
    """Writes rationales from solution graphs; they are right by construction and cost nothing."""

    def __init__(self, teacher: str) -> None:
        self._teacher = teacher

    def write(self, problems: Sequence[Problem], granularity: int) -> list[Rationale]:
        """See `Teacher.write`. Raises UserError where a problem has no solution graph."""
        return [self._rationale(problem, granularity, "original") for problem in problems]

    def rewrite(
        self, problems: Sequence[Problem], rationales: Sequence[Rationale], granularity: int, format: str
    ) -> list[Rationale]:
        """See `Teacher.rewrite`; written anew from the graph, with the same steps at the same granularity."""
        asked = {rationale.problem_id for rationale in rationales}
        return [self._rationale(problem, granularity, format) for problem in problems if problem.id in asked]

    def _rationale(self, problem: Problem, granularity: int, format: str) -> Rationale:
        text = write(problem, granularity, format)
        # The graph's value is what the text derives; the tests hold the two against each other.
        return record(
            problem, self._teacher, granularity, format, text, problem.gold, model="solver", revision=REVISION
        )
