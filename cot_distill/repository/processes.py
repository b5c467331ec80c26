"""Ending what runs in private checkouts: as Ctrl-C would, then by force."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

MARK = "COT_DISTILL_CHECKOUT"
"""The environment variable by which the processes of a checkout are known: it names the checkout's folder."""
_GRACE_SECONDS = 20.0


def end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Interrupt all of these, each the leader of a group, and wait for them together; kill what is left after 20
    seconds, or as soon as this is interrupted itself."""
    _signal(processes, signal.SIGINT)
    until = time.monotonic() + _GRACE_SECONDS
    try:
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
    finally:
        _signal(processes, signal.SIGKILL)
        for process in processes:
            process.wait()


def end_leftovers(folder: Path) -> int:
    """End the processes that are still at work for a checkout at `folder` or below it; how many there were."""
    import psutil

    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _works_in(process, folder)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return len(left)


def _works_in(process: Any, folder: Path) -> bool:
    import psutil

    try:
        return Path(process.environ().get(MARK, "")).is_relative_to(folder)
    except psutil.Error:  # another user's, or already gone
        return False


def _signal(processes: Sequence["subprocess.Popen[bytes]"], number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
