"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import Any

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Counts work done against a total; use as a context manager and call `advance`."""

    def __init__(
        self,
        what: str,
        total: int,
        unit: str,
        clock: Callable[[], float] = time.monotonic,
        note: Callable[[], str] | None = None,
    ) -> None:
        """`note` says what else there is to tell beside the count, each time it is told."""
        self._what, self._total, self._unit, self._clock, self._note = what, total, unit, clock, note
        self._done = 0
        self._started = self._last_line = clock()
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, desc=self._what, unit=f" {self._unit}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, amount: int = 1) -> None:
        """Report `amount` more units done."""
        self._done += amount
        if self._bar is not None:
            if self._note is not None:
                self._bar.set_postfix_str(self._note(), refresh=False)
            self._bar.update(amount)
            return
        now = self._clock()
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            rate = self._done / (now - self._started)
            note = f", {self._note()}" if self._note is not None else ""
            print(
                f"{self._what}: {self._done}/{self._total} {self._unit}, {rate:.1f}/s{note}, "
                f"about {(self._total - self._done) / rate:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
