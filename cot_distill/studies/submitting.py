"""Running a study on Slurm: a job a run, handed over through submitit, and followed until they have ended.

What follows the jobs may end and come back: what runs is known from Slurm, what is finished from the experiments.
"""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, one_line
from cot_distill.files import alone
from cot_distill.repository.checkout import cache_folder
from cot_distill.repository.git import git
from cot_distill.repository.processes import end
from cot_distill.studies import cluster
from cot_distill.studies.cluster import Cluster, Resources
from cot_distill.studies.copies import Copy, Job, Snapshot, take_snapshot
from cot_distill.studies.grid import Combination
from cot_distill.studies.plan import Plan
from cot_distill.studies.pool import Ended, note_end
from cot_distill.studies.running import Announcer, jobs, say, starting
from cot_distill.studies.states import holding, log_of, note, noted, times

_FOLDER = "slurm"
"""Below a study's logs: what submitit writes of its jobs."""
_FIRST_LOOK, _LAST_LOOK = 1.0, 30.0
"""Seconds from one look at Slurm to the next: few where something ends, more where nothing does."""
_POLL_SECONDS = 0.2


def run(plan: Plan, settings: Cluster, drop_students: bool) -> int:
    """Hand the runs of a plan that are neither finished nor at work to Slurm, and follow all until they have ended; how
    many failed.

    Raises UserError if Slurm does not answer or refuses a job, and if another study is at work here.
    """
    with starting(plan.root), _handing_over(plan.root):
        there = cluster.jobs(plan.root)
        if there is None:
            raise UserError("Slurm does not answer (squeue failed); try again when it does")
        plan = plan.with_results()  # after the list of jobs: one that ends between the two is in both, not in neither
        waiting = {run.name for run in plan.waiting}
        if not waiting:
            say("every run is finished")
            return 0
        snapshot = take_snapshot(plan.root)
        kept = f"refs/cot-distill/{plan.name}"
        git(plan.root, "update-ref", kept, snapshot.stash or snapshot.head)  # jobs may wait for longer than git's gc
        todo = _needed(jobs(within_budget(plan, settings), several=True), there)
        mine = {name: job.number for name, job in there.items() if _is_mine(plan.logs, job.number)}
        ids = mine | submit(plan, [job for job in todo if job.name not in there], settings, snapshot, mine)
    followed = {job.name: job for job in todo if job.name in ids}
    new = len(ids) - len(mine)
    say(f"{new} jobs handed to Slurm, {len(followed) - new} were there; they go on without this command")
    elsewhere = sorted(waiting & there.keys() - mine.keys())
    if elsewhere:
        say(f"{len(elsewhere)} are jobs that another clone handed over, as {elsewhere[0]}; they are not followed here")
    announcer = Announcer(plan, sum(not job.shared for job in followed.values()), drop_students)
    try:
        for name in _ends(plan.root, plan.logs, list(followed)):
            announcer.ended(_ended(followed[name], plan.logs))
    except KeyboardInterrupt:
        say(f"the jobs go on; `cot-distill study status {plan.name}` shows them, the same command follows them again")
        raise
    return announcer.failed


def _handing_over(root: Path) -> AbstractContextManager[int]:
    """Nobody hands jobs over meanwhile, in no clone that shares this one's DVC cache: two that look at Slurm at the
    same time would both find that a run has no job."""
    path = cache_folder(root) / "cot-distill.lock"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        path.chmod(0o666)  # others' clones lock it too

    return alone(path, lambda: say("another clone is handing jobs over; waiting for it"))


def _needed(todo: Sequence[Job], there: Collection[str]) -> list[Job]:
    """Without what only runs share that have their jobs already."""
    needed = {name for job in todo if job.name not in there for name in job.after}
    return [job for job in todo if not job.shared or job.name in needed]


def within_budget(plan: Plan, settings: Cluster) -> list[Combination]:
    """The runs that are not finished, as many as the study's `max_hours` allows: each is counted at what finished runs
    of its student took, and, if there are none, at its job's time limit."""
    if plan.max_hours is None:
        return plan.waiting
    took = times(plan.logs.parent)
    left = plan.max_hours * 3600 - plan.spent_seconds
    fitting = []
    for run in plan.waiting:
        student = run.values["student"]
        left -= took.get(student, settings.of(student).minutes * 60.0)
        if left < 0:
            break
        fitting.append(run)
    if len(fitting) < len(plan.waiting):
        say(f"max_hours: {len(plan.waiting) - len(fitting)} of {len(plan.waiting)} runs would pass it; they stay out")
    return fitting


def _is_mine(logs: Path, number: str) -> bool:
    """Whether a job was handed over from this clone: what it is to do lies there."""
    return (logs / _FOLDER / f"{number}_submitted.pkl").is_file()


def _ends(root: Path, logs: Path, followed: Sequence[str]) -> Iterator[str]:
    """The names of the jobs as they end. A job that Slurm knows no longer has ended: at once if it noted so, else
    (it was cancelled, or its note is still on its way from another host) at the second look."""
    left, missed = set(followed), set[str]()
    pause, answers = _FIRST_LOOK, True
    while left:
        time.sleep(pause)
        there = cluster.jobs(root)
        if answers != (there is not None):
            answers = not answers
            say("Slurm answers again" if answers else "Slurm does not answer; waiting for it (the jobs go on)")
        if there is None:
            pause = _LAST_LOOK
            continue
        gone = [name for name in followed if name in left and name not in there]
        ended = [name for name in gone if name in missed or noted(logs, name).get("state") in ("finished", "failed")]
        missed.update(gone)
        left.difference_update(ended)
        pause = _FIRST_LOOK if gone else min(pause * 1.5, _LAST_LOOK)
        yield from ended


def _ended(job: Job, logs: Path) -> Ended:
    known = noted(logs, job.name)
    code = {"finished": 0, "failed": 1}.get(str(known.get("state")))
    return Ended(job, code, known.get("rev"), known.get("seconds", 0.0), log_of(logs, job.name))


class Work:
    """What one job does: one run, in a copy of the repository of its own. submitit pickles it, and calls it there."""

    def __init__(self, root: Path, snapshot: Snapshot, job: Job, logs: Path, push_to: str | None) -> None:
        self._root, self._snapshot, self._job, self._logs, self._push_to = root, snapshot, job, logs, push_to
        self._process: subprocess.Popen[bytes] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_process": None}

    def __call__(self) -> int:
        """Runs it; its exit code."""
        told_to_end: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: told_to_end.append(number))
        name, log, started = self._job.name, log_of(self._logs, self._job.name), time.monotonic()
        with holding(self._logs, name) as held:
            note(self._logs, name, "running")
            folder = self._root / ".dvc" / "tmp" / "cluster-copies" / name
            copy = Copy(self._root, self._snapshot, folder, self._push_to)
            try:
                with _deaf_to(signal.SIGUSR2):  # Slurm warns all processes; this one passes it on as it sees fit
                    self._process = copy.start(self._job, None, log, held)
                code, rev = copy.result(self._job, _waited_for(self._process), log)
            finally:
                copy.remove()
            while told_to_end:  # cancelled or preempted: Slurm kills what is left, and alone knows what comes then
                signal.pause()
            note_end(self._logs, self._job, code, time.monotonic() - started, rev)
        return code

    def checkpoint(self) -> Any:
        """Called by submitit where the job's time is nearly up: what runs saves its work; the job is queued again."""
        from submitit.helpers import DelayedSubmission

        if self._process is not None:
            end([self._process])
        return DelayedSubmission(self)


def submit(
    plan: Plan, todo: Sequence[Job], settings: Cluster, snapshot: Snapshot, there: Mapping[str, str]
) -> dict[str, str]:
    """Hand jobs over to Slurm, each to start after those that it needs; the id of each by its name.

    `there` holds the ids of those that Slurm has already. Raises UserError with Slurm's own words if it refuses one;
    those before it stay queued.
    """
    import submitit
    from submitit.core.utils import FailedJobError

    folder = plan.logs / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    executor = submitit.AutoExecutor(folder=folder, cluster="slurm", slurm_max_num_timeout=settings.restarts)
    ids: dict[str, str] = {}
    for job in todo:
        after = [one[name] for one in (ids, there) for name in sorted(job.after) if name in one]
        if settings.at_once and len(ids) >= settings.at_once:
            after.append(list(ids.values())[-settings.at_once])
        executor.update_parameters(**cluster.options(settings, job.student, job.name, plan.root, after))
        (plan.logs / f"{job.name}.json").unlink(missing_ok=True)
        try:
            with redirect_stderr(StringIO()), _asking_for(settings.of(job.student)):  # submitit repeats the error there
                ids[job.name] = executor.submit(Work(plan.root, snapshot, job, plan.logs, settings.push_to)).job_id
        except FailedJobError as error:
            said = [line.partition("error: ")[2] for line in str(error).splitlines() if "error: " in line]
            raise UserError(f"Slurm refuses {job.name}: {(said or [one_line(error)])[0]}") from None
    return ids


@contextmanager
def _asking_for(asked: Resources) -> Iterator[None]:
    """The environment without what sbatch would prefer to what a job asks for: what an interactive job was granted,
    which would count for new jobs as well, and a user's own choices of the same options."""
    unwanted = cluster.overruling(asked)
    if "SLURM_JOB_ID" in os.environ:
        unwanted |= {name for name in os.environ if name.startswith(("SLURM_", "SRUN_")) and name != "SLURM_CONF"}
    kept = {name: os.environ.pop(name) for name in unwanted & os.environ.keys()}
    try:
        yield
    finally:
        os.environ.update(kept)


def _waited_for(process: "subprocess.Popen[bytes]") -> int:
    """Its exit code, once it has ended; not by `wait`, whose lock `checkpoint`, called by a signal, would wait for."""
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        code = process.poll()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
        if code is not None:
            return code
        time.sleep(_POLL_SECONDS)


@contextmanager
def _deaf_to(number: signal.Signals) -> Iterator[None]:
    """What is started here ignores the signal."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)
