"""A language model as a teacher: it is asked at a granularity, verified by gold, and asked again if that fails."""

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
    """How rationales are requested. Results depend on these settings."""

    gold_hint: bool | str
    """Whether the prompt for a level includes the gold answer, as in the paper. ALWAYS: the plain prompt too."""
    attempts: int
    """The most times that a problem is asked until verification accepts an answer."""
    rejected: str
    """If every attempt at a problem was rejected: `drop` the problem, or `keep` the best attempt."""
    sampling: Sampling
    samples: int = 1
    """The number of answers drawn for each problem; each is verified. A problem is asked again only if none is
    accepted."""

    def rounds(self) -> Iterator[tuple[range, bool]]:
        """The samples to request together, and whether only for problems without an accepted answer."""
        yield range(self.samples), False
        for sample in range(self.samples, self.attempts):
            yield range(sample, sample + 1), True


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """How the model is called. Results do not depend on these settings."""

    limits: Limits
    price: Price | None
    max_cost: float | None
    """US dollars that the commands of one experiment may spend together."""
    allow_missing: int | float = 0
    """How many problems may stay without an answer for other reasons than the problem itself: a number, or a share
    below 1."""
    batch: bool = False
    """Whether a server is asked through its batch interface, which takes hours and costs less."""
    experiment: str | None = None
    """The id of the budget `max_cost`, which commands share; None: each command has its own."""


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
        """The price of a call; None: unknown."""
        return self._calls.price if self.model.engine == "openai" else FREE

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError if the model cannot be asked, or if asking was stopped. The answers
        that came are in the journal by then."""
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
        """How the model is asked."""
        return self._generation

    @property
    def identity(self) -> str:
        """The journal identity of its model and settings."""
        return json.dumps(self._identity, sort_keys=True)

    def shelf(self) -> Shelf:
        """The journal of its model."""
        return Shelf(self._identity)

    def request(self, subject: Subject, sample: int) -> Request:
        """The request for a rationale; `sample` counts from 0."""
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
        # before the turn, so that nobody waits for the budget while it keeps others waiting for the turn
        asker = self._asker
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
        """Raise UserError if, over all that was asked, more problems have no answer than are allowed."""
        self._problems, self._missing = self._problems + asked, self._missing + len(missing)
        allowed = self._calls.allow_missing
        if self._missing > (allowed if isinstance(allowed, int) else allowed * self._problems):
            name, reason = min(missing.items())
            raise UserError(
                f"{self._missing:,} of {self._problems:,} problems got no answer, such as {name}: {reason}; the others "
                "are in the journal: run the same command again to ask only for the rest, or set calls.allow_missing "
                f"to {self._missing} to go on without them"
            )

    @cached_property
    def _asker(self) -> Asker:
        """The asker. All levels share it, so that a local model is loaded once."""
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
