"""The solver as a teacher."""

from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import Level
from cot_distill.supervision.teachers import Written, complete, record
from cot_distill.supervision.teachers.solver import REVISION, write


class SolverTeacher:
    """Writes rationales from solution graphs. They are right by construction and cost nothing."""

    def __init__(self, teacher: str) -> None:
        self._teacher = teacher

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError if a problem has no solution graph."""
        return complete([self._rationale(problem, granularity, "original") for problem in train], len(train))

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """See `Teacher.rewrite`. Each rationale is written again from the graph, with the same steps at the same
        granularity."""
        by_id = {problem.id: problem for problem in train}
        return complete(
            [self._rationale(by_id[one.problem_id], one.granularity, format) for one in rationales], len(rationales)
        )

    def _rationale(self, problem: Problem, granularity: Level, format: str) -> Rationale:
        if not isinstance(granularity, int):
            raise UserError("the solver writes at granularities 1 to 6; set one of them")
        text = write(problem, granularity, format)
        # The text derives the graph's value; tests compare the two.
        return record(
            problem, self._teacher, granularity, format, text, problem.gold, model="solver", revision=REVISION
        )
