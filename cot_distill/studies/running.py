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
from cot_distill.studies.copies import Copy, end_leftovers
from cot_distill.studies.dropping import drop
from cot_distill.studies.grid import Combination
from cot_distill.studies.plan import Plan
from cot_distill.studies.pool import Ended, Job, last_lines, work


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
    with _alone(plan.repository.work), _stoppable():
        left = end_leftovers(plan.repository.work)
        if left:
            _tell(f"ended {left} processes that a killed study had left at work")
        if drop_students:
            finished = {plan.found[run.name].rev for run in plan.runs if plan.state(run) == "finished"}
            drop(plan.repository, finished, plan.names)
        waiting = plan.waiting
        if not waiting:
            _tell("every run is finished")
            return 0
        workers = min(workers, len(waiting))
        told = _Told(plan, len(waiting), drop_students)
        copies: list[Copy] = []
        try:
            for number in range(workers):
                copies.append(Copy(plan.repository, plan.snapshot, number))
            work(jobs(waiting, workers), copies, gpus(workers), plan.folder, told.ended)
        finally:
            for copy in copies:
                shutil.rmtree(copy.folder, ignore_errors=True)
        return told.failed


def jobs(runs: Sequence[Combination], workers: int) -> list[Job]:
    """The runs as jobs and, where several workers would make the same at the same time, what they share before them:
    the untuned student's answers, and an arm's examples."""
    if workers == 1:
        return [Job(run.name, run.changes) for run in runs]
    sharing: dict[tuple[str, str], list[Combination]] = defaultdict(list)
    for run in runs:
        for target, made_from in (
            ("evaluate_untuned", ("dataset", "student")),
            ("transform", ("dataset", "teacher", "granularity", "format")),
        ):
            sharing[target, str([run.values[param] for param in made_from])].append(run)
    first: list[Job] = []
    after: dict[str, set[str]] = defaultdict(set)
    for (target, _), sharers in sharing.items():
        if len(sharers) > 1:
            name = f"{sharers[0].name}-{target}"
            first.append(Job(name, sharers[0].changes, [target]))
            for run in sharers:
                after[run.name].add(name)
    return first + [Job(run.name, run.changes, after=frozenset(after[run.name])) for run in runs]


class _Told:
    """Tells each run as it ends, with the time that the rest may take, and drops its student where that is asked."""

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
            _tell(f"[{place}] {one.job.name}: FAILED after {_time(one.seconds)} (exit code {one.code}), log: {one.log}")
            for line in last_lines(one.log):
                _tell(f"    {line}")
            return
        freed = ""
        if one.rev is not None and self._drop:
            freed = f", student dropped ({drop(self._plan.repository, [one.rev], self._plan.names) / 1e6:.0f} MB)"
        accuracy = None if one.rev is None else self._plan.repository.accuracy(one.rev)
        told = "" if accuracy is None else f", accuracy {accuracy:.1%}"
        _tell(f"[{place}] {one.job.name}: done in {_time(one.seconds)}{told}{freed}{self._rest()}")

    def _rest(self) -> str:
        left = self._total - self._done
        if not left or not self._done:
            return ""
        return f"; {left} left, about {_time((time.monotonic() - self._started) / self._done * left)}"


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"another study is at work in this repository ({work / 'lock'}); wait for it") from None
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


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
