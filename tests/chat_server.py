"""A stand-in of a chat server on loopback, in a process of its own, that can be slow, limited and faulty on purpose.

    python -m tests.chat_server --latency 0.2 --at-once 64 --faults third --log requests.jsonl

It prints its port, then answers POST /v1/chat/completions. The answer depends on the request alone: the text that
`reply` makes of the last turn. The log gets a line a request when it arrives (`asked`, the last turn) and one when it
has been answered, so that a test can count what was asked twice.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

FAULTS = ("429", "500", "hang_up", "garbage", "half", "never")
_GOLD = re.compile(r"^\(The answer is known: (.*)\)$", re.M)


def reply(body: dict[str, Any]) -> str:
    """A chain of thought that states the gold answer of the last turn's hint, of two steps and one that varies."""
    asked = body["messages"][-1]["content"]
    gold = _GOLD.findall(asked)
    kind = hashlib.sha256(f"{asked}{body.get('seed')}".encode()).hexdigest()[:6]
    return f"First we look at case {kind}. Then we add what is asked.\nThe answer is {gold[-1] if gold else '7'}."


class Server:
    """Serves `at_once` requests at a time, each after `latency` seconds, the rest wait their turn."""

    def __init__(self, latency: float, at_once: int, faults: str, only: str, log: Path | None, say: str | None) -> None:
        self.latency, self.faults, self.only, self.say = latency, faults, only, say
        self.places = asyncio.Semaphore(at_once)
        self.log = log.open("a", encoding="utf-8", buffering=1) if log else None
        self.tried: dict[str, int] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = re.search(rb"content-length: *(\d+)", head, re.I)
                body = await reader.readexactly(int(size[1])) if size else b"{}"
                if not await self.answer(head, body, writer):
                    break
        writer.close()

    async def answer(self, head: bytes, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection is to be closed."""
        body = json.loads(raw)
        digest = hashlib.sha256(raw).hexdigest()
        asked = body["messages"][-1]["content"]
        fault = self.fault(digest) if self.only in asked else None
        self.told(asked=asked)
        async with self.places:
            if fault == "never":
                await asyncio.sleep(3600)
            await asyncio.sleep(self.latency)
        key = re.search(rb"authorization: *Bearer (\S+)", head, re.I)
        echoed = key[1].decode() if key else ""
        if fault == "429":
            send(
                writer, "429 Too Many Requests", {"error": {"message": f"slow down, {echoed}"}}, "retry-after: 0.2\r\n"
            )
        elif fault == "500":
            send(writer, "500 Oops", {"error": {"message": f"{echoed} broke"}})
        elif fault == "garbage":
            send(writer, "200 OK", f"<html>{echoed}</html>")
        elif fault in ("hang_up", "half"):
            if fault == "half":
                writer.write(
                    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"choices": ['
                )
            return False
        elif fault:  # a status and a body of the test's own
            status, _, answer = fault.partition(" ")
            send(writer, f"{status} Said", json.loads(answer or "{}"))
        else:
            text = self.say or reply(body)
            words = len(text.split())
            usage = {"prompt_tokens": len(raw) // 4, "completion_tokens": words}
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            send(writer, "200 OK", {"model": f"{body['model']}-served", "choices": [choice], "usage": usage})
        await writer.drain()
        self.told(answered=digest, fault=fault, key=echoed)
        return True

    def fault(self, digest: str) -> str | None:
        """What goes wrong with this try: with `third` one try in three, each kind in turn; else what is named."""
        tried = self.tried[digest] = self.tried.get(digest, -1) + 1
        if self.faults == "third":
            number = int(digest[:8], 16) + tried
            return FAULTS[number // 3 % len(FAULTS)] if number % 3 == 0 else None
        return self.faults or None

    def told(self, **facts: Any) -> None:
        if self.log:
            self.log.write(json.dumps({**facts, "at": time.time()}) + "\n")


def send(writer: asyncio.StreamWriter, status: str, body: Any, headers: str = "") -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--at-once", type=int, default=1000)
    parser.add_argument("--faults", default="")
    parser.add_argument("--only", default="", help="faults are for requests whose last turn has this text")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--say")
    chosen = parser.parse_args()
    server = Server(chosen.latency, chosen.at_once, chosen.faults, chosen.only, chosen.log, chosen.say)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 20, backlog=1000)
    print(listening.sockets[0].getsockname()[1], flush=True)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    sys.exit(0)
