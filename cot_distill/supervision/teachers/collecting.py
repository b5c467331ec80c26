"""What a model is asked for. Its answers are judged as they arrive, and the accepted or the best one of each is
kept."""

import dataclasses
from collections import Counter, defaultdict

from cot_distill.decoding import Completion, Failure, Request
from cot_distill.records import Attempt, Problem, Rationale
from cot_distill.supervision import THOUGHTS, Level
from cot_distill.supervision.teachers import Account, Written
from cot_distill.supervision.verification import VERDICTS, Examined, examine


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """What one rationale is requested for."""

    problem: Problem
    granularity: Level
    format: str = "original"
    base: Rationale | None = None
    """The rationale to rewrite."""

    @property
    def name(self) -> str:
        """The name of its requests in messages: the problem's id, and the number of the rationale if there are
        several."""
        return (
            self.problem.id if self.base is None or not self.base.sample else f"{self.problem.id} #{self.base.sample}"
        )

    @property
    def wants_thoughts(self) -> bool:
        """Whether the rationale is the teacher's thoughts, and not its text."""
        return self.granularity == THOUGHTS and self.base is None


class Collected:
    """The answers so far, by subject: the accepted ones, or else the best."""

    def __init__(self, teacher: str, identity: dict[str, object], subjects: dict[str, Subject]) -> None:
        self._teacher, self._identity, self._subjects = teacher, identity, subjects
        self._attempts: dict[tuple[str, int], Attempt] = {}
        self._accepted: dict[str, dict[int, Rationale]] = defaultdict(dict)
        self._best: dict[str, tuple[tuple[int, int], Request, Completion, Examined]] = {}
        self._verdicts: dict[str, str] = {}
        self._failed: dict[str, Failure] = {}

    def pending(self) -> list[Subject]:
        """The subjects without an accepted answer. Those whose request failed are left out, since it was tried often
        enough."""
        return [
            subject
            for name, subject in self._subjects.items()
            if name not in self._accepted and name not in self._failed
        ]

    def add(self, request: Request, answer: Completion | Failure) -> None:
        """Judge an answer. Keep it if it is better than the one kept before."""
        subject = self._subjects[request.name]
        examined = examine(subject.problem, answer, subject.wants_thoughts)
        self._attempts[request.name, request.sample] = _attempt(subject, request.sample, answer, examined)
        if isinstance(answer, Failure):
            self._failed[request.name] = answer
        elif examined.verdict == "good":
            self._accepted[request.name][request.sample] = self._rationale(request, answer, examined)
            self._best.pop(request.name, None)
        elif request.name not in self._accepted:
            best, rank = self._best.get(request.name), (VERDICTS.index(examined.verdict), request.sample)
            if best is None or rank < best[0]:
                self._best[request.name] = (rank, request, answer, examined)
        before = self._verdicts.get(request.name, VERDICTS[-1])
        self._verdicts[request.name] = min(before, examined.verdict, key=VERDICTS.index)

    def unanswered(self) -> dict[str, str]:
        """Name of a request → why it failed."""
        return {name: failure.reason for name, failure in self._failed.items()}

    def missing(self) -> dict[str, str]:
        """As `unanswered`, without requests that were refused because of their problem."""
        return {name: failure.reason for name, failure in self._failed.items() if not failure.cause}

    def written(self, keep_rejected: bool) -> Written:
        """The accepted rationales and the account. With `keep_rejected`, a subject without one gets its best rejected
        answer."""
        dropped: Counter[str] = Counter()
        kept: list[Rationale] = []
        for name, subject in self._subjects.items():
            found = self._accepted.get(name, {})
            if not found and keep_rejected and name in self._best:
                _, request, answer, examined = self._best[name]
                if examined.text or not subject.wants_thoughts:
                    found = {request.sample: self._rationale(request, answer, examined)}
            if not found:
                dropped[self._verdicts[name]] += 1
            base = subject.base
            first = base.sample if base else 0
            for rank, sample in enumerate(sorted(found), first):
                rationale, attempt = found[sample], self._attempts[name, sample]
                kept.append(rationale if rationale.sample == rank else dataclasses.replace(rationale, sample=rank))
                if not attempt.kept:
                    self._attempts[name, sample] = dataclasses.replace(attempt, kept=True)
        account = Account(len(self._subjects), len(self._subjects) - dropped.total(), dict(sorted(dropped.items())), {})
        return Written(kept, account, sorted(self._attempts.values(), key=lambda one: one.key))

    def _rationale(self, request: Request, answer: Completion, examined: Examined) -> Rationale:
        subject = self._subjects[request.name]
        return Rationale(
            problem_id=subject.problem.id,
            teacher=self._teacher,
            granularity=subject.granularity if isinstance(subject.granularity, int) else None,
            format=subject.format,
            text=examined.text,
            stated_answer=examined.stated,
            verified=examined.right,
            model=str(self._identity["model"]),
            revision=str(self._identity["revision"] or answer.model or "unknown"),
            prompt_hash=request.prompt_hash[:16],
            sampling=request.sampled,
            finish_reason=answer.finish_reason,
            tokens_in=answer.prompt_tokens if answer.counted else None,
            tokens_out=answer.new_tokens if answer.counted else None,
            thoughts=subject.granularity == THOUGHTS,
        )


def _attempt(subject: Subject, sample: int, answer: Completion | Failure, examined: Examined) -> Attempt:
    completion = answer if isinstance(answer, Completion) else None
    counted = completion if completion and completion.counted else None
    return Attempt(
        problem_id=subject.problem.id,
        granularity=subject.granularity if isinstance(subject.granularity, int) else -1,
        format=subject.format,
        attempt=sample,
        verdict=examined.verdict,
        kept=examined.verdict == "good",
        text=answer.text if isinstance(answer, Completion) else answer.reason,
        stated_answer=examined.stated,
        finish_reason=completion.finish_reason if completion else "error",
        tokens_in=counted.prompt_tokens if counted else None,
        tokens_out=counted.new_tokens if counted else None,
        of=subject.base.sample if subject.base else 0,
        thoughts=subject.granularity == THOUGHTS,
    )
