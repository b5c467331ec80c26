"""Working through a study's runs: a few workers, a copy and a GPU each, one `dvc exp run` at a time in each."""

import dataclasses
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cot_distill.files import write_text
from cot_distill.repository.processes import end, end_leftovers
from cot_distill.studies.copies import Copy

_POLL_SECONDS = 0.1
_LINES_SHOWN = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One thing to do: a run of the study, or stages that several runs share and that are made before these."""

    name: str
    changes: dict[str, Any]
    targets: list[str] = dataclasses.field(default_factory=list)
    """Stages to make; none: the whole pipeline, whose experiment is kept."""
    after: frozenset[str] = frozenset()
    """Names of the jobs that have to end first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """How a job went."""

    job: Job
    code: int
    """The exit code of `dvc exp run`; 0: done."""
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
    """Do the jobs, one at a time in each worker's copy, on its GPU; `on_end` is called as each ends.

    A job that fails stops no other. Logs and the states of runs go to `logs`. Where this is interrupted, what runs in
    the folder `copies` is ended first: it continues from its last finished stage and checkpoint when the same job is
    done again.
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
                process = copy.start(ready.name, ready.changes, ready.targets, gpu, log_of(logs, ready.name))
                running[number] = _Running(ready, process, time.monotonic())
                _note(logs, ready.name, "running", process.pid)
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
            _note(logs, one.job.name, "stopped", 0)


def log_of(folder: Path, name: str) -> Path:
    """Where a run's output goes."""
    return folder / f"{name}.log"


def last_lines(log: Path) -> list[str]:
    """The last few lines of a log that say something."""
    lines = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").splitlines() if log.is_file() else []
    return [line for line in lines if line.strip()][-_LINES_SHOWN:]


def noted(folder: Path, name: str) -> str | None:
    """The state that a run was left in (`running`, `failed`, `finished`, `stopped`), as far as it can be told."""
    try:
        state: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if state["state"] == "running" and not Path(f"/proc/{state['pid']}").exists():
        return "stopped"
    return str(state["state"])


def _ended(one: _Running, code: int, copy: Copy, folder: Path) -> Ended:
    rev = copy.collect(one.job.name) if code == 0 and not one.job.targets else None
    _note(folder, one.job.name, "failed" if code else "finished", 0)
    return Ended(one.job, code, rev, time.monotonic() - one.started, log_of(folder, one.job.name))


def _note(folder: Path, name: str, state: str, pid: int) -> None:
    write_text(folder / f"{name}.json", json.dumps({"state": state, "pid": pid}) + "\n")
