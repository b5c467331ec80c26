"""The speed that a server takes, found out against limits of every kind, in a time of its own."""

import asyncio
import heapq
import math
import random
from collections.abc import Callable

import pytest

from cot_distill.decoding.pacing import Pacer
from cot_distill.decoding.rate import Hint, Rate
from cot_distill.stopping import Stop
from tests.chat_server import Bucket

PER_MINUTE = 500


class Timed(Bucket):
    """A bucket in the time of the test."""

    def take_at(self, now: float) -> bool:
        now = max(now, self.filled)
        self.level, self.filled = min(self.size, self.level + (now - self.filled) * self.rate), now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def bucket(size: float, per_minute: float = PER_MINUTE) -> Callable[[float], bool]:
    made = Timed(per_minute, size)
    made.filled = 0.0
    return made.take_at


def seconds(
    takes: Callable[[float], bool],
    count: int,
    wish: float | None,
    hint: Hint | None = None,
    ceiling: float = math.inf,
    concurrency: int = 80,
    latency: float = 0.2,
) -> tuple[float, int]:
    """Seconds until `count` requests have been taken, and how many were refused meanwhile."""
    rate, now, waiting, in_flight, done, refused = Rate(ceiling), 0.0, count, 0, 0, 0
    events: list[tuple[float, int, bool, object]] = []
    number = 0
    while done < count:
        wait = rate.wait(now) if waiting and in_flight < concurrency else math.inf
        leaves = now + (max(0.0, wait) + random.uniform(0, 0.003) if wait > 0 else 0.0)
        if not events or leaves <= events[0][0]:
            now, number = leaves, number + 1
            ticket, taken = rate.send(now), takes(now + random.uniform(0, 0.005))
            waiting, in_flight = waiting - 1, in_flight + 1
            ends = now + (latency * random.uniform(0.7, 1.3) if taken else random.uniform(0.005, 0.015))
            heapq.heappush(events, (ends, number, taken, ticket))
            continue
        now, _, taken, ticket = heapq.heappop(events)
        in_flight -= 1
        if taken:
            done += 1
            rate.end(True, hint)
        else:
            waiting, refused = waiting + 1, refused + 1
            rate.refuse(ticket, wish, now, hint)
        assert now < 10_000
    return now, refused


@pytest.mark.parametrize("wish", [0.12, 1.0, None])
@pytest.mark.parametrize("size", [1, 3, 5, 8, 20, 80])
def test_a_limit_is_met_whatever_its_burst_and_whatever_the_server_says(size: float, wish: float | None) -> None:
    shares = []
    for seed in range(5):
        random.seed(seed)
        took, refused = seconds(bucket(size), 400, wish)
        shares.append((400 - size) / PER_MINUTE * 60 / took)
        assert refused < 150
    assert sorted(shares)[2] >= (0.82 if size < 3 else 0.9), shares


def test_a_hint_sets_the_rate_at_the_first_refusal() -> None:
    random.seed(1)
    took, refused = seconds(bucket(5), 400, 1.0, Hint(PER_MINUTE / 60, 0))
    assert 395 / PER_MINUTE * 60 / took >= 0.93
    assert refused <= 80  # those of the first burst


def test_a_limit_set_by_hand_is_never_passed() -> None:
    random.seed(1)
    took, refused = seconds(bucket(2), 100, None, ceiling=PER_MINUTE / 60)
    assert refused == 0
    assert 0.95 <= 100 / PER_MINUTE * 60 / took <= 1.01


def test_a_limit_that_was_raised_is_found() -> None:
    random.seed(1)
    low, high = bucket(5), bucket(5, 5 * PER_MINUTE)
    took, _ = seconds(lambda now: (low if now < 30 else high)(now), 2_500, 0.12)
    assert took < 120  # 300 s at the low rate


def test_refusals_now_and_then_are_no_limit() -> None:
    random.seed(1)
    took, refused = seconds(lambda now: random.random() > 0.01, 2_000, None)
    assert refused > 5
    assert took < 30  # 6 s without any


def test_a_server_that_is_busy_now_and_then_slows_nobody_unless_it_is_for_most() -> None:
    random.seed(1)
    rate = Rate()
    for number in range(2_000):
        ticket = rate.send(float(number))
        if random.random() < 0.2:
            assert not rate.refuse(ticket, None, number + 0.5, sure=False)
        else:
            rate.end(True)
    assert rate.free and rate.open_at == -math.inf
    tickets = [rate.send(2_000.0) for _ in range(20)]
    assert [rate.refuse(ticket, None, 2_000.5, sure=False) for ticket in tickets][-1]
    assert rate.open_at > 2_000.5 and not rate.free


def test_a_window_of_a_minute_is_waited_for() -> None:
    random.seed(1)
    taken: dict[int, int] = {}

    def takes(now: float) -> bool:
        taken[int(now // 60)] = taken.get(int(now // 60), 0) + 1
        return taken[int(now // 60)] <= 60

    took, refused = seconds(takes, 96, None)
    assert took < 100
    assert refused < 60


def test_a_server_that_accepts_nothing_is_closed_whatever_it_asks_for() -> None:
    now = 0.0
    pacer = Pacer(None, None, patience=180, clock=lambda: now)
    while not pacer.closed and now < 10_000:
        ticket = asyncio.run(pacer.turn(100, Stop()))
        assert ticket is not None
        pacer.refused(ticket, 60.0, 100, None, sure=True)
        now += 60.5
    assert 3780 < now < 3960
