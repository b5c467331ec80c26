"""The speed at which a server takes requests: as fast as its limit allows, found out where nobody told it.

A limit is a bucket that fills at some rate up to some size, and each request takes one out. A refusal for the rate
(HTTP 429, 503) pauses the whole teacher, as long as the server wishes, and tells something of the bucket: of each size
it leaves a narrow range of rates with which just those requests would have been refused that were. From then on
requests leave from a copy of the likeliest bucket. Where several sizes fit, the smallest is taken, which has the
highest rate: if it is wrong, the bucket is larger, and what the next pause costs is made up for. After a while without
a refusal the rate grows, so that a limit that was raised is found.
"""

import dataclasses
import math
import random
from collections import deque
from collections.abc import Sequence

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds of the pause where a server wishes none: the first one, and the longest after refusals in a row."""
_START = 6.0
"""Requests a second with which the search begins where nothing is known."""
_BELOW, _BELOW_EVEN = 0.985, 0.955
"""Share of a rate found that is used, so that the limit is met and not tried all the time; the second where the server
takes one request at a time, and a late timer has no room."""
_ROOM = 0.8
"""Share of a bucket's size that is used at once, so that a request which travels faster than another finds room."""
_SEARCH_SECONDS, _PROBE_SECONDS = 1.0, 8.0
"""Seconds in which the rate doubles, while it is searched and once it has been found."""
_HOLD_PAUSES, _LEAST_HOLD, _LONGEST_HOLD = 60, 4.0, 60.0
"""A rate found is held for so many times the pause that another refusal costs, between so many seconds."""
_HOLD_SEEN = 5
"""A rate is held for no longer than so many times the seconds that it was found in."""
_MORE = 1.2
"""Times what a server took, where its refusals are like no limit's."""
_RECENT, _OFTEN = 20, 3
"""So many refusals among the last tries are a limit; fewer are a server that is overloaded now and then."""
_DELAYED = 0.05
"""Seconds by which a try must have been delayed on its way, by how late its refusal was known, to be reckoned with."""
_LITTLE_SEEN = 0.8
"""Share of the highest possible rate that is tried at least, where little was seen and the bounds lie far apart."""
_LATE = 0.02
"""Seconds by which a timer may be late; they are made up for."""
_REMEMBERED = 400
_SIZES = (1, 1.5, *range(2, 13), 14, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 512)
_FITS_WELL, _FITS = 1.01, 1.05
"""By so much, as a ratio, the bounds of a bucket's rate may contradict each other: clocks and networks jitter. One that
fits well is preferred."""


@dataclasses.dataclass(slots=True)
class Ticket:
    """One try that was let go."""

    sent: float
    epoch: int
    """How many pauses there had been."""
    refused: bool = False
    answered: float = 0.0
    """When the refusal was known."""

    def event(self, quickest: float) -> tuple[float, bool]:
        """When the server saw it, about, where no refusal was known sooner than `quickest` seconds after it had left;
        and whether it was refused. A first connection, or a busy machine, delays what has left."""
        late = self.refused and self.answered - quickest - self.sent > _DELAYED
        return self.answered - quickest if late else self.sent, self.refused


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
        self._size = 1.0
        self._level, self._filled = 1.0, 0.0
        self._doubling, self._grows_from = math.inf, 0.0
        self._epoch = 0
        self._tickets: deque[Ticket] = deque(maxlen=_REMEMBERED)
        self._hint: Hint | None = None
        self._in_a_row = 0
        self._quickest = math.inf
        self.open_at = -math.inf
        """Until when the server wishes to be left alone."""
        self.accepted = 0
        self.in_flight = 0

    @property
    def free(self) -> bool:
        """Whether requests leave as they come."""
        return self._base == math.inf

    def at(self, now: float) -> float:
        """Requests a second, infinite where no limit is known."""
        if self.free:
            return math.inf
        grown: float = 2.0 ** min(30.0, max(0.0, now - self._grows_from) / self._doubling)
        return min(self._ceiling, self._base * grown)

    def wait(self, now: float) -> float:
        """Seconds until one more may leave, 0 or less where it may now."""
        wait = self.open_at - now
        if not self.free:
            wait = max(wait, self._filled + (1 - self._level) / self.at(now) - now)
        return wait

    def send(self, now: float) -> Ticket:
        """Let one go."""
        if not self.free:
            late = -self.wait(now)
            made_up = min(0.25, late * self.at(now)) if late < _LATE else 0.0
            filled = self._level + (now - self._filled) * self.at(now)
            self._level, self._filled = min(self._size + made_up, filled) - 1, now
        self.in_flight += 1
        self._tickets.append(ticket := Ticket(now, self._epoch))
        return ticket

    def end(self, taken: bool, hint: Hint | None = None) -> None:
        """A try has ended, and was not refused for the rate; `taken`: the server has worked on it."""
        self.in_flight -= 1
        self.accepted += taken
        if taken:
            self._in_a_row = 0
        if hint is not None:
            self._hint = hint
            if self.free and hint.remaining <= self.in_flight:
                self._settle(hint.rate, 1.0, 1.0)

    def refuse(self, ticket: Ticket, wish: float | None, now: float, hint: Hint | None = None) -> None:
        """A try was refused for the rate; `wish`: the seconds that the server wants to be left alone."""
        self.in_flight -= 1
        self._hint = hint or self._hint
        ticket.refused, ticket.answered = True, now
        self._quickest = min(self._quickest, now - ticket.sent)
        known = ticket.epoch < self._epoch  # it left before the last refusal was known
        self._in_a_row += not known
        self.open_at = max(self.open_at, now + (self._own_pause() if wish is None else wish))
        if not known:
            self._epoch += 1
        if self.free:
            self._begin(self.open_at - now)
        elif not known:
            self._learn(ticket, self.open_at - now)
        self._level, self._filled = 0.0, max(self._filled, ticket.sent)
        self._grows_from = max(self._grows_from, self.open_at)

    def _own_pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** max(0, self._in_a_row - 1))
        return random.uniform(0.75, 1.0) * longest

    def _often(self) -> bool:
        return sum(one.refused for one in list(self._tickets)[-_RECENT:]) >= _OFTEN

    def _begin(self, pause: float) -> None:
        if self._hint is not None and self._hint.remaining <= 1:
            self._settle(self._hint.rate, 1.0, pause)
        elif self._often():
            self._base, self._doubling, self._grows_from = max(_START, 0.25 / max(pause, 0.01)), _SEARCH_SECONDS, 0.0

    def _learn(self, ticket: Ticket, pause: float) -> None:
        tickets = [one for one in self._tickets if one.sent <= ticket.sent]
        anchors = [place for place, one in enumerate(tickets) if one.refused]
        if len(anchors) < 2:  # the last refusal is forgotten: the rate was good until now
            self._settle(self.at(ticket.sent), self._size, pause)
            return
        if anchors[-1] - anchors[-2] == 1 and tickets[-1].epoch > tickets[-2].epoch:
            # Closed altogether: this says nothing of the rate.
            self._forget(ticket)
            return
        tickets = tickets[anchors[0] :]
        seen = max(0.001, ticket.sent - tickets[0].sent)
        rate = self.at(ticket.sent)
        bucket = fitted(sorted(one.event(self._quickest) for one in tickets), rate)
        if bucket is not None:
            self._settle(*bucket, min(pause, seen * _HOLD_SEEN / _HOLD_PAUSES))
            return
        # No bucket refuses like that, or it has changed.
        measured = sum(not one.refused for one in tickets) / seen
        self._settle(max(_MORE * measured, rate / 2 if self._often() else rate), 1.0, 0.0)
        self._forget(tickets[len(tickets) // 2])

    def _forget(self, before: Ticket) -> None:
        while self._tickets[0] is not before:
            self._tickets.popleft()

    def _settle(self, rate: float, size: float, pause: float) -> None:
        below = _BELOW if size > 1 else _BELOW_EVEN
        self._base, self._size = min(self._ceiling, rate * below), max(1.0, _ROOM * size)
        self._doubling, self._grows_from = (
            _PROBE_SECONDS,
            self.open_at + min(_LONGEST_HOLD, max(_LEAST_HOLD, _HOLD_PAUSES * pause)),
        )


def fitted(events: Sequence[tuple[float, bool]], failed: float) -> tuple[float, float] | None:
    """The rate and size of the smallest bucket that refuses just the tries that were refused, and is not faster than
    the rate that `failed` at last. `events`: when each try came, and whether it was refused; the first one was.

    None where there is no such bucket."""
    found: tuple[float, float] | None = None
    for size in _SIZES:
        low = _bound(events, size, refused=False)
        high = _bound(events, size, refused=True)
        rate = max(math.sqrt(low * high), _LITTLE_SEEN * high)
        if low <= high * _FITS_WELL and rate <= failed * _FITS:
            return rate, size
        if found is None and low <= high * _FITS:
            found = min(rate, failed), size
    return found


def _bound(events: Sequence[tuple[float, bool]], size: float, refused: bool) -> float:
    """The least rate with which all tries are taken that were taken, or the highest with which all are refused that
    were refused."""
    low, high = -12.0, 14.0  # logarithms to base 2 of requests a second
    while high - low > 0.02:
        middle = (low + high) / 2
        if _explains(events, size, 2.0**middle, refused) == refused:
            low = middle
        else:
            high = middle
    bound: float = 2.0 ** (low if refused else high)
    return bound


def _explains(events: Sequence[tuple[float, bool]], size: float, rate: float, refused: bool) -> bool:
    level, before = 0.0 if refused else 0.99, events[0][0]
    for now, was_refused in events[1:]:
        level, before = min(size, level + (now - before) * rate), now
        if was_refused:
            if refused and level >= 1:
                return False
            level = min(level, 0.99)
        else:
            level -= 1
            if level < 0:
                if not refused:
                    return False
                level = 0.0
    return True
