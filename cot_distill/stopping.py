"""Stopping cleanly: work finishes what is in flight, and Ctrl-C ends a program with one line."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""
_SOON = 0.01
"""Seconds after which a lost Ctrl-C is raised again."""


class Stop:
    """Says whether to begin no more work; `reason` says why."""

    reason: str | None = None

    @property
    def requested(self) -> bool:
        return self.reason is not None


@contextmanager
def stop_on_signals(tell: bool = True) -> Iterator[Stop]:
    """Yields a `Stop`. SIGINT or SIGTERM requests it while the block runs, and with `tell` a line says so. Only the
    main thread gets signals; in another one the stop is never requested."""
    stop = Stop()

    def request(number: int, _: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.reason = signal.Signals(number).name
        if tell:
            print(
                f"{stop.reason}: finishing what is in flight; a second signal ends at once", file=sys.stderr, flush=True
            )

    try:
        before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread
        yield stop
        return
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_at_once_on_interrupt(line: str) -> None:
    """Make Ctrl-C print `line` and end Python at once, for the time of imports, when there is nothing to clean up."""

    def end(number: int, _: FrameType | None) -> None:
        os.write(2, f"{line}\n".encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)


def end_without_teardown() -> NoReturn:
    """End the process with code 0, without destroying its objects: for those of torch that takes a second. Call it
    after all work is done and all threads have ended."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def one_line_on_interrupt(line: str) -> Iterator[None]:
    """Print `line` and exit with code 130 if Ctrl-C ends the block, even if a library hides the KeyboardInterrupt.

    DuckDB turns it into an error of its own, and Typer into an exit code. Python loses it while a destructor runs; then
    it is raised again.
    """
    heard = False

    def hear(number: int, _: FrameType | None) -> None:
        nonlocal heard
        heard = True
        raise KeyboardInterrupt

    def lost(unraisable: "UnraisableHookArgs") -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(unraisable)
            return
        # The signal goes to the main thread itself, so that it wakes up if it waits.
        again = threading.Timer(_SOON, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        again.daemon = True
        again.start()

    hook, sys.unraisablehook = sys.unraisablehook, lost
    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    except BaseException as ended:
        told = isinstance(ended, KeyboardInterrupt) or getattr(ended, "code", None) == INTERRUPTED
        if not heard and not told:
            raise
        print(line, file=sys.stderr)
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
