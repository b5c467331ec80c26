"""Puts a reply that comes piece by piece (server-sent events) together into the body of an unstreamed reply."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

_LONGEST = 12
"""A stream may take so many times the time-out in all. This ends one that sends only signs of life."""
_JOINED = ("content", "reasoning_content", "reasoning", "thinking", "refusal")


async def streamed(response: Any, timeout: float) -> bytes:
    """The body of a reply that may be a stream.

    Raises TimeoutError if no piece comes within `timeout` seconds, and httpx2's errors if the connection ends. If the
    usage had come by then, the reply was billed: it is returned instead.
    """
    import httpx2

    pieces = bytearray()
    kept = Assembled()
    plain = True
    try:
        async with asyncio.timeout(_LONGEST * timeout):
            async for line in _lines(response, timeout):
                if plain and line.startswith((b"data:", b":", b"event:", b"id:", b"retry:")):
                    plain = False
                if plain:
                    pieces += line + b"\n"
                elif line.startswith(b"data:"):
                    kept.add(line[5:].strip())
    except (httpx2.HTTPError, TimeoutError):
        if kept.usage is None:
            raise
    return bytes(pieces) if plain else kept.body()


async def _lines(response: Any, timeout: float) -> AsyncIterator[bytes]:
    rest = b""
    chunks = response.aiter_bytes()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), timeout)
        except StopAsyncIteration:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
    if rest:
        yield rest


class Assembled:
    """The pieces of one reply so far."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._finish: Any = None
        self._begun = self._ended = False
        self.usage: Any = None

    def add(self, data: bytes) -> None:
        """Add one event's data. Data that is not JSON ends the reply."""
        if data == b"[DONE]":
            self._ended = True
            return
        try:
            piece = json.loads(data.decode("utf-8", errors="replace"))
        except ValueError:
            return
        if not isinstance(piece, Mapping):
            return
        for name in ("usage", "x_groq", "usageMetadata"):
            holder = piece.get(name)
            if isinstance(holder, Mapping) and (name != "x_groq" or holder.get("usage")):
                self._facts[name] = self.usage = holder
        for name in ("model", "error"):
            if piece.get(name):
                self._facts[name] = piece[name]
        choices = piece.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            self._choice(choices[0])

    def body(self) -> bytes:
        """The reply as one JSON body. It has no choice if the stream broke off or brought none."""
        facts = dict(self._facts)
        if self._begun and (self._ended or self._finish or self.usage is not None):
            finish = self._finish if self._finish or self._ended else "error"
            facts["choices"] = [{"message": self._message, "finish_reason": finish}]
        return json.dumps(facts).encode()

    def _choice(self, choice: Mapping[str, Any]) -> None:
        self._begun = True
        self._finish = choice.get("finish_reason") or self._finish
        if choice.get("error"):
            self._facts["error"] = choice["error"]
        if isinstance(choice.get("usage"), Mapping):
            self._facts["usage"] = self.usage = choice["usage"]
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, Mapping):
            return
        for name, value in delta.items():
            before = self._message.get(name)
            if value is None:
                continue
            if isinstance(value, str) and name in _JOINED:
                if isinstance(before, list):
                    self._message[name] = [*before, {"type": "text", "text": value}]
                else:
                    self._message[name] = (before or "") + value
            elif isinstance(value, list):
                held = [{"type": "text", "text": before}] if isinstance(before, str) else before or []
                self._message[name] = [*held, *value]
