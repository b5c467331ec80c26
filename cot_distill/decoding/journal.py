"""The response journal: it keeps every completion that was paid for, once for all experiments.

It is under the cache root, with a folder for each model and a file for each process that wrote:

    journal/gpt_4o-3f9a…/20261123T101502-host-4711.jsonl

A line is one response, `{"key": …, "name": …, "text": …, …}`. A process appends only to a file of its own, so any
number of processes may write. A line that a crash tore is not JSON; it is skipped, and only that response is lost. The
key is the hash of everything that the response depends on: engine, model, revision, arguments, messages, sampling and
the sample's number. The server's address is not part of it: the same model gives the same answers wherever it runs, and
a new job's server has another port.
"""

import dataclasses
import datetime
import fcntl
import hashlib
import json
import os
import platform
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.decoding import Completion, Request
from cot_distill.errors import UserError
from cot_distill.files import cache_root, write_text

_KEY = slice(len('{"key": "'), len('{"key": "') + 64)
_SECONDS_BETWEEN_SYNCS = 1.0
_MOST_OPEN = 64
"""The most files that are open for reading at a time; many runs leave many files."""
_LATER = ("thoughts", "cached_tokens", "batched")
"""Fields of a completion that older journals lack. A field is written only if it is not at its default."""
_WANTED = {"key", "at", *(field.name for field in dataclasses.fields(Completion))} - set(_LATER)


class Shelf:
    """The journal of one model."""

    def __init__(self, identity: Mapping[str, Any], folder: Path | None = None) -> None:
        """`identity` is what a response depends on besides its request. `folder` is the journal's folder."""
        self._identity = json.dumps(identity, sort_keys=True).encode()
        self.folder = model_folder(identity, folder)
        self._described = json.dumps(identity, indent=2, sort_keys=True) + "\n"
        self._places: dict[bytes, tuple[int, int, int]] = {}
        self._files: list[Path] = []
        self._read: dict[Path, int] = {}
        self._readers: dict[int, Any] = {}
        self._writer: Any = None
        self._own = -1
        self._synced = 0.0
        self.refresh()

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._places)

    def refresh(self) -> None:
        """Read what other processes have added."""
        known = {path: number for number, path in enumerate(self._files)}
        for path in sorted(self.folder.glob("*.jsonl")):
            if path not in known:
                known[path] = len(self._files)
                self._files.append(path)
            if path.stat().st_size > self._read.get(path, 0):
                self._index(known[path], path)

    def key(self, request: Request) -> bytes:
        """The hash of all that the response depends on."""
        return request_key(self._identity, request)

    def find(self, request: Request) -> Completion | None:
        """The response to this request, or None if there is none (or it was damaged)."""
        place = self._places.get(self.key(request))
        if place is None:
            return None
        number, start, length = place
        if number not in self._readers:
            if len(self._readers) == _MOST_OPEN:
                self._readers.pop(next(iter(self._readers))).close()
            try:
                self._readers[number] = self._files[number].open("rb")
            except FileNotFoundError:  # pruned in the meantime
                return None
        reader = self._readers[number]
        reader.seek(start)
        return _completion(reader.read(length))

    def add(self, request: Request, completion: Completion, **facts: Any) -> None:
        """Append a response, with facts that it does not depend on (host, cost). Once this returns, a crash of the
        process does not lose it. Raises UserError if it cannot be written."""
        key = self.key(request)
        record = {"key": key.hex(), "name": request.name, "sample": request.sample}
        told = dataclasses.asdict(completion)
        record |= {name: value for name, value in told.items() if value or name not in _LATER} | {"at": _now()} | facts
        # A character that cannot be encoded must not lose the response.
        line = json.dumps(record, ensure_ascii=False).encode(errors="replace") + b"\n"
        try:
            if self._writer is None:
                self._open()
            start = self._writer.tell()
            self._writer.write(line)
            self._writer.flush()
            if time.monotonic() - self._synced > _SECONDS_BETWEEN_SYNCS:
                self._sync()
        except OSError as error:
            raise UserError(
                f"{self.folder}: the response journal cannot be written ({error.strerror}); free space or set "
                "COT_DISTILL_CACHE to another folder, then run again"
            ) from error
        self._read[self._files[self._own]] = start + len(line)
        self._places[key] = (self._own, start, len(line))

    def close(self) -> None:
        """Close the files. All responses are on the disk already."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        if self._writer is not None:
            self._sync()
            self._writer.close()
            self._writer = None

    @contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """Let one process at a time ask this model for `what`. A second process that wants the same waits here, and
        then finds the responses of the first. The system releases the lock of a process that is killed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{hashlib.sha256(what.encode()).hexdigest()[:16]}.lock"
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("waiting for another process that asks this model for the same", file=sys.stderr, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            self.refresh()
            yield

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        about = self.folder / "model.json"
        if not about.is_file():
            write_text(about, self._described)
        stamp = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{platform.node() or 'host'}-{os.getpid()}"
        for number in range(1000):
            path = self.folder / f"{stamp}{f'-{number}' if number else ''}.jsonl"
            try:
                self._writer = path.open("xb")
            except FileExistsError:
                continue
            # The lock is kept until the process ends, so that pruning leaves a file alone while it is being written.
            fcntl.flock(self._writer, fcntl.LOCK_EX)
            self._own = len(self._files)
            self._files.append(path)
            return
        raise UserError(f"{self.folder}: no free name for a new file of the journal")

    def _sync(self) -> None:
        os.fsync(self._writer.fileno())
        self._synced = time.monotonic()

    def _index(self, number: int, path: Path) -> None:
        with path.open("rb") as file:
            start = self._read.get(path, 0)
            file.seek(start)
            for line in file:
                if line.endswith(b"\n"):
                    key = _key(line)
                    if key is not None:
                        self._places[key] = (number, start, len(line))
                    start += len(line)
            # A last line without its line break is torn or still being written. The next refresh reads it again.
            self._read[path] = start


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What the journal has of one model."""

    model: str
    engine: str
    folder: Path
    responses: int
    damaged: int
    """Lines that cannot be read."""
    bytes: int
    tokens_in: int
    tokens_out: int
    cost: float
    """The cost of the responses whose price was known, in US dollars."""
    unpriced: int
    """The number of responses whose price was not known."""
    hosts: tuple[str, ...]
    last: str
    """When the last response was written (UTC)."""


def journal_root() -> Path:
    """The journal's folder under the cache root."""
    return cache_root() / "journal"


def model_folder(identity: Mapping[str, Any], root: Path | None = None) -> Path:
    """The folder of the journal of the model with this identity."""
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    name = re.sub(r"[^\w.-]+", "_", str(identity["model"]))[-60:]
    return (root or journal_root()) / f"{name}-{digest[:12]}"


def request_key(identity: bytes, request: Request) -> bytes:
    """The hash of all that a response depends on. `identity` is the model's, as sorted JSON."""
    return hashlib.sha256(identity + f"{request.prompt_hash} {request.sampled}".encode()).digest()


def held(root: Path | None = None) -> list[Held]:
    """What the journal has: a row for each model, sorted by name."""
    return [_held(folder) for folder in sorted((root or journal_root()).glob("*")) if folder.is_dir()]


def prune(pattern: str | None, days: float | None, root: Path | None = None) -> tuple[int, int]:
    """Delete files of the journal. `pattern` chooses models whose name contains it (None: all), `days` chooses files
    that were last written more than so many days ago (None: all). Files in use are kept. Returns the number of files
    and bytes deleted."""
    files = size = 0
    for one in held(root):
        if pattern is not None and pattern not in one.model:
            continue
        for path in sorted(one.folder.glob("*.jsonl")):
            facts = path.stat()
            if days is not None and time.time() - facts.st_mtime < days * 86400:
                continue
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                path.unlink()
            files, size = files + 1, size + facts.st_size
    return files, size


def _held(folder: Path) -> Held:
    about: dict[str, Any] = {}
    if (folder / "model.json").is_file():
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    size = damaged = tokens_in = tokens_out = responses = unpriced = 0
    cost, hosts, last = 0.0, set(), ""
    for path in sorted(folder.glob("*.jsonl")):
        size += path.stat().st_size
        with path.open("rb") as file:
            for line in file:
                record = _record(line)
                if record is None:
                    damaged += 1
                    continue
                responses += 1
                tokens_in += record["prompt_tokens"]
                tokens_out += record["new_tokens"]
                unpriced += record.get("cost") is None
                cost += record.get("cost") or 0.0
                hosts.add(record.get("host") or "this machine")
                last = max(last, record["at"])
    return Held(
        *(str(about.get("model", folder.name)), str(about.get("engine", "unknown")), folder, responses, damaged, size),
        *(tokens_in, tokens_out, cost, unpriced, tuple(sorted(hosts)), last),
    )


def _key(line: bytes) -> bytes | None:
    try:
        return bytes.fromhex(line[_KEY].decode())
    except ValueError:
        return None


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line.decode())  # decoded here, since json would take time to detect the encoding
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.keys() >= _WANTED else None


def _completion(line: bytes) -> Completion | None:
    record = _record(line)
    if record is None:
        return None
    # Interned, since a hundred thousand responses share a few names.
    return Completion(
        text=record["text"],
        new_tokens=record["new_tokens"],
        finish_reason=sys.intern(record["finish_reason"]),
        prompt_tokens=record["prompt_tokens"],
        counted=record["counted"],
        model=record["model"] and sys.intern(record["model"]),
        **{name: record[name] for name in _LATER if name in record},
    )


def _now() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
