"""Running a study: its jobs, the workers, and a line as each run ends."""

import fcntl
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.repository.processes import end_leftovers
from cot_distill.studies.copies import Copy, take_snapshot
from cot_distill.studies.dropped_students import drop
from cot_distill.studies.experiments import accuracy_of
from cot_distill.studies.grid import Combination
from cot_distill.studies.plan import Plan
from cot_distill.studies.pool import Ended, Job, last_lines, work

_SHARED = {
    "evaluate@untuned": ("dataset", "student"),
    "transform": ("dataset", "teacher", "granularity", "format"),
}
"""Stages that several runs may have in common, by the params that tell whether they do."""


def gpus(workers: int) -> list[str | None]:
    """The GPU of each worker as CUDA_VISIBLE_DEVICES names it; a single worker keeps what it sees.

    Raises UserError where there are fewer GPUs than workers.
    """
    if workers == 1:
        return [None]
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        import torch

        there = [str(number) for number in range(torch.cuda.device_count())]
    else:
        there = [part for part in named.split(",") if part]
    if workers > len(there):
        raise UserError(f"--workers {workers}: each takes a GPU, and there are {len(there)}; a CPU takes one worker")
    return list(there[:workers])


def run(plan: Plan, workers: int, drop_students: bool) -> int:
    """Work through the runs of a plan that are not finished; how many failed.

    Raises UserError where another study is at work in this repository.
    """
    copies = plan.root / ".dvc" / "tmp" / "study-copies"
    with _alone(copies.with_name("studies.lock")), _stoppable():
        left = end_leftovers(copies)
        if left:
            _say(f"ended {left} processes that a killed study had left at work")
        if drop_students:
            finished = [plan.experiments[run.name].rev for run in plan.runs if plan.state(run) == "finished"]
            drop(plan.root, finished, plan.names)
        waiting = plan.waiting
        if not waiting:
            _say("every run is finished")
            return 0
        devices = gpus(workers)[: len(waiting)]
        announcer = _Announcer(plan, len(waiting), drop_students)
        snapshot = take_snapshot(plan.root)
        try:
            made = [(Copy(plan.root, snapshot, copies / str(number)), gpu) for number, gpu in enumerate(devices)]
            work(jobs(waiting, len(made)), copies, made, plan.logs, announcer.ended)
        finally:
            shutil.rmtree(copies, ignore_errors=True)
        return announcer.failed


def jobs(runs: Sequence[Combination], workers: int) -> list[Job]:
    """The runs as jobs and, where several workers would make the same at the same time, what they share before them:
    the untuned student's answers, and an arm's examples."""
    if workers == 1:
        return [Job(run.name, run.changes) for run in runs]
    sharing: dict[tuple[str, str], list[Combination]] = defaultdict(list)
    for run in runs:
        for target, made_from in _SHARED.items():
            sharing[target, str([run.values[param] for param in made_from])].append(run)
    first: list[Job] = []
    after: dict[str, set[str]] = defaultdict(set)
    for (target, _), sharers in sharing.items():
        if len(sharers) > 1:
            name = f"{sharers[0].name}-{target.replace('@', '_')}"
            first.append(Job(name, sharers[0].changes, [target]))
            for run in sharers:
                after[run.name].add(name)
    return first + [Job(run.name, run.changes, after=frozenset(after[run.name])) for run in runs]


class _Announcer:
    """Prints a line as each run ends, with the time that the rest may take, and drops its student where that is
    asked."""

    def __init__(self, plan: Plan, total: int, drop_students: bool) -> None:
        self._plan, self._total, self._drop = plan, total, drop_students
        self._done = 0
        self._started = time.monotonic()
        self.failed = 0

    def ended(self, one: Ended) -> None:
        shared = bool(one.job.targets)
        self._done += not shared
        place = "shared" if shared else f"{self._done}/{self._total}"
        if one.code:
            self.failed += not shared
            _say(f"[{place}] {one.job.name}: FAILED after {_time(one.seconds)} (exit code {one.code}), log: {one.log}")
            for line in last_lines(one.log):
                _say(f"    {line}")
            return
        _say(f"[{place}] {one.job.name}: done in {_time(one.seconds)}{self._result(one.rev)}{self._rest()}")

    def _result(self, rev: str | None) -> str:
        if rev is None:
            return ""
        accuracy = accuracy_of(self._plan.root, rev)
        result = "" if accuracy is None else f", accuracy {accuracy:.1%}"
        if self._drop:
            result += f", student dropped ({drop(self._plan.root, [rev], self._plan.names) / 1e6:.0f} MB)"
        return result

    def _rest(self) -> str:
        left = self._total - self._done
        if not left or not self._done:
            return ""
        return f"; {left} left, about {_time((time.monotonic() - self._started) / self._done * left)}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"another study is at work in this repository ({path}); wait for it") from None
        yield


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM stops as Ctrl-C does."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
