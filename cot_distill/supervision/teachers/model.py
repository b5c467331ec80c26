"""Any language model as a teacher: it is asked at a granularity, verified against gold, and asked again."""

import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from cot_distill.decoding import Completion, Failure, Message, Request, Sampling, estimated_tokens
from cot_distill.decoding.asking import Asker
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.models import Model
from cot_distill.decoding.openai_engine import Limits
from cot_distill.decoding.spending import FREE, Price, Spending, request_tokens
from cot_distill.errors import UserError
from cot_distill.records import Attempt, Problem, Rationale
from cot_distill.stopping import stop_on_signals
from cot_distill.supervision.instructions import ask_for_format, ask_for_level
from cot_distill.supervision.teachers import Account, Written
from cot_distill.supervision.verification import VERDICTS, Examined, examine

REJECTED = ("drop", "keep")
_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """How rationales are asked for; what a result depends on."""

    gold_hint: bool
    """Whether the teacher is told the gold answer, as in the paper."""
    attempts: int
    """How often a problem is asked, at most, until verification accepts an answer."""
    rejected: str
    """What becomes of a problem of which every attempt was rejected: `drop` it, or `keep` the best."""
    sampling: Sampling


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """How the model is called; no result depends on it."""

    limits: Limits
    price: Price | None
    max_cost: float | None
    """US dollars that the commands of one experiment may spend together."""
    allow_missing: int | float = 0
    """How many problems may go without an answer for reasons that lie not in them: a number, or a share below 1."""
    batch: bool = False
    """Whether a server is asked through its batch interface, which takes hours and costs less."""
    experiment: str | None = None
    """What the commands that share `max_cost` have in common; None: each has its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Forecast:
    """What asking would take: see `ModelTeacher.forecast`."""

    first: Request | None
    """The first request that the journal does not answer."""
    calls: int
    journalled: int
    tokens_in: int
    tokens_out: int
    """Estimated, for the calls still to make."""
    most_out: int | None
    """The most tokens out, thoughts included, that these calls ask for; None where the entry leaves that open."""
    thinks: bool
    """Whether the journal, or the entry, says that the model thinks before it answers."""


Turns = Callable[[Problem], tuple[Message, ...]]


class ModelTeacher:
    """A teacher of the catalogue with source `model`."""

    def __init__(self, teacher: str, model: Model, generation: Generation, calls: Calls) -> None:
        self._teacher, self._generation, self._calls = teacher, generation, calls
        self.model = model
        self._identity = model.identity()
        self._problems = self._missing = 0
        if calls.batch and model.engine != "openai":
            raise UserError(f"calls.batch is true, but teacher {teacher} is asked on this machine; set it to false")

    @property
    def batched(self) -> bool:
        """Whether it is asked through a batch interface."""
        return self._calls.batch

    @property
    def price(self) -> Price | None:
        """What a call costs; None: unknown."""
        return self._calls.price if self.model.engine == "openai" else FREE

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: int | None) -> Written:
        """See `Teacher.write`. Raises UserError where the model cannot be asked, or asking was stopped; what it has
        answered by then is in the journal."""
        level = self._level(granularity)
        return self._ask(train, dict.fromkeys((problem.id for problem in train), level), self._turns(level), "original")

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """See `Teacher.rewrite`; raises as `write` does. A rationale that states no answer is not rewritten."""
        based = {one.problem_id: one for one in rationales if one.stated_answer is not None}
        problems = [problem for problem in train if problem.id in based]
        levels = {name: self._level(one.granularity) for name, one in based.items()}

        def turns(problem: Problem) -> tuple[Message, ...]:
            base = based[problem.id]
            return ask_for_format(problem, base.text, base.stated_answer or "", format)

        return self._ask(problems, levels, turns, format)

    def forecast(self, train: Sequence[Problem], granularity: int | None) -> Forecast:
        """What `write` would still have to ask, without asking: retries that it may need are not counted."""
        turns = self._turns(self._level(granularity))
        first: Request | None = None
        calls = journalled = tokens_in = written = 0
        thinks = self.model.thinks
        with Shelf(self._identity) as shelf:
            pending: Sequence[Problem] = train
            for attempt in range(self._generation.attempts):
                rejected = []
                for problem in pending:
                    request = self._request(problem, turns, attempt)
                    found = shelf.find(request)
                    if found is None:
                        first = first or request
                        calls += 1
                        tokens_in += request_tokens(request)
                        continue
                    journalled += 1
                    written += found.new_tokens
                    thinks = thinks or bool(found.thoughts)
                    if examine(problem, found).verdict != "good":
                        rejected.append(problem)
                pending = rejected
        shown = len(first.prompt[1][1]) if first and isinstance(first.prompt[1], tuple) else 0
        each = written / journalled if journalled else estimated_tokens(shown)
        cap = self.model.cap(self._generation.sampling)
        most = None if cap is None else calls * cap
        return Forecast(first, calls, journalled, tokens_in, round(calls * each), most, thinks)

    def _level(self, granularity: int | None) -> int:
        if granularity is None:
            raise UserError(f"teacher {self._teacher} writes at a granularity, 1 to 6; set one")
        return granularity

    def _turns(self, level: int) -> Turns:
        return lambda problem: ask_for_level(problem, level, self._generation.gold_hint)

    def request(self, problem: Problem, level: int, attempt: int) -> Request:
        """The request that asks for a problem's rationale at a granularity; `attempt` counts from 0."""
        return self._request(problem, self._turns(level), attempt)

    def _request(self, problem: Problem, turns: Turns, attempt: int) -> Request:
        return Request(problem.id, turns(problem), self._generation.sampling, attempt)

    def _ask(self, problems: Sequence[Problem], levels: dict[str, int], turns: Turns, format: str) -> Written:
        collected = _Collected(
            self._teacher, self._identity, {problem.id: problem for problem in problems}, levels, format
        )
        datasets = {problem.dataset for problem in problems}
        turn = f"{sorted(datasets)} {format} {sorted(set(levels.values()))}"
        with Shelf(self._identity) as shelf, shelf.turn(turn), stop_on_signals() as stop:
            for attempt in range(self._generation.attempts):
                what = f"{self._teacher} {format}" + (f", attempt {attempt + 1}" if attempt else "")
                request = partial(self._request, turns=turns, attempt=attempt)
                self._asker.ask(collected.pending(), request, collected.add, what, shelf, stop)
        print(f"{self._teacher}: {self._asker}", file=sys.stderr)
        _tell(collected.unanswered())
        self._check_missing(len(problems), collected.missing())
        return collected.written(keep_rejected=self._generation.rejected == "keep")

    def _check_missing(self, asked: int, missing: dict[str, str]) -> None:
        """Raise UserError where more problems have gone without an answer, in all that was asked, than are allowed."""
        self._problems, self._missing = self._problems + asked, self._missing + len(missing)
        allowed = self._calls.allow_missing
        if self._missing > (allowed if isinstance(allowed, int) else allowed * self._problems):
            name, reason = min(missing.items())
            raise UserError(
                f"{self._missing:,} of {self._problems:,} problems got no answer, {name} for one: {reason}; what came "
                "is in the journal: run the same command again to ask for the rest alone, or set calls.allow_missing "
                f"to {self._missing} to go on without them"
            )

    @cached_property
    def _asker(self) -> Asker:
        """One for all levels: a local model is loaded once."""
        start = partial(self.model.start, self._calls.limits, self._calls.batch)
        return Asker(
            start,
            Spending(
                self.price,
                self._calls.max_cost,
                lambda request: self.model.cap(request.sampling),
                self._calls.experiment,
            ),
            self.model.host,
        )


class _Collected:
    """Attempts as they arrive, and the best of each problem."""

    def __init__(
        self,
        teacher: str,
        identity: dict[str, object],
        problems: dict[str, Problem],
        levels: dict[str, int],
        format: str,
    ) -> None:
        self.problems = problems
        self._teacher, self._identity, self._levels, self._format = teacher, identity, levels, format
        self._attempts: list[Attempt] = []
        self._best: dict[str, tuple[Request, Completion | Failure, Examined]] = {}
        self._rationales: dict[str, Rationale] = {}
        self._failed: dict[str, Failure] = {}

    def pending(self) -> list[Problem]:
        """The problems of which no attempt has been accepted, without those whose request failed: it has been tried
        often enough."""
        return [
            problem
            for name, problem in self.problems.items()
            if name not in self._rationales and name not in self._failed
        ]

    def add(self, request: Request, answer: Completion | Failure) -> None:
        """Judge an answer and keep it, or the better of it and what was kept before."""
        problem = self.problems[request.name]
        examined = examine(problem, answer)
        if isinstance(answer, Failure):
            self._failed[problem.id] = answer
        counted = isinstance(answer, Completion) and answer.counted
        self._attempts.append(
            Attempt(
                problem_id=problem.id,
                granularity=self._levels[problem.id],
                format=self._format,
                attempt=request.sample,
                verdict=examined.verdict,
                kept=examined.verdict == "good",
                text=answer.text if isinstance(answer, Completion) else answer.reason,
                stated_answer=examined.stated,
                finish_reason=answer.finish_reason if isinstance(answer, Completion) else "error",
                tokens_in=answer.prompt_tokens if isinstance(answer, Completion) and counted else None,
                tokens_out=answer.new_tokens if isinstance(answer, Completion) and counted else None,
            )
        )
        if examined.verdict == "good" and isinstance(answer, Completion):
            self._best.pop(problem.id, None)
            self._rationales[problem.id] = self._rationale(request, answer, examined)
            return
        best = self._best.get(problem.id)
        if best is None or VERDICTS.index(examined.verdict) < VERDICTS.index(best[2].verdict):
            self._best[problem.id] = (request, answer, examined)

    def unanswered(self) -> dict[str, str]:
        """Problem id → why a request of it has failed."""
        return {name: failure.reason for name, failure in self._failed.items()}

    def missing(self) -> dict[str, str]:
        """The same without the problems that were refused for what they are."""
        return {name: failure.reason for name, failure in self._failed.items() if not failure.cause}

    def written(self, keep_rejected: bool) -> Written:
        dropped: Counter[str] = Counter()
        kept_attempts = set()
        for name, (request, answer, examined) in sorted(self._best.items()):
            if keep_rejected and isinstance(answer, Completion):
                self._rationales[name] = self._rationale(request, answer, examined)
                kept_attempts.add((name, request.sample))
            else:
                dropped[examined.verdict] += 1
        attempts = [
            dataclasses.replace(one, kept=True) if (one.problem_id, one.attempt) in kept_attempts else one
            for one in self._attempts
        ]
        account = Account(len(self.problems), len(self._rationales), dict(sorted(dropped.items())), {})
        return Written(list(self._rationales.values()), account, attempts)

    def _rationale(self, request: Request, answer: Completion, examined: Examined) -> Rationale:
        return Rationale(
            problem_id=request.name,
            teacher=self._teacher,
            granularity=self._levels[request.name],
            format=self._format,
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
        )


def _tell(failed: dict[str, str]) -> None:
    for name, reason in sorted(failed.items())[:_SHOWN]:
        print(f"problem {name} got no answer: {reason}", file=sys.stderr)
    if len(failed) > _SHOWN:
        print(f"{len(failed) - _SHOWN} more problems got no answer", file=sys.stderr)
