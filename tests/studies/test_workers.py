"""Several workers, and students that are dropped."""

import signal

import pytest

from cot_distill.studies.copies import Job
from cot_distill.studies.grid import Combination
from cot_distill.studies.running import gpus, jobs
from tests.studies.conftest import ALL, ONCE


def test_too_few_gpus_are_told(repository, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert repository.told("study", "run", "small", "--workers", "2").err == (
        "cot-distill: --workers 2: each takes a GPU, and there are 0; a CPU takes one worker\n"
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-x,6")
    assert gpus(2) == ["4", "GPU-x"]
    assert gpus(1) == [None]


def test_what_runs_share_is_made_before_them_where_there_are_several_workers() -> None:
    def run(name: str, granularity: int, seed: int) -> Combination:
        values = {"dataset": "d", "student": "s", "teacher": "t", "granularity": granularity, "format": "f"}
        return Combination(name, {"seed": seed}, values)

    def job(name: str, seed: int, targets: tuple[str, ...] = (), after: frozenset[str] = frozenset()) -> Job:
        return Job(name, {"seed": seed}, targets, bool(targets), after, "s")

    runs = [run("a", 1, 1), run("b", 1, 2), run("c", 2, 1)]
    assert jobs(runs, several=False) == [job("a", 1), job("b", 2), job("c", 1)]
    shared, arm = "a-evaluate_untuned", "a-transform"
    assert jobs(runs, several=True) == [
        job(shared, 1, ("evaluate@untuned",)),
        job(arm, 1, ("transform",)),
        job("a", 1, after=frozenset({shared, arm})),
        job("b", 2, after=frozenset({shared, arm})),
        job("c", 1, after=frozenset({shared})),
    ]


@pytest.mark.slow
def test_workers_take_a_gpu_each_and_make_once_what_runs_share(repository) -> None:
    done = repository.study("run", "small", "--workers", "2", CUDA_VISIBLE_DEVICES="4,GPU-x,6")
    assert done.returncode == 0, done.stderr
    assert "[shared] small-granularity_1-evaluate_untuned: done in" in done.stderr
    assert repository.experiments() == ALL
    assert repository.executed() == ONCE
    assert sorted(path.name for path in repository.beside.glob("gpu-*")) == ["gpu-4", "gpu-GPU-x"]


@pytest.mark.slow
def test_ctrl_c_interrupts_all_workers_and_lets_each_save_its_work(repository) -> None:
    for level in (1, 2):
        (repository.beside / f"WAIT-{level}").touch()
    stopped = repository.start("run", "small", "--workers", "2", CUDA_VISIBLE_DEVICES="0,1")
    repository.wait_for(lambda: {"train 1", "train 2"} <= set(repository.executed()))
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    assert told.splitlines()[-1] == "cot-distill: stopped" and "Traceback" not in told
    assert {"interrupted 1", "saved 1", "interrupted 2", "saved 2"} <= set(repository.executed())
    assert repository.states("small") == dict.fromkeys(ALL, "stopped")


@pytest.mark.slow
def test_dropped_students_leave_the_cache_as_they_are_evaluated(repository) -> None:
    repository.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: 1\n")
    done = repository.study("run", "small", "--drop-students")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("student dropped (0 MB)") == 1
    assert repository.students() == 0
