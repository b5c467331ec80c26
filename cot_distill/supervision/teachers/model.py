"""Any language model as a teacher: it is asked at a granularity, verified against gold, and asked again."""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from cot_distill.decoding import Message, Request, Sampling
from cot_distill.decoding.asking import Asker
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.models import Model
from cot_distill.decoding.openai_engine import Limits
from cot_distill.decoding.spending import FREE, Price, Spending
from cot_distill.errors import UserError
from cot_distill.records import Problem, Rationale
from cot_distill.stopping import stop_on_signals
from cot_distill.supervision import THOUGHTS, Level
from cot_distill.supervision.instructions import ask_for_format, ask_for_level, ask_plainly
from cot_distill.supervision.teachers import Written
from cot_distill.supervision.teachers.collecting import Collected, Subject

REJECTED = ("drop", "keep")
ALWAYS = "always"
_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """How rationales are asked for; what a result depends on."""

    gold_hint: bool | str
    """Whether the teacher is told the gold answer if it is asked for a level, as in the paper; ALWAYS: also if it
    is asked plainly."""
    attempts: int
    """How often a problem is asked, at most, until verification accepts an answer."""
    rejected: str
    """What becomes of a problem of which every attempt was rejected: `drop` it, or `keep` the best."""
    sampling: Sampling
    samples: int = 1
    """How many answers are drawn of each problem, each verified by itself, before it is asked again for want of one."""

    def rounds(self) -> Iterator[tuple[range, bool]]:
        """The samples to ask for together, and whether only of problems that have no accepted answer yet."""
        yield range(self.samples), False
        for sample in range(self.samples, self.attempts):
            yield range(sample, sample + 1), True


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

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError if the model cannot be asked, or asking was stopped; what it has
        answered by then is in the journal."""
        return self._ask([Subject(problem, granularity) for problem in train], "original", self._generation)

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """See `Teacher.rewrite`; raises as `write` does. A rationale that states no answer is not rewritten."""
        by_id = {problem.id: problem for problem in train}
        subjects = [
            Subject(by_id[one.problem_id], THOUGHTS if one.thoughts else one.granularity, format, one)
            for one in rationales
            if one.stated_answer is not None
        ]
        return self._ask(subjects, format, dataclasses.replace(self._generation, samples=1))

    @property
    def generation(self) -> Generation:
        """How it is asked."""
        return self._generation

    @property
    def identity(self) -> str:
        """What tells its model and settings from every other's."""
        return json.dumps(self._identity, sort_keys=True)

    def shelf(self) -> Shelf:
        """What the journal holds of its model."""
        return Shelf(self._identity)

    def request(self, subject: Subject, sample: int) -> Request:
        """The request that asks for a rationale; `sample` counts from 0."""
        return Request(subject.name, self._turns(subject), self._generation.sampling, sample)

    def _turns(self, subject: Subject) -> tuple[Message, ...]:
        hint, base = self._generation.gold_hint, subject.base
        if base is not None:
            return ask_for_format(subject.problem, base.text, base.stated_answer or "", subject.format)
        if isinstance(subject.granularity, int):
            return ask_for_level(subject.problem, subject.granularity, bool(hint))
        return ask_plainly(subject.problem, hint == ALWAYS)

    def _ask(self, subjects: Sequence[Subject], format: str, generation: Generation) -> Written:
        collected = Collected(self._teacher, self._identity, {subject.name: subject for subject in subjects})
        datasets = {subject.problem.dataset for subject in subjects}
        levels = sorted({str(subject.granularity) for subject in subjects})
        asker = self._asker  # before the turn: nobody waits for its experiment's budget while others wait for the turn
        with (
            self.shelf() as shelf,
            shelf.turn(f"{sorted(datasets)} {format} {levels}"),
            stop_on_signals() as stop,
        ):
            for samples, again in generation.rounds():
                what = f"{self._teacher} {format}" + (f", attempt {samples[0] + 1}" if again else "")
                asked = collected.pending() if again else subjects
                each = [(subject, sample) for sample in samples for subject in asked]
                asker.ask(each, lambda one: self.request(*one), collected.add, what, shelf, stop)
        print(f"{self._teacher}: {asker}", file=sys.stderr)
        _tell(collected.unanswered())
        self._check_missing(len(subjects), collected.missing())
        return collected.written(keep_rejected=self._generation.rejected == "keep")

    def _check_missing(self, asked: int, missing: dict[str, str]) -> None:
        """Raise UserError if more problems have gone without an answer, in all that was asked, than are allowed."""
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


def _tell(failed: dict[str, str]) -> None:
    for name, reason in sorted(failed.items())[:_SHOWN]:
        print(f"problem {name} got no answer: {reason}", file=sys.stderr)
    if len(failed) > _SHOWN:
        print(f"{len(failed) - _SHOWN} more problems got no answer", file=sys.stderr)
