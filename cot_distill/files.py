"""Writing files whole or not at all; locks; the cache root."""

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
    """Gives a temporary path beside `path`, to write a file or a folder at. It gets its final name only on success.

    On any exception, Ctrl-C included, the temporary is removed and `path` stays as it was. Only a folder may replace a
    folder. Raises UserError if a file would replace a folder, if the disk is full, or without permission.
    """
    if not path.name:
        raise UserError(f"{str(path)!r} is not the name of a file; give a name")
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
    """Replace a folder by another. The old one is first moved aside, so that the path always has one of the two, whole,
    except for an instant. If the process is killed in that instant, the old folder is still beside the path."""
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
    """Lock the file `path` while the block runs. The system releases the lock of a killed process.

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
    """The sha256 of a file's content. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_hash(folder: Path, files: Iterable[Path], hash_of: Callable[[Path], str] = file_hash) -> str:
    """The sha256 of the relative names and hashes of these files of a folder, in order."""
    lines = (f"{file.relative_to(folder).as_posix()} {hash_of(file)}\n" for file in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def cache_root() -> Path:
    """The folder for data that several working folders share: converted models, checkpoints, the response journal.

    `COT_DISTILL_CACHE` moves it; otherwise it is the user's cache directory.
    """
    moved = os.environ.get("COT_DISTILL_CACHE")
    if moved:
        return Path(moved).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("cot-distill"))
