"""Several servers of one model, as copies of it on several machines: each is asked at its own pace, and what one that
dies leaves undone the others take over."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from cot_distill.decoding import Completion, Deliver, Failure, Request, Working, unwatched
from cot_distill.decoding.openai_engine import OpenAIEngine, first_of
from cot_distill.errors import UserError
from cot_distill.stopping import Stop


class SeveralServers:
    """An engine of engines, which all draw from the same requests."""

    def __init__(self, engines: Sequence[OpenAIEngine]) -> None:
        self._engines = engines

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. A server counts as dead once it has lost a request, after all its tries.

        Raises UserError where a server refuses the key or the model, once what is in flight is home.
        """
        first_of(self._complete(_Left(requests), deliver, stop))

    async def _complete(self, left: "_Left", deliver: Deliver, stop: Stop) -> None:
        alive = [_Server(engine, left, deliver, stop) for engine in self._engines]
        while alive:
            async with asyncio.TaskGroup() as asked:
                for server in alive:
                    asked.create_task(server.work())
            alive = [server for server in alive if not server.dead]
            if left.fatal is not None:
                raise left.fatal
            if not left.lost or stop.requested:
                break  # else one died when the others had nothing more to draw
        for request, why in left.lost.values():
            deliver(request, why)


class _Left:
    """The requests that are still to be drawn: first those that a dead server lost, then the others."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = iter(requests)
        self.lost: dict[int, tuple[Request, Failure]] = {}
        self.fatal: UserError | None = None
        """What no request to one of the servers would escape: it ends the run, once what is in flight is home."""

    def next(self) -> Request:
        """The next one. Raises StopIteration where there is none."""
        return self.lost.pop(next(iter(self.lost)))[0] if self.lost else next(self._requests)

    def back(self, request: Request, why: Failure) -> None:
        """Take back what a server has lost."""
        self.lost[id(request)] = request, why


class _Server(Stop):
    """One of the servers: the requests that it draws, and, once it is dead, their stop."""

    def __init__(self, engine: OpenAIEngine, left: _Left, deliver: Deliver, stop: Stop) -> None:
        self._engine, self._left, self._deliver, self._stop = engine, left, deliver, stop
        self.dead = False

    @property
    def requested(self) -> bool:
        return self._stop.requested or self.dead or self._left.fatal is not None

    def __iter__(self) -> Iterator[Request]:
        return self

    def __next__(self) -> Request:
        if self.requested:
            raise StopIteration
        return self._left.next()

    async def work(self) -> None:
        """Ask it for what is left, until nothing is or it is dead."""
        try:
            await self._engine.answer_all(self, self._hand, self)
        except UserError as error:
            self._left.fatal = self._left.fatal or error

    def _hand(self, request: Request, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Failure) and not outcome.final and not self._stop.requested:
            self.dead = True
            self._left.back(request, outcome)
        else:
            self._deliver(request, outcome)
