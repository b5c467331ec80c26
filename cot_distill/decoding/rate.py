"""The speed at which a server accepts requests. If nobody states the limit, it is found by trying.

A limit is a bucket: it fills at some rate up to some size, and each request takes one out. At a refusal for the rate
(HTTP 429) the bucket is empty. So the requests accepted between two refusals are what was refilled between them. In a
shorter stretch of that time, the requests accepted beyond a full bucket were refilled in that stretch. The first burst
gives the bucket's size, and two refusals give the rate. From then on requests leave at that rate. It grows, slowly at
first, until the next refusal.
"""

import dataclasses
import math
import random
from collections import deque

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds of the pause if the server asks for none: the first one, and the longest after refusals in a row."""
_START, _SEARCH = 6.0, 1.0
"""The search starts at so many requests a second if nothing is known, and the rate doubles in so many seconds."""
_BELOW, _BELOW_EVEN = 0.99, 0.96
"""The share of a found rate that is used, so that requests stay below the limit. The second holds for a server that
takes one request at a time: there a late timer has no slack."""
_ROOM = 0.8
"""The share of a bucket's size that is sent at once. The rest is room for a request that overtakes another on the
way."""
_BURST_SECONDS = 0.5
"""A refusal within so many seconds after a pause is caused by the burst after it, not by the rate."""
_DOUBLING, _DOUBLING_PAUSES, _DOUBLING_SEEN = 30.0, 120.0, 10.0
"""A found rate doubles in so many seconds, or in so many times the pause that another refusal costs. It takes no longer
than so many times the seconds in which it was found, since a rate that was found quickly is less certain."""
_RECENT, _OFTEN, _MOST = 20, 3, 14
"""Of so many tries, so many refusals mean a limit; fewer mean a server that is overloaded now and then. So many mean
that it accepts nothing, even if it did not say that the rate is the reason."""
_REMEMBERED = 400
_LATE = 0.02
"""A timer may be late by so many seconds; the next requests then leave earlier."""


@dataclasses.dataclass(slots=True)
class Ticket:
    """One try that was sent."""

    sent: float
    epoch: int
    """The number of pauses before it was sent."""
    refused: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """What a server's headers say of its limit."""

    rate: float
    """Requests a second."""
    remaining: float
    """The number of requests that it accepts at once."""


class Rate:
    """Decides when the next request may leave. It uses no clock and no network, so that a test can try it against any
    limit."""

    def __init__(self, ceiling: float = math.inf) -> None:
        """`ceiling`: the most requests a second, whatever the server accepts."""
        self._ceiling = self._base = ceiling
        self._doubling, self._grows_from = math.inf, 0.0
        self._size: float | None = None
        self._level, self._filled = 1.0, 0.0
        self._tickets: deque[Ticket] = deque(maxlen=_REMEMBERED)
        self._epoch = self._in_a_row = 0
        self._taken = [0]
        """The number of requests of each epoch, without refused ones."""
        self._refused_at = self._paused = 0.0
        self.open_at = -math.inf
        """The time until which the server asked us to wait."""
        self.accepted = 0
        self.in_flight = 0

    @property
    def free(self) -> bool:
        """Whether requests leave without waiting."""
        return self._base == math.inf

    def at(self, now: float) -> float:
        """Requests a second at this time; infinite if no limit is known."""
        if self.free:
            return math.inf
        doublings = (max(0.0, now - self._grows_from) / self._doubling) ** 2
        return min(self._ceiling, self._base * math.exp2(min(30.0, doublings)))

    def wait(self, now: float) -> float:
        """Seconds until one more request may leave; 0 or less: now."""
        wait = self.open_at - now
        if not self.free:
            wait = max(wait, self._filled + (1 - self._level) / self.at(now) - now)
        return wait

    def send(self, now: float) -> Ticket:
        """Send one."""
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
        """Report that a try has ended without a refusal for the rate. `taken`: the server has worked on it."""
        self.in_flight -= 1
        self.accepted += taken
        if taken:
            self._in_a_row = 0
        if hint is not None and self.free and hint.remaining <= self.in_flight:
            self._settle(hint.rate * _BELOW_EVEN, _DOUBLING)

    def refuse(
        self, ticket: Ticket, wish: float | None, now: float, hint: Hint | None = None, sure: bool = True
    ) -> bool:
        """Report that a try was refused for the rate. `wish`: the pause in seconds that the server asked for. Returns
        whether all must wait. If it is not `sure` that the rate is the reason, they wait only if most tries end like
        this."""
        self.in_flight -= 1
        ticket.refused = True
        self._taken[ticket.epoch] -= 1
        refused = sum(one.refused for one in list(self._tickets)[-_RECENT:])
        if not sure and refused < _MOST:
            return False
        first = ticket.epoch == self._epoch  # the others were sent before this epoch's first refusal was known
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
        """Learn from the epoch that ended with a refusal of a try sent at `until`."""
        taken = [one.sent for one in self._tickets if one.epoch == self._epoch and not one.refused and one.sent < until]
        seconds = until - self._refused_at
        if not taken or not self._epoch:
            return  # the server is closed, which says nothing of the rate
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
