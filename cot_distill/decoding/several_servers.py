"""Several servers of one model, such as copies on several machines. Each is asked at its own pace. If one dies, the
others take over its requests."""

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from cot_distill.decoding import Completion, Deliver, Failure, Request, Working, unwatched
from cot_distill.decoding.openai_engine import OpenAIEngine, first_of
from cot_distill.errors import UserError
from cot_distill.stopping import Stop

_LOSSES = 3
"""A server that loses this many requests in a row, each after all its tries, counts as dead."""


class SeveralServers:
    """An engine that combines engines; all of them draw from the same requests."""

    def __init__(self, engines: Sequence[OpenAIEngine]) -> None:
        self._engines = engines

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. A request that one server has lost goes to another; it fails if every server has lost
        it.

        Raises UserError if a server refuses the key or the model, after the requests in flight have ended.
        """
        first_of(self._complete(_Left(requests), deliver, stop))

    async def _complete(self, left: "_Left", deliver: Deliver, stop: Stop) -> None:
        servers = [_Server(engine, left, deliver, stop) for engine in self._engines]
        begun = False
        # Repeat if a server lost requests after the others had nothing more to draw.
        while not begun or any(left.has_lost_for(server) for server in servers if not server.requested):
            begun = True
            async with asyncio.TaskGroup() as asked:
                for server in servers:
                    asked.create_task(server.work())
            if left.fatal is not None:
                raise left.fatal
        for lost in left.lost:
            deliver(lost.request, lost.why)


@dataclasses.dataclass(eq=False, slots=True)
class _Lost:
    request: Request
    why: Failure
    by: "set[_Server]"


class _Left:
    """The requests that are still to be drawn: those that a server has lost, and those that no server got yet."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = iter(requests)
        self._again: dict[int, _Lost] = {}
        self.lost: list[_Lost] = []
        self.fatal: UserError | None = None
        """A fault that no request to one of the servers would escape. It ends the run after the requests in flight."""

    def has_lost_for(self, server: "_Server") -> bool:
        """Whether another server has lost a request that this one could take."""
        return any(server not in lost.by for lost in self.lost)

    def next(self, server: "_Server") -> Request:
        """The next request for this server. Raises StopIteration if there is none."""
        lost = next((lost for lost in self.lost if server not in lost.by), None)
        if lost is None:
            return next(self._requests)
        self.lost.remove(lost)
        self._again[id(lost.request)] = lost
        return lost.request

    def back(self, request: Request, why: Failure, server: "_Server") -> None:
        """Take back a request that a server has lost."""
        before = self._again.pop(id(request), None)
        self.lost.append(_Lost(request, why, {server} | (before.by if before else set())))


class _Server(Stop):
    """One of the servers: the requests that it draws, and the stop that ends them when it is dead."""

    def __init__(self, engine: OpenAIEngine, left: _Left, deliver: Deliver, stop: Stop) -> None:
        self._engine, self._left, self._deliver, self._stop = engine, left, deliver, stop
        self._losses = 0

    @property
    def requested(self) -> bool:
        return self._stop.requested or self._losses >= _LOSSES or self._left.fatal is not None

    def __iter__(self) -> Iterator[Request]:
        return self

    def __next__(self) -> Request:
        if self.requested:
            raise StopIteration
        return self._left.next(self)

    async def work(self) -> None:
        """Ask the server until no request is left or it is dead."""
        try:
            await self._engine.answer_all(self, self._hand, self)
        except UserError as error:
            self._left.fatal = self._left.fatal or error

    def _hand(self, request: Request, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Failure) and not outcome.final and not self._stop.requested:
            self._losses += 1
            self._left.back(request, outcome, self)
        else:
            self._losses = 0
            self._deliver(request, outcome)
