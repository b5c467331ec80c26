"""Several workers, and students that are dropped."""

from tests.studies.test_running import ALL, ONCE


def test_workers_take_a_gpu_each_and_make_once_what_runs_share(repository) -> None:
    refused = repository.study("run", "small", "--workers", "2", CUDA_VISIBLE_DEVICES="")
    assert (refused.returncode, refused.stderr) == (
        1,
        "cot-distill: --workers 2: each takes a GPU, and there are 0; a CPU takes one worker\n",
    )
    done = repository.study("run", "small", "--workers", "2", CUDA_VISIBLE_DEVICES="4,GPU-x,6")
    assert done.returncode == 0, done.stderr
    assert "[shared] small-granularity_1-evaluate_untuned: done in" in done.stderr
    assert repository.experiments() == ALL
    assert repository.executed() == ONCE
    assert sorted(path.name for path in repository.beside.glob("gpu-*")) == ["gpu-4", "gpu-GPU-x"]


def test_dropped_students_leave_the_cache_as_they_are_evaluated(repository) -> None:
    done = repository.study("run", "small", "--drop-students")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("student dropped (0 MB)") == 3
    assert repository.students() == 0
    assert repository.executed() == ONCE
