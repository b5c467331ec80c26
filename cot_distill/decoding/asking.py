"""Asking a model for many completions: those in the journal are replayed, the others are requested and journalled."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from cot_distill.decoding import Completion, Deliver, Engine, Failure, Request
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.spending import Spending
from cot_distill.errors import UserError
from cot_distill.progress import Progress
from cot_distill.stopping import Stop

Subject = TypeVar("Subject")

FAILURES_IN_A_ROW = 20
"""If this many requests in a row fail, the server counts as gone."""


class Asker:
    """Asks one model. Starts its engine only if the journal lacks a completion, and only once."""

    def __init__(
        self, start: Callable[[], Engine], spending: Spending, host: Callable[[], str | None] = lambda: None
    ) -> None:
        """`start` starts the engine. `host` names the server that will be asked; None: this machine."""
        self._start, self._spending, self._find_host = start, spending, host
        self._engine: Engine | None = None
        self._host: str | None = None
        self._replayed = self._asked = 0

    def ask(
        self,
        subjects: Sequence[Subject],
        request: Callable[[Subject], Request],
        deliver: Deliver,
        what: str,
        shelf: Shelf,
        stop: Stop,
    ) -> None:
        """Hand the completion of each subject's request to `deliver`, in any order.

        `request` is called twice for each subject that has no completion in the journal, so that the requests need not
        all be in memory. Raises UserError if the model cannot be asked, or if it was stopped before all were answered.
        The answers that came are in the journal by then.
        """
        missing = []
        for subject in subjects:
            wanted = request(subject)
            found = shelf.find(wanted)
            if found is None:
                missing.append(subject)
            else:
                self._replayed += 1
                deliver(wanted, found)
        if not missing:
            return
        if self._engine is None:
            self._host = self._find_host()
            self._engine = self._start()
        with Progress(
            what, len(missing), "requests", note=lambda: str(self._spending) if self._asked else ""
        ) as progress:
            failures, reason = 0, ""

            def arrived(answered: Request, answer: Completion | Failure) -> None:
                nonlocal failures, reason
                completion = answer if isinstance(answer, Completion) else None
                cost = self._spending.settle(answered, completion)
                if completion is not None:
                    shelf.add(answered, completion, cost=cost, host=self._host)
                    self._asked += 1
                    failures = 0
                elif isinstance(answer, Failure):
                    reason = answer.reason
                    failures += not answer.cause  # refused problems in a row do not mean that the server is gone
                    if failures >= FAILURES_IN_A_ROW and not stop.requested:
                        stop.reason = f"{failures} requests in a row failed, the last one: {reason}"
                progress.advance()
                deliver(answered, answer)

            self._engine.complete(
                _Affordable(map(request, missing), self._spending, stop), arrived, stop, progress.work
            )
        if stop.requested:
            raise UserError(
                f"stopped ({stop.reason}): {self._replayed + self._asked:,} responses are in the journal; "
                "run the same command again to continue"
            )
        if reason and not self._replayed + self._asked:
            raise UserError(f"no request got an answer; the last one: {reason}")

    def __str__(self) -> str:
        return f"{self._asked:,} responses asked for ({self._spending}), {self._replayed:,} found in the journal"


class _Affordable(Iterator[Request]):
    """The requests, as long as the budget allows. If the next one could exceed the limit, the iteration ends for the
    worker that draws, but a worker that draws later may go on: by then the requests in flight may have cost less than
    was reserved for them.
    """

    def __init__(self, requests: Iterator[Request], spending: Spending, stop: Stop) -> None:
        self._requests, self._spending, self._stop = requests, spending, stop
        self._next: Request | None = None

    def __next__(self) -> Request:
        if self._stop.requested:
            raise StopIteration
        request = self._next or next(self._requests)
        if self._spending.reserve(request):
            self._next = None
            return request
        self._next = request
        if not self._spending.in_flight:
            self._stop.reason = f"the next request could pass calls.max_cost; {self._spending} so far"
        raise StopIteration
