"""Progress by a clock of our own: what is told when, and that the time left is within a factor of two."""

import random
import re

import pytest

from cot_distill.decoding.lengths import Pace, Stream
from cot_distill.progress import Progress


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """Work that is watched: how much time was said to be left, and when, in seconds since the start."""

    def __init__(self, total: int, unit: str = "steps") -> None:
        self.clock = Clock()
        self.progress = Progress("work", total, unit, self.clock)
        self.told: list[tuple[float, float | None]] = []

    def after(self, seconds: float, *work: float) -> None:
        """After so many seconds of work it reports: one thing done, or how far it is."""
        self.clock.now += seconds
        self.progress.work(*work) if work else self.progress.advance()
        self.told.append((self.clock.now - 1000.0, self.progress.seconds_left()))

    def right(self, since: float = 20.0) -> float:
        """The share of the reports, `since` so many seconds after the start, whose time left was right within a factor
        of two, those of the last five seconds left out."""
        end = self.told[-1][0]
        judged = [(end - when, left) for when, left in self.told if when >= since and end - when >= 5]
        assert judged
        return sum(left is not None and left / 2 <= there <= 2 * left for there, left in judged) / len(judged)


def test_steps_of_one_length() -> None:
    work = Watched(100)
    for _ in range(100):
        work.after(1.0)
    assert work.right() == 1.0
    assert work.told[49] == (50.0, pytest.approx(50.0))


@pytest.mark.parametrize("warm_up", [5, 30, 90])
def test_a_slow_first_step_does_not_count(warm_up: float) -> None:
    work = Watched(200)
    work.after(warm_up)
    for _ in range(199):
        work.after(1.0)
    assert work.right(since=max(20.0, 1.3 * warm_up)) == 1.0
    assert [left for when, left in work.told if when < 1.2 * warm_up] == [None] * sum(
        when < 1.2 * warm_up for when, _ in work.told
    )


def test_what_was_slow_for_a_while_is_forgotten() -> None:
    work = Watched(400)
    for step in range(400):
        work.after(3.0 if step < 10 else 0.5)
    assert work.right(since=75.0) == 1.0


def test_steps_are_weighed_by_their_tokens_where_the_longest_come_first() -> None:
    tokens = sorted((100 + 37 * step % 1900 for step in range(120)), reverse=True)
    weighed, plain = Watched(120), Watched(120)
    done = 0
    for count in tokens:
        done += count
        weighed.after(count / 500, done, sum(tokens) - done)
        plain.after(count / 500)
    assert weighed.right() == 1.0
    assert plain.right() < 0.8


def test_answers_of_a_server_that_come_many_at_once() -> None:
    draw = random.Random(1)
    ends = [draw.uniform(7, 13) for _ in range(80)]
    arrivals = []
    for _ in range(1000):  # each place takes the next request as soon as it is free
        ends.sort()
        arrivals.append(ends[0])
        ends[0] += draw.uniform(7, 13)
    work = Watched(1000, "requests")
    for before, when in zip([0.0, *arrivals], arrivals, strict=False):
        work.after(when - before)
    assert work.right() == 1.0


# What the default student wrote: trained, in tokens, and untuned; the cap of 512 cut those that never ended.
TUNED = [46, 46, 47, 49, 50, 50, 51, 51, 53, 54, 55, 55, 56, 56, 56, 57, 57, 58, 58, 58, 59, 59, 59, 60, 61, 61, 62, 63, 63, 65, 65, 66, 68, 69, 69, 70, 74, 88, 512, 512]  # fmt: skip
UNTUNED = [45, 54, 67, 77, 89, 101, 107, 108, 111, 113, 118, 118, 119, 120, 128, 131, 138, 138, 144, 160, 162, 165, 172, 175, 182, 184, 185, 189, 196, 234, 438] + [512] * 9  # fmt: skip
EVEN = [round(90 + 0.4 * place) for place in range(300)]


def drawn(lengths: list[int], count: int) -> list[int]:
    return random.Random(2).choices(lengths, k=count)


def decoded(lengths: list[int], batch: int, a_step: float, a_token: float, load: float = 6.0) -> Watched:
    """Batches of completions: rows leave a batch as they end, and a step takes so long, and each row in it."""
    work = Watched(len(lengths), "requests")
    wait, pace = load, Pace(lambda *far: work.after(wait, *far))
    for start in range(0, len(lengths), batch):
        rows = lengths[start : start + batch]
        pace.begin([190] * len(rows), 512)
        wait += 0.0003 * 190 * len(rows)
        for step in range(1, max(rows) + 1):
            wait += a_step + a_token * sum(length >= step for length in rows)
            pace.step(sum(length > step for length in rows))
            wait = 0.0
        pace.end(rows)
    return work


@pytest.mark.parametrize(("a_step", "a_token"), [(0.03, 0.0025), (0.02, 0.001)], ids=["slow", "fast"])
@pytest.mark.parametrize(
    ("lengths", "batch"),
    [
        (drawn(TUNED, 100), 128),
        (drawn(UNTUNED, 100), 128),
        (drawn(TUNED, 1000), 128),
        (drawn(UNTUNED, 1000), 128),
        (drawn(EVEN, 300), 128),
        (drawn(EVEN, 100), 8),
        (drawn(UNTUNED, 60), 1),
    ],
    ids=["tuned", "untuned", "tuned_1000", "untuned_1000", "all_end", "small_batches", "one_by_one"],
)
def test_decoding_in_batches_of_unequal_lengths(lengths: list[int], batch: int, a_step: float, a_token: float) -> None:
    assert decoded(lengths, batch, a_step, a_token).right() > 0.85


@pytest.mark.parametrize(
    ("lengths", "count"),
    [(TUNED, 100), (UNTUNED, 100), (TUNED, 1000), (UNTUNED, 1000), (EVEN, 1000)],
    ids=["tuned", "untuned", "tuned_1000", "untuned_1000", "all_end_1000"],
)
def test_decoding_with_places_that_are_filled_again(lengths: list[int], count: int) -> None:
    work = Watched(count, "requests")
    wait, pace = 20.0, Stream(lambda *far: work.after(wait, *far), 128, 512)
    waiting = drawn(lengths, count)[::-1]
    running: list[list[int]] = []
    while waiting or running:
        running += [[waiting.pop(), 0] for _ in range(min(len(waiting), 128 - len(running)))]
        for one in running:
            one[1] += 1
        wait += 0.03 + 0.002 * len(running)
        pace.step(len(running) + len(waiting), [length for length, age in running if age == length])
        running, wait = [one for one in running if one[1] < one[0]], 0.0
    assert work.right(since=27.0) > 0.8


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_without_a_terminal_there_is_a_line_after_twenty_seconds_and_then_every_thirty(capsys) -> None:
    clock = Clock()
    with Progress("training", 200, "steps", clock) as progress:
        for _ in range(19):
            clock.now += 1
            progress.advance()
        assert lines(capsys) == []
        for _ in range(181):
            clock.now += 1
            progress.advance()
    assert lines(capsys) == [
        "training: 10%, 20 of 200 steps, about 3 min left",
        "training: 25%, 50 of 200 steps, about 2.5 min left",
        "training: 40%, 80 of 200 steps, about 2 min left",
        "training: 55%, 110 of 200 steps, about 1.5 min left",
        "training: 70%, 140 of 200 steps, about 60 s left",
        "training: 85%, 170 of 200 steps, about 30 s left",
        "training: 100%, 200 of 200 steps, about 0 s left",
    ]


def test_things_are_counted_beside_the_work_and_a_note_stands_with_them(capsys) -> None:
    clock = Clock()
    notes = iter(("1 US cent", "2 US cents"))
    with Progress("decoding", 40_000, "requests", clock, note=lambda: next(notes)) as progress:
        for second in range(1, 60):
            clock.now += 1
            progress.work(second * 100, 900_000 - second * 100, 20_000)
        progress.advance(20_000)
    assert lines(capsys) == [
        "decoding: 0%, 0 of 40,000 requests, 1 US cent, about 5 h left",
        "decoding: 0%, 0 of 40,000 requests, 2 US cents, about 5 h left",
    ]


def test_what_is_over_soon_says_nothing(capsys) -> None:
    clock = Clock()
    with Progress("training", 10, "steps", clock) as progress:
        for _ in range(10):
            clock.now += 1.9
            progress.advance()
    assert lines(capsys) == []


def test_a_terminal_gets_a_bar(monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    clock = Clock()
    with Progress("training", 4, "steps", clock) as progress:
        for _ in range(3):
            clock.now += 100
            progress.advance()
    *_, last, _ = re.split(r"[\r\n]+", capsys.readouterr().err)
    assert re.fullmatch(r"training  75%\|.*\|, 3 of 4 steps, about 1.7 min left", last)
