"""The speed at which a server takes requests: as fast as its limit allows, found out if nobody told it.

A limit is a bucket that fills at some rate up to some size, and each request takes one out. It is empty at each refusal
for the rate (HTTP 429), so what was taken since the last refusal was refilled since then, and of any stretch of that
time what was taken beyond a full bucket. The first burst tells the bucket's size, and the two the rate. From then on
requests leave at that rate, which grows, slowly at first, until the next refusal.
"""

import dataclasses
import math
import random
from collections import deque

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds of the pause if a server wishes none: the first one, and the longest after refusals in a row."""
_START, _SEARCH = 6.0, 1.0
"""Requests a second with which the search begins if nothing is known, and seconds in which they double."""
_BELOW, _BELOW_EVEN = 0.99, 0.96
"""Share of a rate found that is used, so that the limit is met and not tried all the time; the second if the server
takes one request at a time, and a late timer has no room."""
_ROOM = 0.8
"""Share of a bucket's size that is used at once, so that a request which travels faster than another finds room."""
_BURST_SECONDS = 0.5
"""A refusal so soon after a pause is for what left at once, not for the rate."""
_DOUBLING, _DOUBLING_PAUSES, _DOUBLING_SEEN = 30.0, 120.0, 10.0
"""A rate found doubles in so many seconds, or so many times the pause that another refusal costs; and in no more than
so many times the seconds that it was found in, since the shorter those the less is known."""
_RECENT, _OFTEN, _MOST = 20, 3, 14
"""Among so many tries, so many refusals are a limit; fewer are a server that is overloaded now and then. So many mean
that it takes nothing, even if it didn't say that it is for the rate."""
_REMEMBERED = 400
_LATE = 0.02
"""Seconds by which a timer may be late; they are made up for."""


@dataclasses.dataclass(slots=True)
class Ticket:
    """One try that was let go."""

    sent: float
    epoch: int
    """How many pauses there had been."""
    refused: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """What a server tells of its limit in its headers."""

    rate: float
    """Requests a second."""
    remaining: float
    """Requests that it takes at once."""


class Rate:
    """When the next request may leave; knows no clock and no network, so that it can be tried against any limit."""

    def __init__(self, ceiling: float = math.inf) -> None:
        """`ceiling`: requests a second that are never passed."""
        self._ceiling = self._base = ceiling
        self._doubling, self._grows_from = math.inf, 0.0
        self._size: float | None = None
        self._level, self._filled = 1.0, 0.0
        self._tickets: deque[Ticket] = deque(maxlen=_REMEMBERED)
        self._epoch = self._in_a_row = 0
        self._taken = [0]
        """Requests of each epoch, without those that were refused."""
        self._refused_at = self._paused = 0.0
        self.open_at = -math.inf
        """Until when the server wishes to be left alone."""
        self.accepted = 0
        self.in_flight = 0

    @property
    def free(self) -> bool:
        """Whether requests leave as they come."""
        return self._base == math.inf

    def at(self, now: float) -> float:
        """Requests a second, infinite if no limit is known."""
        if self.free:
            return math.inf
        doublings = (max(0.0, now - self._grows_from) / self._doubling) ** 2
        return min(self._ceiling, self._base * math.exp2(min(30.0, doublings)))

    def wait(self, now: float) -> float:
        """Seconds until one more may leave, 0 or less if it may now."""
        wait = self.open_at - now
        if not self.free:
            wait = max(wait, self._filled + (1 - self._level) / self.at(now) - now)
        return wait

    def send(self, now: float) -> Ticket:
        """Let one go."""
        if not self.free:
            late = -self.wait(now)
            size = max(1.0, _ROOM * (self._size or 1.0)) + (late * self.at(now) if late < _LATE else 0.0)
            filled = self._level + (now - self._filled) * self.at(now)
            self._level, self._filled = min(size, filled) - 1, now
        self.in_flight += 1
        self._taken[-1] += 1
        self._tickets.append(ticket := Ticket(now, self._epoch))
        return ticket

    def end(self, taken: bool, hint: Hint | None = None) -> None:
        """A try has ended, and was not refused for the rate; `taken`: the server has worked on it."""
        self.in_flight -= 1
        self.accepted += taken
        if taken:
            self._in_a_row = 0
        if hint is not None and self.free and hint.remaining <= self.in_flight:
            self._settle(hint.rate * _BELOW_EVEN, _DOUBLING)

    def refuse(
        self, ticket: Ticket, wish: float | None, now: float, hint: Hint | None = None, sure: bool = True
    ) -> bool:
        """A try was refused for the rate; `wish`: the seconds that the server wants to be left alone. Returns whether
        everybody waits: if it is not `sure` that it was for the rate, only if most tries end so."""
        self.in_flight -= 1
        ticket.refused = True
        self._taken[ticket.epoch] -= 1
        refused = sum(one.refused for one in list(self._tickets)[-_RECENT:])
        if not sure and refused < _MOST:
            return False
        first = ticket.epoch == self._epoch  # the others left before this epoch's first refusal was known
        self._in_a_row += first
        self.open_at = max(self.open_at, now + (self._own_pause() if wish is None else wish))
        if self.free and refused >= _OFTEN:
            self._settle(_START, _SEARCH)
        elif first and not self.free:
            self._learn(ticket.sent)
        if hint is not None and hint.remaining <= 1:
            self._settle(hint.rate * _BELOW_EVEN, _DOUBLING)
        if first:
            self._epoch += 1
            self._taken.append(0)
            self._refused_at, self._paused = ticket.sent, self.open_at - ticket.sent
        self._level, self._filled = 0.0, max(self._filled, ticket.sent)
        self._grows_from = max(self._grows_from, self.open_at)
        return True

    def _own_pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** max(0, self._in_a_row - 1))
        return random.uniform(0.75, 1.0) * longest

    def _learn(self, until: float) -> None:
        """What the epoch tells that a refusal of a try sent at `until` has ended."""
        taken = [one.sent for one in self._tickets if one.epoch == self._epoch and not one.refused and one.sent < until]
        seconds = until - self._refused_at
        if not taken or not self._epoch:
            return  # closed altogether: this says nothing of the rate
        size = self._size or max(1, self._taken[0])
        beyond = ((len(taken) - place + 1 - size) / (until - sent) for place, sent in enumerate(taken))
        rate = min(self.at(until), max((self._taken[-1] + 1) / seconds, *beyond))
        opened = seconds - self._paused
        if opened < _BURST_SECONDS:
            size = min(size, max(1.0, self._taken[-1] - rate * opened))
        self._size = size
        longest = min(max(_DOUBLING, _DOUBLING_PAUSES * self._paused), _DOUBLING_SEEN * seconds)
        self._settle(rate * (_BELOW if size > 1 else _BELOW_EVEN), longest)

    def _settle(self, rate: float, doubling: float) -> None:
        self._base, self._doubling, self._grows_from = min(self._ceiling, rate), doubling, self.open_at
