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


def test_dropped_students_are_gone_but_what_others_use_stays(repository) -> None:
    repository.write("studies/one.yaml", "about: One.\ngrids: [{granularity: 1}]\n")
    assert repository.study("run", "one").returncode == 0
    repository.good(
        "git",
        "tag",
        "kept",
        repository.good("git", "for-each-ref", "--format=%(objectname)", "refs/exps/*/*/one-granularity_1").strip(),
    )
    assert repository.students() == 1
    done = repository.study("run", "small", "--drop-students")
    assert done.returncode == 0, done.stderr
    assert "student dropped (0 MB)" in done.stderr
    assert repository.students() == 1
    assert repository.executed().count("train 1") == 1
    # The tag's student is whole: the file that all students share was not deleted with theirs.
    repository.good("git", "checkout", "--quiet", "kept")
    repository.good("dvc", "checkout", "train")
    assert (repository.folder / "data/student/tokenizer").read_text() == "the same for all"
    assert (repository.folder / "data/student/weights").read_text() == "weights of level 1, seed 100"
