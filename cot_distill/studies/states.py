"""The states of runs that are not finished: a note beside each log, and a lock that the run's processes hold.

The lock, and not a process number, shows that a run is in progress. It works on any host that sees the folder, and the
system releases it when the last of the run's processes ends or is killed.
"""

import fcntl
import json
from collections import defaultdict
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cot_distill.files import alone, write_text

_LINES_SHOWN = 8


def holding(folder: Path, name: str) -> AbstractContextManager[int]:
    """Wait for the run's lock and hold it; see `files.alone`."""
    return alone(_lock(folder, name))


def note(folder: Path, name: str, state: str, **more: Any) -> None:
    """Record a run's state (`queued`, `running`, `failed`, `stopped` or `finished`) and `more`."""
    write_text(folder / f"{name}.json", json.dumps({"state": state, **more}) + "\n")


def noted(folder: Path, name: str) -> dict[str, Any]:
    """The last note on a run; `{}` if there is none. If it says `running` but nobody holds the lock, the state is
    `stopped`."""
    try:
        known: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if known.get("state") == "running" and not _held(folder, name):
        known["state"] = "stopped"
    return known


def times(studies: Path) -> dict[str, float]:
    """Student → the mean seconds of its finished runs, over the studies that ran here."""
    taken: dict[str, list[float]] = defaultdict(list)
    for path in studies.glob("*/*.json"):
        known = noted(path.parent, path.stem)
        if known.get("state") == "finished" and known.get("student"):
            taken[known["student"]].append(known["seconds"])
    return {student: sum(seconds) / len(seconds) for student, seconds in taken.items()}


def log_of(folder: Path, name: str) -> Path:
    """The path of a run's log."""
    return folder / f"{name}.log"


def last_lines(log: Path) -> list[str]:
    """The last few lines of a log that are not empty."""
    return [line for line in lines(log) if line.strip()][-_LINES_SHOWN:]


def lines(log: Path) -> list[str]:
    """The lines of a log. Each state of a progress bar is a line."""
    return log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").splitlines() if log.is_file() else []


def _held(folder: Path, name: str) -> bool:
    try:
        with _lock(folder, name).open("rb") as lock:  # it may be another user's
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"
