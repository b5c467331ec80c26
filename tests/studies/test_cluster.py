"""Studies on a real Slurm, where one answers on this machine (CONTRIBUTING tells how to have one on loopback)."""

import shutil
import signal
import subprocess
import time

import pytest

SIX = [f"six-granularity_{level}-seed_{seed}" for level in (1, 2, 3) for seed in (1, 2)]


def slurm_answers() -> bool:
    return shutil.which("sbatch") is not None and subprocess.run(["sinfo"], capture_output=True).returncode == 0


needs_slurm = pytest.mark.skipif(not slurm_answers(), reason="no Slurm answers on this machine")
pytestmark = pytest.mark.slow


@pytest.fixture
def six(repository):
    repository.write("studies/six.yaml", "about: Which?\ngrids: [{granularity: [1, 2, 3], seed: [1, 2]}]\n")
    repository.write(
        "cluster.yaml", "minutes: 1\nwarning_seconds: 55\nsbatch: {cpus-per-task: 1}\nsetup: ['export SEEN=yes']\n"
    )
    yield repository
    subprocess.run(["scancel", "--user=root", "--full"], check=False)


def six_jobs(state: str) -> list[str]:
    """The ids of the jobs in this state, whose names begin with the study's."""
    listed = subprocess.run(["squeue", "--noheader", f"--states={state}", "--format=%i %j"], capture_output=True, text=True)
    return [line.split()[0] for line in listed.stdout.splitlines() if line.split()[1].startswith("six-")]


@needs_slurm
def test_a_study_of_six_runs_survives_what_happens_on_a_cluster(six) -> None:
    for level in (1, 2, 3):
        (six.beside / f"WAIT-{level}").touch()
    first = six.start("run", "six", "--on", "slurm")
    six.wait_for(lambda: "train 1" in six.executed())
    first.send_signal(signal.SIGKILL)  # who handed the jobs over is gone
    first.wait()
    assert set(six.states("six").values()) <= {"running", "queued"}

    six.wait_for(lambda: "saved 1" in six.executed())  # the time limit is near: the job saves its work
    subprocess.run(["scontrol", "shutdown"], check=True)  # the scheduler goes, and comes back
    six.wait_for(lambda: not slurm_answers())
    subprocess.run(["slurmctld"], check=True)
    subprocess.run(["slurmd"], check=False)
    six.wait_for(slurm_answers)
    for level in (1, 2, 3):
        (six.beside / f"WAIT-{level}").unlink()
    subprocess.run(["scancel", six_jobs("all")[-1]], check=True)
    done = six.study("run", "six", "--on", "slurm")
    print(done.stdout, done.stderr)
    if done.returncode:
        done = six.study("run", "six", "--on", "slurm")
    assert done.returncode == 0, done.stderr
    assert six.experiments() == SIX
