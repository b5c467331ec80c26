"""Stopping cleanly: work that lets what is in flight finish first, and programs that Ctrl-C ends with one line."""

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
"""The exit code of a program that Ctrl-C ended, as shells have it."""
_SOON = 0.01
"""Seconds until a Ctrl-C that was lost is heard again."""


class Stop:
    """Whether no more work should be begun; `reason` says why."""

    reason: str | None = None

    @property
    def requested(self) -> bool:
        return self.reason is not None


@contextmanager
def stop_on_signals(tell: bool = True) -> Iterator[Stop]:
    """Yields a `Stop` that SIGINT and SIGTERM request while the block runs; `tell` prints a line then. In a thread that
    gets no signals it is never requested."""
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
    except ValueError:  # not the main thread
        yield stop
        return
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_at_once_on_interrupt(line: str) -> None:
    """Let Ctrl-C print `line` and end Python at once. While modules are imported there is nothing to clean up."""

    def end(number: int, _: FrameType | None) -> None:
        os.write(2, f"{line}\n".encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)


def end_without_teardown() -> NoReturn:
    """End this process, whose work is done and whose threads have ended, as Python ends one with code 0, but leave its
    objects to the kernel: to take those of torch apart one by one takes a second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def one_line_on_interrupt(line: str) -> Iterator[None]:
    """Print `line` and exit with code 130 if Ctrl-C ends the block, whatever a library makes of it.

    DuckDB turns a KeyboardInterrupt into an error of its own, Typer into an exit code; if a destructor happens to
    run Python loses it, and it is raised again.
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
        # To the main thread itself, so that it wakes up from what it waits for.
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
