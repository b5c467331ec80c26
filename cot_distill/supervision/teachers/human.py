"""The benchmark's own solutions, written by people: of GSM8K, MATH and AQuA, StrategyQA's facts, SVAMP's equations."""

from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import Level
from cot_distill.supervision.teachers import Written, complete, record


class HumanTeacher:
    """Teaches with `Problem.rationale`; the answer is the benchmark's gold."""

    def __init__(self, teacher: str) -> None:
        self._teacher = teacher

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError where the benchmark has no rationale at all."""
        rationales = [
            record(
                problem,
                self._teacher,
                None,
                "original",
                problem.rationale,
                problem.gold,
                model="benchmark",
                revision=problem.dataset,
            )
            for problem in train
            if problem.rationale
        ]
        if train and not rationales:
            raise UserError(f"{train[0].dataset} has no human rationales; choose another teacher")
        return complete(rationales, len(train))

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """Raises UserError: there is nobody to ask."""
        raise UserError(f"teacher {self._teacher!r} cannot rewrite; use format original")
