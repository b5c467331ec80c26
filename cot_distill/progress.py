"""Progress of long work, with the time left: a bar on a terminal, and a line now and then elsewhere."""

import math
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

FIRST_LINE = 20.0
SECONDS_BETWEEN_LINES = 30.0
_MEASURED = 0.2
"""The time left is shown only after the speed was measured over this share of the time so far."""


class Progress:
    """Counts things done against a total. Use it as a context manager.

    If things take very different times, or many are in progress at once, report finer progress with `work`. The time
    left is the remaining work divided by the speed in the later half of the time since the first report. So loading and
    compiling before that report do not count, and a slow start soon stops counting.
    """

    def __init__(
        self,
        what: str,
        total: int,
        unit: str,
        clock: Callable[[], float] = time.monotonic,
        note: Callable[[], str] | None = None,
    ) -> None:
        """`total` things called `unit`. `note` is called for each line, and its text is appended."""
        self._what, self._total, self._unit, self._clock, self._note = what, total, unit, clock, note
        self._count = 0
        self._done, self._left, self._fine = 0.0, float(total), False
        self._started = clock()
        self._next_line = self._started + FIRST_LINE
        self._reports: deque[tuple[float, float]] = deque()
        """(time, work done by then) of each report in the later half of the time since the first one."""
        self._first_report = math.inf
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=1.0, desc=self._what, bar_format="{desc} {percentage:3.0f}%|{bar}|{postfix}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, amount: int = 1) -> None:
        """Report that `amount` more things are done."""
        self._count += amount
        if self._fine:
            self._tell()
        else:
            self._report(self._count, self._total - self._count)

    def work(self, done: float, left: float, begun: int | None = None, count: int = 0) -> None:
        """Report that `done` units of work are done in all, and that about `left` units remain on the `begun` things
        that have begun; None: on all things. A unit is something that always takes about the same time, such as a
        token.

        Things that have not begun are assumed to take as long as those that have. `left` may be another guess each
        time. `count` more things are done.
        """
        self._fine = True
        self._count += count
        waiting = 0 if begun is None else self._total - begun
        self._report(done, left + (waiting * (done + left) / begun if begun and waiting > 0 else 0.0))

    def seconds_left(self) -> float | None:
        """The seconds left, from the reports so far; None while it is too early to say."""
        if not self._reports:
            return None
        (now, done), (since, before) = self._reports[-1], self._reports[0]
        measured = now - since
        if done <= before or measured <= 0 or now - self._first_report < _MEASURED * (now - self._started):
            return None
        return self._left * measured / (done - before)

    def _report(self, done: float, left: float) -> None:
        now = self._clock()
        self._done, self._left = done, max(left, 0.0)
        self._first_report = min(self._first_report, now)
        self._reports.append((now, done))
        middle = (self._first_report + now) / 2
        while len(self._reports) > 2 and self._reports[1][0] <= middle:
            self._reports.popleft()
        self._tell()

    def _tell(self) -> None:
        if self._bar is not None:
            self._bar.n = self._share()
            self._bar.set_postfix_str(self._words(), refresh=False)
            self._bar.update(0)
            return
        now = self._clock()
        if now >= self._next_line and self.seconds_left() is not None:
            self._next_line = now + SECONDS_BETWEEN_LINES
            print(f"{self._what}: {self._share():.0%}, {self._words()}", file=sys.stderr, flush=True)

    def _share(self) -> float:
        return self._done / (self._done + self._left) if self._done else 0.0

    def _words(self) -> str:
        left = self.seconds_left()
        parts = [f"{self._count:,} of {self._total:,} {self._unit}", self._note() if self._note else ""]
        return ", ".join([*filter(None, parts), *([] if left is None else [f"about {_duration(left)} left"])])


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 10 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"
