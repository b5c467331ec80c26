"""Writing files whole or not at all; locks; the cache root, which outlives a working folder."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cot_distill.errors import UserError, first_line


@contextmanager
def write_aside(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write a file or fill a folder at; it takes the final name only on success.

    On any exception, Ctrl-C included, what was written is removed and `path` stays as it was. A folder is replaced by
    a folder alone, never by a file. That, a full disk, and a forbidden place become a UserError.
    """
    if not path.name:
        raise UserError(f"{str(path)!r} names no file; give the name of a new one")
    aside = path.parent / f".{path.name}.{os.getpid()}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        if path.is_dir():
            if not aside.is_dir():
                raise UserError(f"{path}: is a folder; name a file")
            _replace_folder(aside, path)
        else:
            os.replace(aside, path)
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise UserError(
            f"{path}: cannot be written ({reason}); free space or check permissions, then run again"
        ) from error
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        elif aside.exists():
            aside.unlink()


def _replace_folder(aside: Path, path: Path) -> None:
    """Put a folder in another's place. The old one is only moved aside first, so that the path holds the old or the new
    one, whole, but for an instant; whoever is killed in that instant finds the old one beside it."""
    old = path.parent / f".{path.name}.{os.getpid()}.old.partial"
    try:
        os.rename(path, old)
        os.rename(aside, path)
    finally:
        if old.is_dir() and not path.exists():
            os.rename(old, path)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def alone(path: Path, busy: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Hold the lock file `path` while the block runs; a killed process releases it.

    If another process holds it, this calls `busy`, which prints a line or raises, and then waits. Yields the file
    descriptor of the lock, for child processes that shall hold it too (`pass_fds`). Raises UserError where the file
    cannot be written or its file system knows no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); check permissions, then run again") from error
    with lock:
        try:
            if not _locked(lock, fcntl.LOCK_NB):
                busy()
                _locked(lock)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be locked ({error.strerror}); put it on a file system that has locks"
            ) from error
        yield lock.fileno()


def _locked(lock: IO[str], how: int = 0) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | how)
    except BlockingIOError:
        return False
    return True


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with write_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def file_hash(path: Path) -> str:
    """The sha256 of a file's content. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_hash(folder: Path, files: Iterable[Path], hash_of: Callable[[Path], str] = file_hash) -> str:
    """The sha256 of these files of a folder: of their names below it and their hashes, in order."""
    lines = (f"{file.relative_to(folder).as_posix()} {hash_of(file)}\n" for file in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def cache_root() -> Path:
    """The folder for what outlives a working folder (converted models, checkpoints, the response journal).

    `COT_DISTILL_CACHE` moves it; otherwise it is the user's cache directory.
    """
    moved = os.environ.get("COT_DISTILL_CACHE")
    if moved:
        return Path(moved).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("cot-distill"))
