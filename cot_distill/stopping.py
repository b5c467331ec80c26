"""Stopping cleanly: the first Ctrl-C or SIGTERM lets what is in flight finish, the second ends at once."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether no more work should be begun; `reason` says why."""

    reason: str | None = None

    @property
    def requested(self) -> bool:
        return self.reason is not None


@contextmanager
def stop_on_signals(tell: bool = True) -> Iterator[Stop]:
    """A `Stop` that SIGINT and SIGTERM request while the block runs, which is told unless `tell` is off; in a thread
    that gets no signals, one that is never requested."""
    stop = Stop()

    def request(number: int, _: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.reason = signal.Signals(number).name
        if tell:
            print(f"{stop.reason}: finishing what is in flight; once more ends at once", file=sys.stderr, flush=True)

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
