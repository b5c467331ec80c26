"""Completions from any server that speaks OpenAI's chat protocol, through the official client.

Whatever passes (rate limits, time-outs, hang-ups, bodies that are no answer) is asked again with growing, jittered
pauses or after as long as the server wishes; whatever will not pass (a bad key, an unknown model) ends the run.
"""

import asyncio
import dataclasses
import email.utils
import ipaddress
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cot_distill.decoding import Completion, Deliver, Failure, Request, Working, estimated_tokens, unwatched
from cot_distill.decoding.spending import request_tokens
from cot_distill.errors import UserError
from cot_distill.stopping import Stop

OFFICIAL = "https://api.openai.com/v1"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_LONGEST_WISH = 600.0
"""Seconds that a server's Retry-After is honoured for, at most."""
_PASSING = frozenset({408, 409, 425, 429})
_REASON_LENGTH = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """Where requests go, and the key that goes with them."""

    url: str
    key: str = dataclasses.field(repr=False)

    @property
    def host(self) -> str:
        """Name and port, without whatever secret a URL may carry."""
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'unknown'}{f':{parts.port}' if parts.port else ''}"

    @property
    def local(self) -> bool:
        """Whether it is this machine, so that no proxy stands between."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"


def find_server(base_url: str | None, url_variable: str, key_variable: str) -> Server:
    """The server that the environment names, else `base_url`, else OpenAI's own.

    Raises UserError where the address is none, or where a server on the net needs a key and the variable has none.
    """
    url = os.environ.get(url_variable) or base_url or OFFICIAL
    key = os.environ.get(key_variable, "").strip()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"{url_variable} (or base_url) is no http address; it looks like https://host/v1")
    if not key and url in (base_url, OFFICIAL):
        raise UserError(f"{key_variable} is not set; export the key of {parts.hostname} in that variable")
    return Server(url, key or "none")


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """How hard a server is asked."""

    concurrency: int
    """Requests in flight."""
    timeout: float
    """Seconds for one try, from sending to the last byte."""
    tries: int
    """Tries of one request before it is given up."""


class OpenAIEngine:
    """Asks a server for completions, many at a time."""

    def __init__(self, model: str, parameters: Mapping[str, Any], server: Server, limits: Limits) -> None:
        """`parameters` are added to each request's body; one that is None takes the field of that name out."""
        self._model, self._parameters, self._server, self._limits = model, dict(parameters), server, limits

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. Raises UserError where the server refuses the key or the model."""
        try:
            asyncio.run(self._complete(iter(requests), deliver, stop))
        except BaseExceptionGroup as group:
            # What every worker ran into is one thing: the first says it.
            first: BaseException = group
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    async def _complete(self, requests: Iterator[Request], deliver: Deliver, stop: Stop) -> None:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        # A redirect would carry prompts to a place that nobody named, so none is followed.
        http = DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not self._server.local)
        async with AsyncOpenAI(
            api_key=self._server.key,
            base_url=self._server.url,
            timeout=self._limits.timeout,
            max_retries=0,
            http_client=http,
        ) as client:

            async def work() -> None:
                for request in requests:
                    deliver(request, await self._answer(client, request, stop))

            async with asyncio.TaskGroup() as workers:
                for _ in range(self._limits.concurrency):
                    workers.create_task(work())

    async def _answer(self, client: Any, request: Request, stop: Stop) -> Completion | Failure:
        reason = ""
        for tried in range(self._limits.tries):
            if tried and stop.requested:
                break
            outcome = await self._try(client, request)
            if not isinstance(outcome, _Passing):
                return outcome
            reason = outcome.reason
            if tried + 1 < self._limits.tries:
                await _pause(_seconds(tried, outcome.wish), stop)
        return Failure(f"{reason}, in {self._limits.tries} tries" if not stop.requested else reason, final=False)

    async def _try(self, client: Any, request: Request) -> "Completion | Failure | _Passing":
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._limits.timeout):
                # The response as it is: having the client check each against its models costs more than sending it.
                response = await client.post("/chat/completions", body=self._body(request), cast_to=httpx2.Response)
        except (openai.APITimeoutError, TimeoutError):
            return _Passing(f"no answer within {self._limits.timeout:g} s")
        except openai.APIStatusError as error:
            return self._refused(error)
        except openai.APIConnectionError as error:
            return _Passing(self._told(f"connection failed ({type(error.__cause__).__name__})"))
        try:
            return self._read(json.loads(response.content), request)
        except (ValueError, KeyError, IndexError, TypeError):
            return _Passing("the server sent something that is no chat completion")

    def _body(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": turn[0], "content": turn[1]} for turn in request.prompt if isinstance(turn, tuple)],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "seed": request.seed,
        }
        body |= self._parameters
        return {name: value for name, value in body.items() if value is not None}

    def _read(self, body: Any, request: Request) -> Completion:
        choice = body["choices"][0]
        text = choice["message"]["content"]
        if text is None:  # a refusal, or a reasoning model that spent its tokens before it answered
            text = ""
        if not isinstance(text, str):
            raise TypeError
        usage: Any = body.get("usage") or {}
        tokens_in, new_tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
        counted = isinstance(tokens_in, int) and isinstance(new_tokens, int)
        if not counted:
            tokens_in, new_tokens = request_tokens(request), estimated_tokens(len(text))
        model = body.get("model")
        return Completion(
            text=self._without_key(text),
            new_tokens=new_tokens,
            finish_reason=sys.intern(self._told(str(choice.get("finish_reason") or "unknown"))),
            prompt_tokens=tokens_in,
            counted=counted,
            model=sys.intern(self._told(model)) if isinstance(model, str) else None,
        )

    def _refused(self, error: Any) -> "Failure | _Passing":
        status = error.status_code
        told = self._told(_message(error.body) or f"HTTP {status}")
        code = _detail(error.body, "code")
        where = f"{self._server.host}: model {self._model}"
        if status in _PASSING or status >= 500:
            if code == "insufficient_quota":
                raise UserError(f"{where}: the account's quota is used up ({told}); add credit, then run again")
            return _Passing(f"HTTP {status}", _wish(error.response.headers))
        if status == 401:
            raise UserError(f"{where}: the key is refused (HTTP 401: {told}); check the key's variable")
        about_model = code in ("model_not_found", "invalid_model") or _detail(error.body, "param") == "model"
        if status in (400, 422) and not about_model:
            return Failure(f"refused with HTTP {status} ({told})", final=True)
        raise UserError(
            f"{where}: refused with HTTP {status} ({told}); check the model's name and the server's address"
        )

    def _told(self, text: str) -> str:
        """A server's words on one line, of bounded length, without the key."""
        line = " ".join("".join(char if char.isprintable() else " " for char in self._without_key(text)).split())
        return line if len(line) <= _REASON_LENGTH else f"{line[:_REASON_LENGTH]}…"

    def _without_key(self, text: str) -> str:
        key = self._server.key
        return text.replace(key, "[key]") if len(key) >= 8 and key in text else text


@dataclasses.dataclass(frozen=True, slots=True)
class _Passing:
    """A fault that may pass, and the seconds that the server wishes to be left alone."""

    reason: str
    wish: float | None = None


def _seconds(tried: int, wish: float | None) -> float:
    if wish is not None:
        return min(wish, _LONGEST_WISH) + random.uniform(0, _FIRST_PAUSE)
    longest = min(_FIRST_PAUSE * 2.0**tried, _LONGEST_PAUSE)
    return random.uniform(longest / 2, longest)


async def _pause(seconds: float, stop: Stop) -> None:
    until = time.monotonic() + seconds
    while not stop.requested and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 0.5))


def _wish(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header (or Azure's in milliseconds), None where there is none that can be read."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if seconds == seconds else None


def _message(body: object) -> str:
    return _detail(body, "message") or (body if isinstance(body, str) else "")


def _detail(body: object, name: str) -> str:
    if isinstance(body, Mapping):
        nested = body.get("error")
        value = body.get(name) or (nested.get(name) if isinstance(nested, Mapping) else None)
        return str(value) if value is not None else ""
    return ""
