"""Solutions that come with the problems: a benchmark's own, or those in your file.

A benchmark's gold is the answer of its own solution. Solutions in your file are verified as a teacher's: the stated
answer is read, compared with gold and cut off; the example states it again. A solution that states no answer is assumed
to lead to gold.
"""

from collections import Counter
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading import thoughts
from cot_distill.problems.own import OWN
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import THOUGHTS, Level
from cot_distill.supervision.answer_line import split_answer
from cot_distill.supervision.teachers import Account, Written, record


class HumanTeacher:
    """Teaches with `Problem.rationale` and the problem's further solutions."""

    def __init__(self, teacher: str) -> None:
        self._teacher = teacher

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError if no problem has a solution that can teach."""
        kept: list[Rationale] = []
        dropped: Counter[str] = Counter()
        for problem in train:
            brought = [] if problem.rationale is None else [problem.rationale, *problem.more_rationales]
            for sample, text in enumerate(filter(str.strip, brought)):
                found = self._examined(problem, text, sample, granularity == THOUGHTS)
                if isinstance(found, str):
                    dropped[found] += 1
                else:
                    kept.append(found)
            dropped["no_rationale"] += not any(map(str.strip, brought))
        if train and not kept:
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted((+dropped).items()))
            raise UserError(
                f"{train[0].dataset} has no human rationales that can teach ({reasons}); choose another teacher"
            )
        account = Account(len(kept) + dropped.total(), len(kept), dict(sorted((+dropped).items())), {})
        return Written(kept, account)

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """Raises UserError, since nobody can be asked to rewrite."""
        raise UserError(f"teacher {self._teacher!r} cannot rewrite; use format original")

    def _examined(self, problem: Problem, text: str, sample: int, wants_thoughts: bool) -> Rationale | str:
        """The rationale of a text, or why it is not one."""
        if problem.dataset != OWN:
            return record(
                *(problem, self._teacher, None, "original", text, problem.gold),
                model="benchmark",
                revision=problem.dataset,
            )
        parts = thoughts.split(text)
        if not parts.finished:
            return "truncated"
        parted = split_answer(parts.text, problem.answer_kind, problem.choices)
        taught = parts.thoughts if wants_thoughts else parted.text
        if not any(char.isalnum() for char in taught):
            return "no_thoughts" if wants_thoughts else "empty"
        return record(
            problem,
            self._teacher,
            None,
            "original",
            taught,
            parted.stated or problem.gold,
            model="benchmark",
            revision=problem.dataset,
            sample=sample,
            thoughts=wants_thoughts,
        )
