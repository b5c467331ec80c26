"""What a study's jobs ask a cluster for, and what Slurm says of them.

A job has its run's name, and as its comment the repository that it belongs to, so that Slurm alone tells which runs are
queued or at work: from any clone, for any user, on any host of the cluster.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.repository.git import git
from cot_distill.settings import Section, faults

FILE = "cluster.yaml"
_POLL_SECONDS = 60
_AT_WORK = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT"})
_ONE = frozenset({"nodes", "ntasks", "ntasks-per-node"})
_SET_HERE = frozenset(
    ("array", "chdir", "comment", "dependency", "error", "job-name", "no-requeue", "open-mode", "output", "requeue")
    + ("signal", "test-only", "wait", "wrap")
)
"""Options of sbatch by which the study knows its jobs, and they continue."""

_MEMORY = frozenset({"mem", "mem-per-cpu", "mem-per-gpu"})
"""Options of sbatch of which a job has one."""
_VARIABLES = {"time": "TIMELIMIT", "array": "ARRAY_INX", "mem": "MEM_PER_NODE"}
"""Options of sbatch whose environment variables have other names than they."""

_ALL_CPUS = '[ -z "$SLURM_CPUS_PER_TASK" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"'
"""Since Slurm 22.05 srun gives a job's step one CPU, whatever sbatch granted, unless it is told of it."""


class Resources(Section):
    """What one job asks for."""

    minutes: int = Field(default=240, ge=1)
    """Its time limit. A job that reaches it is queued again and continues from its last checkpoint."""
    sbatch: dict[str, str | int | bool] = Field(default={})
    """Options of sbatch by their long names: {partition: gpu, gpus: 1, cpus-per-task: 8, mem: 32G}."""

    @field_validator("sbatch")
    @classmethod
    def _no_options_of_ours(cls, value: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
        found = {name.replace("_", "-"): said for name, said in value.items()}
        if "time" in found:
            raise ValueError("write the time limit as `minutes`, which says when a job saves its work")
        if taken := sorted(_SET_HERE & found.keys()):
            raise ValueError(f"{taken[0]} is not yours to set, for it is how a study knows its jobs and continues them")
        if many := [name for name in sorted(_ONE & found.keys()) if str(found[name]) != "1"]:
            raise ValueError(f"{many[0]} must be 1: a run is one task on one node")
        return found


class Cluster(Resources):
    """cluster.yaml."""

    setup: list[str] = Field(default=[])
    """Lines of shell that a job runs first, as `module load cuda`."""
    students: dict[str, Resources] = Field(default={})
    """What jobs of a student ask for instead; options of sbatch that it does not name stay."""
    at_once: int | None = Field(default=None, ge=1)
    """How many jobs of a study may run at once; null: as many as Slurm starts."""
    restarts: int = Field(default=20, ge=0)
    """How often a job that reached its time limit is queued again."""
    warning_seconds: int = Field(default=90, ge=1, validate_default=True)
    """How long before its time limit a job is told to save its work."""
    push_to: str | None = None
    """A Git remote, by its name, to which each finished run is pushed, wherever it was made; null: to none."""

    @field_validator("warning_seconds")
    @classmethod
    def _time_to_work(cls, value: int, info: ValidationInfo) -> int:
        students = info.data.get("students", {}).values()
        shortest = min([info.data.get("minutes", value), *(own.minutes for own in students)])
        if value * 2 > shortest * 60:
            raise ValueError(f"a job of {shortest} minutes would be told to end before half its time; tell it later")
        return value

    def of(self, student: str) -> Resources:
        """What a job with this student asks for."""
        own = self.students.get(student)
        if own is None:
            return self
        minutes = own.minutes if "minutes" in own.model_fields_set else self.minutes
        return Resources(minutes=minutes, sbatch={**self.sbatch, **own.sbatch})


def read(root: Path) -> Cluster:
    """The project's cluster.yaml; without one, no Slurm is asked. Raises UserError if it is malformed."""
    path = root / FILE
    if not path.is_file():
        return Cluster()
    try:
        return Cluster.model_validate(catalogue.load_any(path))
    except ValidationError as error:
        raise UserError(f"{FILE}: {'; '.join(faults(error))}") from None


def check(root: Path) -> None:
    """Raises UserError if jobs of this project cannot be handed to Slurm from this machine."""
    if not (root / FILE).is_file():
        raise UserError(f"--on slurm: {FILE} beside params.yaml says what a job asks for; write one, as `minutes: 240`")
    if shutil.which("sbatch") is None or shutil.which("srun") is None:
        raise UserError("--on slurm: there is no sbatch here; run the command on a login node of the cluster")


def comment(root: Path) -> str:
    """By which the jobs of a repository are known: the same in all its clones."""
    return f"cot-distill:{git(root, 'rev-list', '--max-parents=0', 'HEAD').split()[-1][:12]}"


class Listed(NamedTuple):
    """A job that Slurm has not ended."""

    number: str
    state: str
    """`queued` or `running`."""


def jobs(root: Path) -> dict[str, Listed] | None:
    """The jobs of this repository that Slurm has not ended, by the names of their runs.

    None if Slurm does not answer, so that nothing is known; nothing if the project has no cluster.yaml, so that
    nobody waits for a Slurm that is not used, or if there is no Slurm.
    """
    if not (root / FILE).is_file() or shutil.which("squeue") is None:
        return {}
    mine = comment(root)
    try:
        done = subprocess.run(
            ["squeue", "--noheader", "--all", "--format=%i|%T|%k|%j"],
            capture_output=True, encoding="utf-8", errors="replace", timeout=_POLL_SECONDS, env=_without("SQUEUE_"),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    there: dict[str, Listed] = {}
    for line in done.stdout.splitlines():
        match line.split("|", 3):
            case number, state, said, name if said == mine:  # other users' jobs may say anything, on several lines too
                there[name] = Listed(number, "running" if state in _AT_WORK else "queued")
    return there


def _without(prefix: str) -> dict[str, str]:
    """The environment without what a user chose for a command of Slurm, which might hide jobs from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefix)}


def overruling(asked: Resources) -> set[str]:
    """The environment variables that sbatch would prefer to what a job asks for."""
    named = {"time", *_SET_HERE, *asked.sbatch}
    if named & _MEMORY:
        named |= _MEMORY
    return {f"SBATCH_{_VARIABLES.get(option, option.replace('-', '_').upper())}" for option in named}


def options(cluster: Cluster, student: str, name: str, root: Path, after: list[str]) -> dict[str, Any]:
    """What submitit is told of a job, which waits until the jobs `after`, by their ids, have ended."""
    asked = cluster.of(student)
    # Clusters may forbid jobs to be queued again that don't ask for it.
    more: dict[str, Any] = {**asked.sbatch, "comment": comment(root), "requeue": True}
    more = {option: value for option, value in more.items() if value is not False}
    if after:
        more["dependency"] = "afterany:" + ":".join(after)
    return {
        "name": name,
        "timeout_min": asked.minutes,
        "slurm_signal_delay_s": cluster.warning_seconds,
        "slurm_setup": [_ALL_CPUS, *cluster.setup],
        "slurm_stderr_to_stdout": True,
        "slurm_additional_parameters": more,
    }
