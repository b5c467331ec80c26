"""What is known of runs that are not finished: a note beside each log, and a lock that the run's processes hold.

The lock, not a process number, says that a run is under way: it holds on any host that sees the folder, it is gone as
soon as the last of its processes is, and a kill releases it like an end.
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
    """Hold the run's lock, once no other process does; see `files.alone`."""
    return alone(_lock(folder, name))


def note(folder: Path, name: str, state: str, **more: Any) -> None:
    """Write down a run's state: `queued`, `running`, `failed`, `stopped` or `finished`; `more` is kept beside it."""
    write_text(folder / f"{name}.json", json.dumps({"state": state, **more}) + "\n")


def noted(folder: Path, name: str) -> dict[str, Any]:
    """What was last written down of a run, `{}` if nothing was; one that says `running`, but is not, is `stopped`."""
    try:
        known: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if known.get("state") == "running" and not _held(folder, name):
        known["state"] = "stopped"
    return known


def times(studies: Path) -> dict[str, float]:
    """The seconds that a finished run of each student took on average, over the studies that were run here."""
    taken: dict[str, list[float]] = defaultdict(list)
    for path in studies.glob("*/*.json"):
        known = noted(path.parent, path.stem)
        if known.get("state") == "finished" and known.get("student"):
            taken[known["student"]].append(known["seconds"])
    return {student: sum(seconds) / len(seconds) for student, seconds in taken.items()}


def log_of(folder: Path, name: str) -> Path:
    """Where a run's output goes."""
    return folder / f"{name}.log"


def last_lines(log: Path) -> list[str]:
    """The last few lines of a log that say something."""
    return [line for line in lines(log) if line.strip()][-_LINES_SHOWN:]


def lines(log: Path) -> list[str]:
    """The lines of a log; each state of a progress bar is one."""
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
