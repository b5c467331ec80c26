"""Works through a study's jobs with a few workers. Each has a copy and a GPU, and does one `dvc exp run` at a time."""

import dataclasses
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cot_distill.repository.processes import end, end_leftovers
from cot_distill.studies.copies import Copy, Job
from cot_distill.studies.states import holding, log_of, note

_POLL_SECONDS = 0.1


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """The result of a job."""

    job: Job
    code: int | None
    """The exit code of `dvc exp run`; 0: done and transferred; None: ended from outside."""
    rev: str | None
    """The experiment's commit; None for a failed run or shared stages."""
    seconds: float
    log: Path


@dataclasses.dataclass(slots=True)
class _Running:
    job: Job
    process: "subprocess.Popen[bytes]"
    started: float


def work(
    jobs: Sequence[Job],
    copies: Path,
    workers: Sequence[tuple[Copy, str | None]],
    logs: Path,
    on_end: Callable[[Ended], None],
) -> None:
    """Do the jobs, one at a time in each worker's copy, on its GPU. `on_end` is called when a job ends.

    A job that fails does not stop the others. Logs and the states of runs go to `logs`. An interrupt first ends the
    processes in the folder `copies`. When the same job is done again, it continues from its last finished stage and
    checkpoint.
    """
    waiting = list(jobs)
    running: dict[int, _Running] = {}
    try:
        while waiting or running:
            under_way = {job.name for job in waiting} | {one.job.name for one in running.values()}
            for number, (copy, gpu) in enumerate(workers):
                ready = next((job for job in waiting if not job.after & under_way), None)
                if number in running or ready is None:
                    continue
                waiting.remove(ready)
                with holding(logs, ready.name) as held:
                    process = copy.start(ready, gpu, log_of(logs, ready.name), held)
                running[number] = _Running(ready, process, time.monotonic())
                note(logs, ready.name, "running")
            time.sleep(_POLL_SECONDS)
            for number, one in list(running.items()):
                code = one.process.poll()
                if code is not None:
                    del running[number]
                    on_end(_ended(one, code, workers[number][0], logs))
    finally:
        if running:
            end([one.process for one in running.values()])
            end_leftovers(copies)
        for one in running.values():
            note(logs, one.job.name, "stopped")


def _ended(one: _Running, code: int, copy: Copy, folder: Path) -> Ended:
    log = log_of(folder, one.job.name)
    code, rev = copy.result(one.job, code, log)
    seconds = time.monotonic() - one.started
    note_end(folder, one.job, code, seconds, rev)
    return Ended(one.job, code, rev, seconds, log)


def note_end(folder: Path, job: Job, code: int, seconds: float, rev: str | None) -> None:
    """Record how a job ended: its exit code, its seconds, its experiment's commit."""
    state = "failed" if code else "finished"
    note(folder, job.name, state, seconds=seconds, rev=rev, student=None if job.targets else job.student)
