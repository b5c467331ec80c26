"""Sends requests at the speed that the server accepts and the user allows: the clock and the queue around `Rate`."""

import asyncio
import math
import sys
import time
from collections.abc import Callable

from cot_distill.decoding.rate import Hint, Rate, Ticket
from cot_distill.stopping import Stop

_BETWEEN_LOOKS = 0.5
_LONGEST_WAIT = 3600.0
"""A server that accepts nothing for so many seconds more is closed, whatever pauses it asks for."""
_TOLD_FROM, _BETWEEN_LINES = 1.0, 30.0
"""A wait of so many seconds gets a line; and at least so many seconds pass between two lines."""


class Pacer:
    """Gives turns, first come first served."""

    def __init__(
        self,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience`: if the server accepts nothing for so many seconds, besides the pauses that it asked for, it is
        closed. The pauses count for `_LONGEST_WAIT` at most."""
        self._clock, self._patience = clock, patience
        self._rate = Rate(math.inf if requests_per_minute is None else requests_per_minute / 60)
        self._tokens = None if tokens_per_minute is None else _Tokens(tokens_per_minute / 60)
        self._line = asyncio.Lock()
        self._told = -math.inf
        self._closed_since: float | None = None
        self._wished = 0.0
        self.closed = False
        """Whether the server has accepted nothing for so long that waiting is pointless."""

    @property
    def taken(self) -> int:
        """The number of requests that the server has worked on."""
        return self._rate.accepted

    async def turn(self, tokens: int, stop: Stop) -> Ticket | None:
        """Wait until a request of about `tokens` tokens may be sent; None if `stop` was requested by then."""
        if self._rate.free and self._tokens is None and self._rate.wait(self._clock()) <= 0:
            return self._rate.send(self._clock())
        async with self._line:
            while True:
                if stop.requested or self.closed:
                    return None
                now = self._clock()
                wait = self._rate.wait(now)
                if self._tokens is not None:
                    wait = max(wait, self._tokens.wait(tokens, now))
                if wait <= 0:
                    break
                self._tell(wait, now)
                await asyncio.sleep(min(wait, _BETWEEN_LOOKS))
            if self._tokens is not None:
                self._tokens.spend(tokens)
            return self._rate.send(now)

    def ended(self, taken: bool, expected: int, tokens: int, hint: Hint | None = None) -> None:
        """Report that a try has ended, other than by a refusal for the rate. `tokens` is what it really took."""
        self._rate.end(taken, hint)
        if self._tokens is not None:
            self._tokens.spend(tokens - expected)
        if taken:
            self._closed_since, self._wished, self.closed = None, 0.0, False

    def refused(self, ticket: Ticket, wish: float | None, expected: int, hint: Hint | None, sure: bool) -> bool:
        """Report that a try was refused, for the rate or perhaps not (see `Rate.refuse`). Returns whether all must
        wait."""
        now = self._clock()
        everybody = self._rate.refuse(ticket, wish, now, hint, sure)
        if self._tokens is not None:
            self._tokens.spend(-expected)
        if self._closed_since is None:
            self._closed_since = now
        self.closed = now - self._closed_since > self._patience + min(self._wished, _LONGEST_WAIT)
        self._wished += wish or 0.0
        return everybody

    def _tell(self, wait: float, now: float) -> None:
        paused = self._rate.open_at - now
        if (wait < _TOLD_FROM and paused < _TOLD_FROM and self._rate.free) or now - self._told < _BETWEEN_LINES:
            return
        self._told = now
        rate = self._rate.at(now)
        about = f": {rate * 60:,.0f} a minute" if rate < math.inf else ""
        if self._tokens is not None and self._tokens.short:
            about = f": {self._tokens.rate * 60:,.0f} tokens a minute"
        until = f", {paused:.0f} s as the server asks" if paused >= 2 else ""
        print(f"waiting for the rate limit{about}{until}", file=sys.stderr, flush=True)


class _Tokens:
    """The tokens a minute that a user allows. They accrue steadily, up to what some seconds bring."""

    _SECONDS = 2.0

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._level, self._filled = rate * self._SECONDS, -math.inf
        self.short = False

    def wait(self, tokens: int, now: float) -> float:
        size = self.rate * self._SECONDS
        if self._filled > -math.inf:
            self._level = min(size, self._level + (now - self._filled) * self.rate)
        self._filled = now
        wait = (min(tokens, size) - self._level) / self.rate
        self.short = wait > 0
        return wait

    def spend(self, tokens: int) -> None:
        self._level -= tokens
