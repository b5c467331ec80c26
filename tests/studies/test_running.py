"""Running a study: what is done once, what is continued, and what is left alone."""

import signal

import pytest

from tests.studies.conftest import ALL, ONCE


def test_a_study_runs_each_combination_once_and_leaves_the_workspace_alone(finished) -> None:
    assert "| small-granularity_1 | missing |" in (finished.beside / "stdout").read_text()
    told = (finished.beside / "stderr").read_text()
    assert "[2/2] small-granularity_2: done in" in told and "accuracy 25.0%" in told
    assert finished.experiments() == ALL
    assert finished.executed() == ONCE
    assert finished.good("git", "status", "--porcelain") == " M a/part/params.yaml\n"
    assert not (finished.folder / "data/students").exists()
    assert not (finished.folder / ".dvc/tmp/study-copies").exists()
    assert finished.states("small") == dict.fromkeys(ALL, "finished")


def test_what_is_finished_is_not_run_again_and_its_student_can_be_dropped(finished) -> None:
    assert finished.students() == 2
    again = finished.told("study", "run", "small", "--drop-students")
    assert (again.code, again.err) == (0, "every run is finished\n")
    assert (finished.students(), finished.executed()) == (0, ONCE)
    assert finished.states("small") == dict.fromkeys(ALL, "finished")
    finished.append("stages/evaluate.sh", "# new\n")
    planned = finished.told("study", "run", "small", "--dry-run")
    assert "to run: 2, of which 0 are trained already" in planned.out


@pytest.mark.slow
def test_a_dropped_student_is_trained_again_for_a_new_grader(finished) -> None:
    finished.told("study", "run", "small", "--drop-students")
    finished.append("stages/evaluate.sh", "# new\n")
    finished.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: 1\n")
    assert finished.study("run", "small").returncode == 0
    assert finished.executed() == sorted([*ONCE, "train 1", "evaluate@tuned 1", "evaluate@untuned 0"])


def test_what_is_trained_already_is_told(finished) -> None:
    finished.append("stages/evaluate.sh", "# new\n")
    planned = finished.told("study", "run", "small", "--dry-run")
    assert "to run: 2, of which 2 are trained already; about 0 training examples" in planned.out
    finished.append("stages/train.sh", "# new\n")
    planned = finished.told("study", "run", "small", "--dry-run")
    assert "to run: 2, of which 0 are trained already; about 320 training examples" in planned.out


@pytest.mark.slow
def test_a_new_grader_grades_the_same_students(finished) -> None:
    finished.append("stages/evaluate.sh", "# new\n")
    assert finished.study("run", "small").returncode == 0
    assert finished.executed() == sorted([*ONCE, "evaluate@tuned 1", "evaluate@tuned 2", "evaluate@untuned 0"])

    # A run that is what the last commit holds is an experiment too.
    finished.good("git", "checkout", "--quiet", "stages/evaluate.sh")
    finished.good("dvc", "exp", "apply", "small-granularity_2")
    finished.good("git", "commit", "--quiet", "--all", "--message", "two")
    finished.write("studies/same.yaml", "about: The same?\ngrids: [{granularity: 2}]\n")
    before = finished.executed()
    assert finished.study("run", "same").returncode == 0
    assert finished.states("same") == {"same-granularity_2": "finished"}
    assert finished.executed() == before


def test_a_failed_run_is_told_and_stops_no_other(repository) -> None:
    (repository.beside / "FAIL-1").touch()
    done = repository.study("run", "small")
    assert done.returncode == 1
    assert "[1/2] small-granularity_1: FAILED after" in done.stderr
    assert "train: level 1 cannot be trained" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "cot-distill: 1 of 2 runs failed; correct the cause and run the same command again"
    )
    assert repository.states("small") == dict(zip(ALL, ["failed", "finished"], strict=True))


@pytest.mark.slow
def test_a_killed_study_continues_and_repeats_no_finished_run(repository) -> None:
    (repository.beside / "WAIT-2").touch()
    killed = repository.start("run", "small")
    repository.wait_for(lambda: "train 2" in repository.executed())
    killed.kill()
    killed.wait()
    # What it started is still at work: it is shown, and ended by the next start.
    assert repository.states("small") == dict(zip(ALL, ["finished", "running"], strict=True))
    stopped = repository.start("run", "small")
    repository.wait_for(lambda: repository.executed().count("train 2") == 2)
    stopped.send_signal(signal.SIGTERM)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    assert told.splitlines()[0].startswith("ended ") and told.splitlines()[1:] == ["cot-distill: stopped"]
    assert repository.states("small") == dict(zip(ALL, ["finished", "stopped"], strict=True))
    (repository.beside / "WAIT-2").unlink()
    assert repository.study("run", "small").returncode == 0
    assert repository.experiments() == ALL
    assert [line for line in repository.executed() if line in ONCE] == sorted([*ONCE, "train 2", "train 2"])


def test_code_that_git_does_not_know_is_told_before_a_run(repository) -> None:
    repository.write("stages/new.sh", "")
    assert repository.told("study", "run", "small").err == (
        "cot-distill: stages/new.sh is not in git, so that the study's copies would lack it; `git add` or move it\n"
    )
