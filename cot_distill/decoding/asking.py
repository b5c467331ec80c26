"""Asking a model for many completions: what the journal holds is replayed, the rest is asked for and journalled."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from cot_distill.decoding import Completion, Deliver, Engine, Failure, Request, Stop
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.spending import Spending
from cot_distill.errors import UserError
from cot_distill.progress import Progress

Subject = TypeVar("Subject")

FAILURES_IN_A_ROW = 20
"""So many requests in a row without one completion, and the server is taken to be gone."""


@dataclasses.dataclass(slots=True)
class Tally:
    """What happened to the requests of one command."""

    replayed: int = 0
    asked: int = 0
    failed: dict[str, str] = dataclasses.field(default_factory=dict)
    """Request name → why it has no completion."""


class Asker:
    """Asks one model; its engine is started only when the journal lacks something."""

    def __init__(
        self, start: Callable[[], Engine], shelf: Shelf, spending: Spending, stop: Stop, host: str | None = None
    ) -> None:
        """`host` is where the engine's server is, for the journal's records (None: this machine)."""
        self._start, self._shelf, self._spending, self._stop, self._host = start, shelf, spending, stop, host
        self._engine: Engine | None = None
        self.tally = Tally()

    def ask(
        self, subjects: Sequence[Subject], request: Callable[[Subject], Request], deliver: Deliver, what: str
    ) -> None:
        """Hand the completion of each subject's request to `deliver`, in any order.

        `request` is called twice for what has to be asked, so that requests need not be held together. Raises
        UserError where the model cannot be asked, or was stopped before all were; what came is journalled by then.
        """
        missing = []
        for subject in subjects:
            wanted = request(subject)
            found = self._shelf.find(wanted)
            if found is None:
                missing.append(subject)
            else:
                self.tally.replayed += 1
                deliver(wanted, found)
        if not missing:
            return
        if self._engine is None:
            self._engine = self._start()
        with Progress(what, len(missing), "requests", note=lambda: str(self._spending)) as progress:
            failures = 0

            def arrived(answered: Request, answer: Completion | Failure) -> None:
                nonlocal failures
                completion = answer if isinstance(answer, Completion) else None
                cost = self._spending.settle(answered, completion)
                if completion is not None:
                    self._shelf.add(answered, completion, cost=cost, host=self._host)
                    self.tally.asked += 1
                    failures = 0
                elif isinstance(answer, Failure):
                    self.tally.failed[answered.name] = answer.reason
                    failures += 1
                    if failures >= FAILURES_IN_A_ROW and not self._stop.requested:
                        self._stop.reason = f"{failures} requests in a row failed, the last one: {answer.reason}"
                progress.advance()
                deliver(answered, answer)

            self._engine.complete(self._affordable(missing, request), arrived, self._stop)
        if self._stop.requested:
            raise UserError(
                f"stopped ({self._stop.reason}): {self.tally.replayed + self.tally.asked} responses are in the journal; "
                "run the same command again to continue"
            )

    def _affordable(self, subjects: Sequence[Subject], request: Callable[[Subject], Request]) -> Iterator[Request]:
        for subject in subjects:
            if self._stop.requested:
                return
            wanted = request(subject)
            if not self._spending.reserve(wanted):
                self._stop.reason = f"the next request could pass calls.max_cost; {self._spending} so far"
                return
            yield wanted
