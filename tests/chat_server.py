"""A stand-in of a chat server on loopback, in a process of its own, that can be slow, limited and faulty on purpose.

    python -m tests.chat_server --latency 0.2 --at-once 64 --faults third --log requests.jsonl
    python -m tests.chat_server --per-minute 500 --burst 5 --wish 'retry-after-ms: 120'

It prints its port, then answers POST /v1/chat/completions, and the batch interface (see `tests.batch_server`). The
answer depends on the request alone: the text that `reply` makes of the last turn. The log gets a line a request when it
arrives (`asked`, the last turn) and one when it has been answered (with the `usage` that was billed), so that a test can
count what was asked twice and what it cost. A script gives the behaviour of each try of a request: see `Behaviour`.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import functools
import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FAULTS = ("429", "500", "hang_up", "garbage", "half", "never")
_GOLD = re.compile(r"^\(The answer is known: (.*)\)$", re.M)


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """What happens to one try."""

    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: Any = None
    """JSON, or a text that is sent as it is; None: the usual answer."""
    merged: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Fields that change the usual answer's choice, beside `message` and `usage`, which change those of that name."""
    stream: list[Any] | None = None
    """Events of a stream, each JSON or a text; `…` (three dots in one character) waits for half a second."""
    then: str = ""
    """`hang_up` instead of an answer, `half` of it, or `never`."""

    @property
    def usage(self) -> dict[str, Any] | None:
        """What the body bills, where it is the test's own."""
        return self.body.get("usage") if isinstance(self.body, dict) else None


def reply(body: dict[str, Any]) -> str:
    """A chain of thought that states the gold answer of the last turn's hint, of two steps and one that varies."""
    asked = body["messages"][-1]["content"]
    gold = _GOLD.findall(asked)
    kind = hashlib.sha256(f"{asked}{body.get('seed')}".encode()).hexdigest()[:6]
    return f"First we look at case {kind}. Then we add what is asked.\nThe answer is {gold[-1] if gold else '7'}."


def completion(body: dict[str, Any], say: str | None = None, merged: dict[str, Any] | None = None) -> dict[str, Any]:
    """The usual answer to a request's body."""
    text = say or reply(body)
    usage: Any = {"prompt_tokens": len(json.dumps(body)) // 4, "completion_tokens": len(text.split())}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    for name, value in (merged or {}).items():
        if name == "message":
            choice["message"] = message | value
        elif name == "usage":
            usage = value
        else:
            choice[name] = value
    return {"model": f"{body['model']}-served", "choices": [choice], "usage": usage}


class Bucket:
    """A limit: `rate` requests a second, so many of them at once at most."""

    def __init__(self, per_minute: float, burst: float) -> None:
        self.rate, self.size = per_minute / 60, burst
        self.level, self.filled = burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.level, self.filled = min(self.size, self.level + (now - self.filled) * self.rate), now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Server:
    """Serves `at_once` requests at a time, each after `latency` seconds, the rest wait their turn."""

    def __init__(
        self,
        latency: float = 0.0,
        at_once: int = 1000,
        faults: str = "",
        only: str = "",
        log: Path | None = None,
        say: str | None = None,
        bucket: Bucket | None = None,
        wish: str = "",
        script: dict[str, list[Behaviour]] | None = None,
    ) -> None:
        """`script`: text of a last turn → what happens to its first try, its second, and so on; then all is well."""
        self.latency, self.faults, self.only, self.say = latency, faults, only, say
        self.bucket, self.wish, self.script = bucket, wish, script or {}
        self.places = asyncio.Semaphore(at_once)
        self.log = log.open("a", encoding="utf-8", buffering=1) if log else None
        self.lines: list[dict[str, Any]] = []
        self.tried: dict[str, int] = {}
        from tests.batch_server import Batches

        self.batches = Batches(self)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = re.search(rb"content-length: *(\d+)", head, re.I)
                body = await reader.readexactly(int(size[1])) if size else b""
                method, target = head.split(b" ", 2)[:2]
                path = target.decode().partition("?")[0]
                if path.endswith("/chat/completions"):
                    going_on = await self.answer(head, body, writer)
                else:
                    going_on = await self.batches.answer(method.decode(), target.decode(), head, body, writer)
                if not going_on:
                    break
        writer.close()

    async def answer(self, head: bytes, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection is to be closed."""
        body = json.loads(raw)
        digest = hashlib.sha256(raw).hexdigest()
        asked = body["messages"][-1]["content"]
        self.seen(body)
        self.told(asked=asked)
        if self.bucket and not self.bucket.take():
            send(writer, 429, {"error": {"message": "Rate limit reached"}}, f"{self.wish}\r\n" if self.wish else "")
            await writer.drain()
            return True
        key = re.search(rb"authorization: *Bearer (\S+)", head, re.I)
        echoed = key[1].decode() if key else ""
        behaviour = self.behaviour(digest, asked, echoed)
        async with self.places:
            if behaviour.then == "never":
                await asyncio.sleep(3600)
            await asyncio.sleep(self.latency)
        if behaviour.then == "hang_up":
            return False
        told = functools.partial(self.told, answered=digest, status=behaviour.status, key=echoed)
        await self.send(writer, behaviour, body, told)
        return behaviour.then != "half"

    async def send(
        self, writer: asyncio.StreamWriter, behaviour: Behaviour, body: dict[str, Any], told: Callable[..., None]
    ) -> None:
        """Send what the behaviour says. The usage that it bills is told first: a client that has read the answer may
        look at once."""
        headers = "".join(f"{name}: {value}\r\n" for name, value in behaviour.headers.items())
        if behaviour.stream is not None or (body.get("stream") and behaviour.body is None):
            whole = completion(body, self.say, behaviour.merged)
            events = behaviour.stream if behaviour.stream is not None else streamed(whole)
            sent = events[: events.index("hang_up")] if "hang_up" in events else events
            told(
                usage=next((one["usage"] for one in reversed(sent) if isinstance(one, dict) and one.get("usage")), None)
            )
            await self.stream(writer, events, headers)
            return
        answer = completion(body, self.say, behaviour.merged) if behaviour.body is None else behaviour.body
        if behaviour.then == "half":
            writer.write(
                b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"choices": ['
            )
        else:
            told(usage=answer.get("usage") if isinstance(answer, dict) else None)
            send(writer, behaviour.status, answer, headers)
        await writer.drain()

    async def stream(self, writer: asyncio.StreamWriter, events: list[Any], headers: str) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{headers}connection: close\r\n".encode())
        writer.write(b"transfer-encoding: chunked\r\n\r\n")
        for event in events:
            if event == "…":
                await asyncio.sleep(0.5)
                continue
            if event == "hang_up":
                writer.close()
                return
            line = event if isinstance(event, str) else f"data: {json.dumps(event)}"
            piece = f"{line}\n\n".encode()
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def behaviour(self, digest: str, asked: str, key: str) -> Behaviour:
        """What happens to this try: by the script, else by the faults."""
        tried = self.tried[digest] = self.tried.get(digest, -1) + 1
        for text, behaviours in self.script.items():
            if text in asked:
                return behaviours[tried] if tried < len(behaviours) else Behaviour()
        if self.only not in asked:
            return Behaviour()
        fault = self.faults
        if fault == "third":  # one try in three, each kind in turn
            number = int(digest[:8], 16) + tried
            fault = FAULTS[number // 3 % len(FAULTS)] if number % 3 == 0 else ""
        if fault in ("hang_up", "half", "never"):
            return Behaviour(then=fault)
        if fault == "429":
            return Behaviour(429, {"retry-after": "0.2"}, {"error": {"message": f"slow down, {key}"}})
        if fault == "500":
            return Behaviour(500, {}, {"error": {"message": f"{key} broke"}})
        if fault == "garbage":
            return Behaviour(200, {}, f"<html>{key}</html>")
        if fault:  # a status and a body of the test's own
            status, _, answer = fault.partition(" ")
            return Behaviour(int(status), {}, json.loads(answer or "{}"))
        return Behaviour()

    def seen(self, body: dict[str, Any]) -> None:
        """A request has arrived with this body."""

    def told(self, **facts: Any) -> None:
        line = {**facts, "at": time.time()}
        self.lines.append(line)
        if self.log:
            self.log.write(json.dumps(line) + "\n")


def streamed(body: dict[str, Any]) -> list[Any]:
    """The usual answer as the events of a stream, with signs of life between."""
    choice = body["choices"][0]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in re.findall(r"\S+\s*", message["content"] or "")]
    deltas = [{name: value} for name, value in message.items() if name not in ("content", "role")] + deltas
    events = [{"model": body["model"], "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    return [": keep-alive", *events, end, {"choices": [], "usage": body["usage"]}, "data: [DONE]"]


def send(writer: asyncio.StreamWriter, status: int, body: Any, headers: str = "") -> None:
    """Write a whole response."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "" if "content-type" in headers else "content-type: application/json\r\n"
    head = f"HTTP/1.1 {status} Said\r\n{kind}{headers}content-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)


class InThread:
    """A server in a thread of this process, whose script a test can change."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 26)
        self._listening = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.url = f"http://127.0.0.1:{self._listening.sockets[0].getsockname()[1]}/v1"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listening.close()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--at-once", type=int, default=1000)
    parser.add_argument("--faults", default="")
    parser.add_argument("--only", default="", help="faults are for requests whose last turn has this text")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--say")
    parser.add_argument("--per-minute", type=float, help="requests that are taken")
    parser.add_argument("--burst", type=float, default=5)
    parser.add_argument("--wish", default="", help="a header of refusals for the rate")
    parser.add_argument("--script", type=Path, help="JSON: text of a last turn -> list of behaviours")
    parser.add_argument("--batch-seconds", type=float, default=0.5, help="how long a batch takes")
    chosen = parser.parse_args()
    script = json.loads(chosen.script.read_text(encoding="utf-8")) if chosen.script else {}
    server = Server(
        *(chosen.latency, chosen.at_once, chosen.faults, chosen.only, chosen.log, chosen.say),
        bucket=Bucket(chosen.per_minute, chosen.burst) if chosen.per_minute else None,
        wish=chosen.wish,
        script={text: [Behaviour(**one) for one in behaviours] for text, behaviours in script.items()},
    )
    server.batches.seconds = chosen.batch_seconds
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 26, backlog=1000)
    print(listening.sockets[0].getsockname()[1], flush=True)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    sys.exit(0)
