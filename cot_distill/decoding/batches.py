"""Asking through a provider's batch interface: half the price, within a day, and a stop loses nothing.

The interface is OpenAI's; other providers offer it too. We upload the requests as a file of JSON lines, make a batch of
it, and download its results as another file. Each batch has a note in the folder of the model's journal. The note is
written before the batch is made, so that if a process is killed at any point the next one can find the batch. A request
is identified by its key in the journal, so that it belongs to one batch whichever run asks for it. Requests that fail
in a batch are asked again by single calls.
"""

import asyncio
import dataclasses
import json
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cot_distill.decoding import Completion, Deliver, Failure, Request, Working, unwatched
from cot_distill.decoding.batch_provider import ENDPOINT, IN_DOUBT, Provider
from cot_distill.decoding.openai_engine import OpenAIEngine, Retryable
from cot_distill.decoding.parameters import body
from cot_distill.decoding.server import Server
from cot_distill.errors import UserError
from cot_distill.files import write_text
from cot_distill.stopping import Stop

_MOST_REQUESTS, _MOST_BYTES = 20_000, 90_000_000
"""The most requests and bytes of one batch. OpenAI takes 50,000 and 200 MB."""
_FIRST_LOOK, _LONGEST_BETWEEN_LOOKS = 0.5, 60.0
_ENDED = frozenset({"completed", "failed", "expired", "cancelled", "canceled"})


@dataclasses.dataclass
class Note:
    """What we know of a batch. The file `path` keeps it as JSON."""

    path: Path
    host: str
    mark: str
    """It is sent as the batch's metadata, so that the batch can be found by it."""
    keys: list[str]
    batch: str | None = None
    """The provider's name of the batch; None: the batch may not exist."""

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        told = {"host": self.host, "mark": self.mark, "batch": self.batch, "keys": self.keys}
        write_text(self.path, json.dumps(told) + "\n")


def notes(folder: Path, host: str) -> list[Note]:
    """The notes of a server's batches whose results are not all delivered yet, the oldest first."""
    found = []
    for path in sorted(folder.glob("batches/*.json"), key=lambda path: path.stat().st_mtime):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["host"] == host:
                found.append(Note(path, host, told["mark"], told["keys"], told["batch"]))
        except (ValueError, KeyError, TypeError):
            raise UserError(f"{path}: this note of a batch cannot be read; delete it to give the batch up") from None
    return found


class BatchEngine:
    """Asks for completions in batches, and asks the single engine for those that fail in a batch."""

    def __init__(
        self,
        model: str,
        changes: Mapping[str, Any],
        server: Server,
        single: OpenAIEngine,
        folder: Path,
        key: Callable[[Request], bytes],
    ) -> None:
        """`changes` are an entry's `parameters`. `folder` is the model's folder in the journal; `key` gives a request's
        key there."""
        self._model, self._changes, self._server, self._single = model, dict(changes), server, single
        self._folder, self._key = folder, key

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. Raises UserError if the server has no such interface or refuses the batch."""
        drawn = iter(requests)
        while chunk := list(islice(drawn, _MOST_REQUESTS)):
            failed, done = asyncio.run(self._chunk(chunk, deliver, stop))
            if stop.requested:
                return
            if failed:
                print(f"{len(failed):,} requests failed in the batch; asking for them one by one", file=sys.stderr)
                self._single.complete(failed, deliver, stop)
            for note in done:
                note.path.unlink(missing_ok=True)

    async def _chunk(self, chunk: list[Request], deliver: Deliver, stop: Stop) -> tuple[list[Request], list[Note]]:
        """Deliver the chunk's answers. Returns the requests that have none, and the notes of the finished batches."""
        wanted = {self._key(request).hex(): request for request in chunk}
        [client] = self._server.clients(60.0, 1)
        async with client:
            provider = Provider(client, self._server)
            known = notes(self._folder, self._server.host)
            mine = [note for note in known if not wanted.keys().isdisjoint(note.keys)]
            under_way = {key for note in mine for key in note.keys}
            new = {key: request for key, request in wanted.items() if key not in under_way}
            for lines in self._files(new):
                mine.append(self._note(list(lines)))
                await self._make(provider, mine[-1], list(lines.values()))
            for note in mine:
                await self._find_or_make(provider, note, wanted)
            failed: dict[str, Request] = {}
            for note in mine:
                batch = await self._ended(provider, note, stop)
                if batch is None:
                    return [], []
                expected = {key: wanted[key] for key in note.keys if key in wanted}
                failed |= await self._bring_home(provider, batch, expected, deliver)
        return list(failed.values()), mine

    def _files(self, requests: Mapping[str, Request]) -> Iterator[dict[str, bytes]]:
        """The files to send, each as key → line."""
        lines: dict[str, bytes] = {}
        size = 0
        for key, request in requests.items():
            asked = body(self._model, self._changes, request, stream=False)
            line = json.dumps({"custom_id": key, "method": "POST", "url": ENDPOINT, "body": asked}).encode() + b"\n"
            if lines and size + len(line) > _MOST_BYTES:
                yield lines
                lines, size = {}, 0
            lines[key] = line
            size += len(line)
        if lines:
            yield lines

    def _note(self, keys: list[str]) -> Note:
        mark = uuid.uuid4().hex
        note = Note(self._folder / "batches" / f"{mark}.json", self._server.host, mark, keys)
        note.write()
        return note

    async def _make(self, provider: "Provider", note: Note, lines: Sequence[bytes]) -> None:
        note.batch = await provider.create(b"".join(lines), note.mark)
        note.write()
        print(f"batch {note.batch}: {len(lines):,} requests sent; a stop loses none", file=sys.stderr, flush=True)

    async def _find_or_make(self, provider: "Provider", note: Note, wanted: Mapping[str, Request]) -> None:
        """Complete a note that a killed process left before it knew its batch."""
        if note.batch is not None:
            return
        await asyncio.sleep(max(0.0, note.path.stat().st_mtime + IN_DOUBT - time.time()))
        note.batch = await provider.find(note.mark)
        if note.batch is not None:
            note.write()
            return
        note.keys = [key for key in note.keys if key in wanted]
        [lines] = self._files({key: wanted[key] for key in note.keys})
        await self._make(provider, note, list(lines.values()))

    async def _ended(self, provider: "Provider", note: Note, stop: Stop) -> dict[str, Any] | None:
        """Waits until the batch has ended, and returns it; None if a stop was requested before."""
        pause, told = _FIRST_LOOK, time.monotonic()
        while True:
            if stop.requested:
                return None
            batch = await provider.get(f"/batches/{note.batch}", missing_ends=f"batch {note.batch}")
            status = batch.get("status")
            if status == "failed":
                note.path.unlink()
                data = (batch.get("errors") or {}).get("data") or [{}]
                said = self._single.told(str(data[0].get("message") or data[0].get("code") or "no reason given"))
                raise UserError(f"{self._server.host}: batch {note.batch} was refused ({said}); set calls.batch false")
            if status in _ENDED:
                return batch
            if time.monotonic() - told > _LONGEST_BETWEEN_LOOKS:
                told = time.monotonic()
                counts = batch.get("request_counts") or {}
                done = f"{counts.get('completed', 0):,} of {counts.get('total', len(note.keys)):,} done"
                print(f"batch {note.batch}: {status}, {done}", file=sys.stderr, flush=True)
            until = time.monotonic() + pause
            while not stop.requested and (left := until - time.monotonic()) > 0:
                await asyncio.sleep(min(left, 0.5))
            pause = min(1.5 * pause, _LONGEST_BETWEEN_LOOKS)

    async def _bring_home(
        self, provider: "Provider", batch: Mapping[str, Any], expected: Mapping[str, Request], deliver: Deliver
    ) -> dict[str, Request]:
        """Deliver the batch's answers. Returns the requests that it did not answer."""
        left = dict(expected)
        for name in ("output_file_id", "error_file_id"):
            if not batch.get(name):
                continue
            for line in (await provider.content(f"/files/{batch[name]}/content")).splitlines():
                key, answer = self._answer(line, left)
                if answer is not None:
                    deliver(left.pop(key), answer)
        return left

    def _answer(self, line: bytes, left: Mapping[str, Request]) -> tuple[str, Completion | Failure | None]:
        """The key of a line of results, and its answer. The answer is None if the request failed or nobody asked for
        it."""
        try:
            row = json.loads(line.decode("utf-8", "replace"))
            key, response = str(row["custom_id"]), row.get("response") or {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return "", None
        if key not in left or not isinstance(response, Mapping):
            return key, None
        content = json.dumps(response.get("body") or {"error": row.get("error")}).encode()
        try:
            outcome = self._single.outcome(left[key], int(response.get("status_code") or 500), {}, content)
        except (UserError, ValueError):  # a single call will show whether the fault persists
            return key, None
        if isinstance(outcome, Completion):
            return key, dataclasses.replace(outcome, batched=True)
        refused = isinstance(outcome, Failure) and bool(outcome.cause)
        return key, outcome if refused and not isinstance(outcome, Retryable) else None
