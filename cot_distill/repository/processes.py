"""Ends processes in private checkouts: first as Ctrl-C does, then by force."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

MARK = "COT_DISTILL_CHECKOUT"
"""The environment variable that identifies the processes of a checkout. Its value is the checkout's folder."""
_GRACE_SECONDS = 20.0


def end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Interrupt all of these process groups, given by their leaders, and wait for them together. Kill those that are
    left after 20 seconds, or as soon as this call is interrupted."""
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
    """End the processes that still work for a checkout at `folder` or below it. Returns their number."""
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
    except psutil.Error:  # another user's process, or one that has ended
        return False


def _signal(processes: Sequence["subprocess.Popen[bytes]"], number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
