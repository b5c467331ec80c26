"""Completions from any server that speaks OpenAI's chat protocol.

After a refusal for the rate, all requests wait (see `pacing`). After other faults that may pass (time-outs, dropped
connections, bodies without an answer) the request is sent again, after growing pauses with jitter. Every reply that was
billed counts as an answer (see `replies`). A fault that no request would escape (a bad key, an unknown model) ends the
run.
"""

import asyncio
import contextlib
import dataclasses
import json
import random
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from typing import Any

from cot_distill.decoding import Completion, Deliver, Failure, Request, Working, parameters, replies, unwatched
from cot_distill.decoding.faults import Fault, Kind, fault, has_error, hint
from cot_distill.decoding.pacing import Pacer
from cot_distill.decoding.server import Server, certificate_fault, find_server
from cot_distill.decoding.spending import request_tokens
from cot_distill.decoding.streams import streamed
from cot_distill.errors import UserError
from cot_distill.stopping import Stop

__all__ = ["Limits", "OpenAIEngine", "Server", "find_server"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_BUSY_PAUSES = 5
"""When a server is too busy, the pause stops growing after this many failures."""
_WORKERS = 2
"""This many workers for each request in flight, so that one can send while another waits to send again."""
_LONGEST_WISH = 3600.0
"""The longest pause that a server may ask for, in seconds; a longer one ends the run."""
_OVERTAKEN, _OVERTAKEN_BY = 2, 10
"""A request is given up after this many times `tries` refusals for the rate, if this many others succeeded between
them."""
_REASON_LENGTH = 200
_JSON = {"content-type": "application/json"}
_IN_VAIN = ", however long it was waited for"
_NO_COMPLETION = "the server sent something that is not a chat completion"


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """How many requests a server gets, how fast, and how often."""

    concurrency: int
    """Requests in flight."""
    timeout: float
    """Seconds for one try, from sending to the last byte. For a stream, seconds between two pieces."""
    tries: int
    """Tries of one request before it is given up. Waiting for a rate limit does not count."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    """The limits of the user; None: as fast as the server allows."""
    patience: float = 180.0
    """A server that accepts nothing for so many seconds, besides the pauses that it asked for, counts as closed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Retryable:
    """A fault that may pass."""

    reason: str
    words: str = ""
    kind: Kind = Kind.FAILED
    """The kind of the fault: this, `LIMITED` or `BUSY`."""
    retry_after: float | None = None


class _Halt(Stop):
    """A stop that is also requested by a fault that no other request would escape."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.fatal: UserError | None = None

    @property
    def requested(self) -> bool:
        return self._stop.requested or self.fatal is not None


class _Held:
    """A worker's hold on one of the shared connections."""

    def __init__(self, places: "asyncio.LifoQueue[Any]") -> None:
        self._places = places
        self.client: Any = None

    async def __aenter__(self) -> "_Held":
        self.client = await self._places.get()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._places.put_nowait(self.client)

    async def lend(self, seconds: float, stop: Stop) -> None:
        """Wait `seconds`, or until a stop, and let another worker use the connection meanwhile."""
        self._places.put_nowait(self.client)
        until = time.monotonic() + seconds
        while not stop.requested and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.5))
        self.client = await self._places.get()


def first_of(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end. If several tasks fail they meet the same fault, so the first one's error is raised."""
    try:
        asyncio.run(work)
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


class OpenAIEngine:
    """Asks a server for completions, many at a time."""

    def __init__(
        self, model: str, changes: Mapping[str, Any], server: Server, limits: Limits, stream: bool = False
    ) -> None:
        """`changes` are an entry's `parameters`: see `parameters.body`. `stream`: read replies piece by piece, for
        gateways that drop a silent connection."""
        self._model, self._parameters, self._server, self._limits = model, dict(changes), server, limits
        self._stream = stream
        self._tokens_each = 0.0

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. Raises UserError if the server refuses the key or the model."""
        first_of(self.answer_all(iter(requests), deliver, stop))

    async def answer_all(self, requests: Iterator[Request], deliver: Deliver, stop: Stop) -> None:
        """As `complete`, for a caller that runs several engines in one event loop."""
        limits = self._limits
        pacer = Pacer(limits.requests_per_minute, limits.tokens_per_minute, limits.patience)
        halt = _Halt(stop)
        # A worker that waits before it sends again lends its connection to another worker.
        places: asyncio.LifoQueue[Any] = asyncio.LifoQueue()

        async def work() -> None:
            async with _Held(places) as place:
                for request in () if halt.requested else requests:
                    try:
                        deliver(request, await self._answer(place, pacer, request, halt))
                    except UserError as error:
                        # Other requests in flight are paid for, so the run ends only after their answers have come.
                        halt.fatal = halt.fatal or error
                    if halt.fatal is not None:
                        return

        async with contextlib.AsyncExitStack() as connections:
            for client in self._server.clients(limits.timeout, limits.concurrency):
                places.put_nowait(await connections.enter_async_context(client))
            async with asyncio.TaskGroup() as workers:
                for _ in range(_WORKERS * limits.concurrency):
                    workers.create_task(work())
        if halt.fatal is not None:
            raise halt.fatal

    async def _answer(self, place: "_Held", pacer: Pacer, request: Request, stop: Stop) -> Completion | Failure:
        failed = overtaken = busy = 0
        taken: int | None = None  # what the server had accepted in all when this request was last refused for the rate
        last = Retryable("it was not asked for")
        while failed < self._limits.tries:
            expected = request_tokens(request) + round(self._tokens_each or request.sampling.max_new_tokens)
            ticket = await pacer.turn(expected, stop) if not failed or not stop.requested else None
            if ticket is None:
                return Failure(_with(last.reason, last.words) + (_IN_VAIN if pacer.closed else ""), final=False)
            outcome, headers = await self._try(place.client, request)
            told = hint(headers, self._tokens_each + request_tokens(request))
            if not isinstance(outcome, Retryable):
                self._count(outcome)
                pacer.ended(True, expected, _tokens(outcome), told)
                return outcome
            last = outcome
            if outcome.kind is not Kind.FAILED:
                overtaken += taken is not None and pacer.taken - taken >= _OVERTAKEN_BY
                taken = pacer.taken
                alone = not pacer.refused(ticket, outcome.retry_after, expected, told, outcome.kind is Kind.LIMITED)
                if overtaken > _OVERTAKEN * self._limits.tries:
                    return Failure(_with(last.reason, last.words) + _IN_VAIN, final=False)
                if alone:
                    busy += 1
                    await place.lend(_seconds(min(busy, _BUSY_PAUSES), None), stop)
                continue
            pacer.ended(False, expected, 0, told)
            failed += 1
            if failed < self._limits.tries:
                await place.lend(_seconds(failed, outcome.retry_after), stop)
        return Failure(_with(f"{last.reason}, in {self._limits.tries} tries", last.words), final=False)

    async def _try(self, client: Any, request: Request) -> tuple[Completion | Failure | Retryable, Mapping[str, str]]:
        import httpx2

        headers: Mapping[str, str] = {}
        try:
            async with asyncio.timeout(None if self._stream else self._limits.timeout):
                address = self._server.address("/chat/completions")
                body = json.dumps(parameters.body(self._model, self._parameters, request, self._stream)).encode()
                async with client.stream("POST", address, content=body, headers=_JSON) as response:
                    headers = response.headers
                    if self._stream or headers.get("content-type", "").startswith("text/event-stream"):
                        content = await streamed(response, self._limits.timeout)
                    else:
                        content = await response.aread()
        except (httpx2.TimeoutException, TimeoutError):
            return Retryable(f"no answer within {self._limits.timeout:g} s"), headers
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
            raise UserError(f"{self._server.host}: no request can be sent there ({self.told(str(error))})") from None
        except httpx2.HTTPError as error:
            return self._unconnected(error), headers
        return self.outcome(request, response.status_code, headers, content), headers

    def outcome(
        self, request: Request, status: int, headers: Mapping[str, str], content: bytes
    ) -> Completion | Failure | Retryable:
        """The result of a request, from the server's reply. Raises UserError if no request would succeed."""
        try:
            body = replies.decoded(content)
        except (ValueError, RecursionError):
            body = None
        cap = parameters.cap(self._parameters, request.sampling)
        billed = isinstance(body, Mapping) and replies.read_usage(body, request) is not None
        completion = replies.read(body, request, cap) if status < 300 or billed else None
        if completion is None:
            if status < 300 and not has_error(body):
                return Retryable(_NO_COMPLETION)
            return self._refused(fault(status, headers, content))
        if completion.finish_reason == "error" and fault(status, headers, content).cause == "moderation":
            completion = dataclasses.replace(completion, finish_reason="content_filter")
        without = self._server.without_key
        return dataclasses.replace(
            completion,
            text=without(completion.text),
            thoughts=without(completion.thoughts),
            finish_reason=without(completion.finish_reason),
            model=completion.model and without(completion.model),
        )

    def _refused(self, found: Fault) -> Failure | Retryable:
        words = self.told(found.words)
        status = f"HTTP {found.status}"
        told = words or status
        where = f"{self._server.host}: model {self._model}"
        if found.kind is Kind.LIMITED and (found.retry_after or 0.0) > _LONGEST_WISH:
            hours = (found.retry_after or 0.0) / 3600
            raise UserError(f"{where}: the server takes nothing for {hours:.1f} hours ({told}); run again then")
        if found.kind in (Kind.LIMITED, Kind.BUSY, Kind.FAILED):
            reason = status if found.status >= 400 else _NO_COMPLETION
            return Retryable(reason, words, found.kind, found.retry_after)
        if found.kind in (Kind.REFUSED, Kind.INVALID):
            return Failure(f"refused with {status} ({told})", final=True, cause=found.cause)
        if found.kind is Kind.QUOTA:
            raise UserError(f"{where}: the account's quota is used up ({told}); add credit or wait, then run again")
        if found.kind is Kind.KEY:
            variable = self._server.key_variable
            raise UserError(f"{where}: the key is refused ({status}: {told}); check the variable {variable}")
        raise UserError(
            f"{where}: refused with {status} ({told}); check the model's name, its parameters and the server's address"
        )

    def _unconnected(self, error: Exception) -> Retryable:
        certificate = certificate_fault(error)
        if certificate is not None:
            raise UserError(
                f"{self._server.host}: no secure connection ({self.told(certificate)}); name the authority's "
                "certificates in SSL_CERT_FILE, or correct the address"
            )
        return Retryable(f"connection failed ({type(error).__name__})", self.told(str(error)))

    def _count(self, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Completion):
            self._tokens_each += (outcome.new_tokens - self._tokens_each) / (10 if self._tokens_each else 1)

    def told(self, text: str) -> str:
        """A server's words, on one line, shortened, and without the key."""
        printable = "".join(char if char.isprintable() else " " for char in self._server.without_key(text))
        line = " ".join(replies.whole_characters(printable).split())
        return line if len(line) <= _REASON_LENGTH else f"{line[:_REASON_LENGTH]}…"


def _tokens(outcome: Completion | Failure) -> int:
    return outcome.prompt_tokens + outcome.new_tokens if isinstance(outcome, Completion) else 0


def _with(reason: str, words: str) -> str:
    return f"{reason} ({words})" if words else reason


def _seconds(failed: int, wish: float | None) -> float:
    if wish is not None:
        return min(wish, _LONGEST_WISH) + random.uniform(0, _FIRST_PAUSE)
    longest = min(_FIRST_PAUSE * 2.0 ** (failed - 1), _LONGEST_PAUSE)
    return random.uniform(longest / 2, longest)
