"""Runs a study: its jobs, the workers, and a line when a run ends."""

import dataclasses
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import alone
from cot_distill.repository.processes import end_leftovers
from cot_distill.studies.copies import Copy, Job, take_snapshot
from cot_distill.studies.dropped_students import drop
from cot_distill.studies.experiments import accuracy_of
from cot_distill.studies.grid import Combination
from cot_distill.studies.plan import Plan
from cot_distill.studies.pool import Ended, work
from cot_distill.studies.states import last_lines

_SHARED = {
    "evaluate@untuned": ("dataset", "student"),
    "transform": ("dataset", "teacher", "granularity", "mixture", "format"),
}
"""Stages that several runs may share, each with the params that decide this."""


def gpus(workers: int) -> list[str | None]:
    """The GPU of each worker, as CUDA_VISIBLE_DEVICES names it. A single worker keeps all GPUs that it sees.

    Raises UserError if there are fewer GPUs than workers.
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
    """Do the runs of a plan that are not finished. Returns the number that failed.

    Raises UserError if another study is running in this repository.
    """
    copies = plan.root / ".dvc" / "tmp" / "study-copies"
    with starting(plan.root), _stoppable():
        left = end_leftovers(copies)
        if left:
            say(f"ended {left} processes that a killed study had left at work")
        if drop_students:
            finished = [plan.experiments[run.name].rev for run in plan.runs if plan.state(run) == "finished"]
            drop(plan.root, finished, plan.names)
        waiting = [run for run in plan.waiting if run.name not in (plan.jobs or {})]
        if not waiting:
            say("every run is finished" if not plan.waiting else "every other run is a job on Slurm")
            return 0
        announcer = Announcer(plan, len(waiting), drop_students)
        _work(plan, copies, jobs(waiting, workers > 1), workers, announcer.ended)
        return announcer.failed


def only(plan: Plan, target: str, workers: int) -> dict[str, str]:
    """Run one stage, and the stages that lead to it, for each run of a plan. Returns the commits of the experiments, by
    the run's name.

    Raises UserError as `run` does, and if a run fails.
    """
    revs: dict[str, str] = {}
    todo = [Job(f"{run.name}-{target}", run.changes, (target,), student=run.values["student"]) for run in plan.runs]

    def ended(one: Ended) -> None:
        announcer.ended(one)
        if one.rev is not None:
            revs[one.job.name.removesuffix(f"-{target}")] = one.rev

    copies = plan.root / ".dvc" / "tmp" / "study-copies"
    announcer = Announcer(plan, len(todo), drop_students=False)
    with starting(plan.root), _stoppable():
        end_leftovers(copies)
        _work(plan, copies, todo, workers, ended)
    if announcer.failed:
        raise UserError(f"{announcer.failed} of {len(todo)} failed; mend the cause and run the same command again")
    return revs


def _work(plan: Plan, copies: Path, todo: Sequence[Job], workers: int, on_end: Callable[[Ended], None]) -> None:
    """Do the jobs in copies of the present repository."""
    snapshot = take_snapshot(plan.root)
    devices = gpus(workers)[: sum(not job.shared for job in todo)]
    try:
        made = [
            (Copy(plan.root, snapshot, copies / str(number), plan.elsewhere), gpu) for number, gpu in enumerate(devices)
        ]
        work(todo, copies, made, plan.logs, on_end)
    finally:
        shutil.rmtree(copies, ignore_errors=True)


def jobs(runs: Sequence[Combination], several: bool) -> list[Job]:
    """The runs as jobs. With `several`, jobs for stages that runs share come before them, so that no two runs make them
    at the same time: the untuned student's answers, and an arm's examples."""
    made = {run.name: Job(run.name, run.changes, student=run.values["student"]) for run in runs}
    if not several:
        return list(made.values())
    sharing: dict[tuple[str, str], list[Combination]] = defaultdict(list)
    for run in runs:
        for target, made_from in _SHARED.items():
            sharing[target, str([run.values.get(param) for param in made_from])].append(run)
    first: list[Job] = []
    after: dict[str, set[str]] = defaultdict(set)
    for (target, _), sharers in sharing.items():
        if len(sharers) > 1:
            name = f"{sharers[0].name}-{target.replace('@', '_')}"
            first.append(dataclasses.replace(made[sharers[0].name], name=name, targets=(target,), shared=True))
            for run in sharers:
                after[run.name].add(name)
    return first + [dataclasses.replace(job, after=frozenset(after[name])) for name, job in made.items()]


class Announcer:
    """Prints a line when a run ends, with an estimate of the time left, and drops its student if that is requested."""

    def __init__(self, plan: Plan, total: int, drop_students: bool) -> None:
        self._plan, self._total, self._drop = plan, total, drop_students
        self._done = 0
        self._started = time.monotonic()
        self.failed = 0

    def ended(self, one: Ended) -> None:
        shared = one.job.shared
        self._done += not shared
        place = "shared" if shared else f"{self._done}/{self._total}"
        if one.code is None:
            self.failed += not shared
            say(f"[{place}] {one.job.name}: STOPPED, Slurm ended its job without a result, log: {one.log}")
            return
        if one.code:
            self.failed += not shared
            say(f"[{place}] {one.job.name}: FAILED after {_time(one.seconds)} (exit code {one.code}), log: {one.log}")
            for line in last_lines(one.log):
                say(f"    {line}")
            return
        say(f"[{place}] {one.job.name}: done in {_time(one.seconds)}{self._result(one.rev)}{self._rest()}")

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


def starting(root: Path) -> AbstractContextManager[int]:
    """A lock against others that start runs in this repository. Raises UserError if another one has it."""
    path = root / ".dvc" / "tmp" / "studies.lock"

    def busy() -> None:
        raise UserError(f"another study is at work in this repository ({path}); wait for it")

    return alone(path, busy)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Make SIGTERM stop the block as Ctrl-C does."""

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


def say(line: str) -> None:
    """Print a line to standard error."""
    print(line, file=sys.stderr, flush=True)
