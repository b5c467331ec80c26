"""What a study's jobs ask a cluster for, and what Slurm says of them.

A job has its run's name, and as its comment the repository that it belongs to, so that Slurm alone tells which runs are
queued or at work: from any clone, for any user, on any host of the cluster.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.repository.git import git
from cot_distill.settings import Section, faults

FILE = "cluster.yaml"
_POLL_SECONDS = 60
_AT_WORK = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT"})


_ALL_CPUS = '[ -z "$SLURM_CPUS_PER_TASK" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"'
"""Since Slurm 22.05 srun gives a job's step one CPU, whatever sbatch granted, unless it is told of it."""


class Resources(Section):
    """What one job asks for."""

    minutes: int = Field(default=240, ge=1)
    """Its time limit. A job that reaches it is queued again and continues from its last checkpoint."""
    sbatch: dict[str, str | int | bool] = Field(default={})
    """Options of sbatch by their long names: {partition: gpu, gpus: 1, cpus-per-task: 8, mem: 32G}."""


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
    warning_seconds: int = Field(default=90, ge=1)
    """How long before its time limit a job is told to save its work."""
    push_to: str | None = None
    """A Git remote, by its name, to which each finished run is pushed, wherever it was made; null: to none."""

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
        return Cluster.model_validate(catalogue.load_any(path) or {})
    except ValidationError as error:
        raise UserError(f"{FILE}: {'; '.join(faults(error))}") from None


def check(root: Path) -> None:
    """Raises UserError if jobs of this project cannot be handed to Slurm from this machine."""
    if not (root / FILE).is_file():
        raise UserError(f"--on slurm: {FILE} beside params.yaml says what a job asks for; write it (it may be empty)")
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
            ["squeue", "--noheader", "--format=%i|%T|%k|%j"],
            capture_output=True, text=True, timeout=_POLL_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    there: dict[str, Listed] = {}
    for line in done.stdout.splitlines():
        number, state, said, name = line.split("|", 3)
        if said == mine:
            there[name] = Listed(number, "running" if state in _AT_WORK else "queued")
    return there


def options(cluster: Cluster, student: str, name: str, root: Path, after: list[str]) -> dict[str, Any]:
    """What submitit is told of a job, which waits until the jobs `after`, by their ids, have ended."""
    asked = cluster.of(student)
    more: dict[str, Any] = {**asked.sbatch, "comment": comment(root)}
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
