"""Running a study: what is done once, what is continued, and what is left alone."""

import signal
import subprocess

ALL = ["small-granularity_1", "small-granularity_2", "small-granularity_3"]
ONCE = [
    *("evaluate 1", "evaluate 2", "evaluate 3", "evaluate_untuned 1"),
    *("train 1", "train 2", "train 3", "transform 1", "transform 2", "transform 3"),
]


def test_a_study_runs_each_combination_once_and_leaves_the_workspace_alone(repository) -> None:
    repository.write("params.yaml", (repository.folder / "params.yaml").read_text() + "# mine\n")
    before = repository.good("git", "status", "--porcelain")
    done = repository.study("run", "small")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| small-granularity_1 | missing |" in done.stdout
    assert "[3/3] small-granularity_3: done in" in done.stderr and "accuracy 37.5%" in done.stderr
    assert repository.experiments() == ALL
    assert repository.executed() == ONCE
    assert repository.good("git", "status", "--porcelain") == before == " M params.yaml\n"
    assert not (repository.folder / "data/student").exists()
    assert not list((repository.folder / ".dvc/tmp/studies").glob("copy-*"))

    assert repository.states("small") == dict.fromkeys(ALL, "finished")
    again = repository.study("run", "small", "--drop-students")
    assert (again.returncode, "every run is finished" in again.stderr) == (0, True)
    assert repository.students() == 0

    # What the verdicts depend on has changed, and the students are gone: other params train, other graders only grade.
    repository.write("README.md", "Of no account.")
    repository.good("git", "add", "README.md")
    repository.good("git", "commit", "--quiet", "--message", "more")
    assert repository.states("small") == dict.fromkeys(ALL, "finished")
    repository.write("stages/evaluate.py", (repository.folder / "stages/evaluate.py").read_text() + "# new\n")
    assert repository.states("small") == dict.fromkeys(ALL, "outdated")
    repository.good("git", "checkout", "--quiet", "stages/evaluate.py")
    assert repository.states("small", "-S", "seed=7") == {f"{name}-seed_7": "missing" for name in ALL}
    table = repository.good(str(repository.executable), "study", "table", "small")
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["-", *ALL]
    assert repository.executed() == ONCE


def test_a_failed_run_is_told_and_stops_no_other(repository) -> None:
    (repository.beside / "FAIL-2").touch()
    done = repository.study("run", "small")
    assert done.returncode == 1
    assert "[2/3] small-granularity_2: FAILED after" in done.stderr
    assert "train: level 2 cannot be trained" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "cot-distill: 1 of 3 runs failed; mend the cause and run the same command again"
    )
    assert repository.states("small") == dict(zip(ALL, ["finished", "failed", "finished"], strict=True))

    (repository.beside / "FAIL-2").unlink()
    assert repository.study("run", "small").returncode == 0
    assert repository.states("small") == dict.fromkeys(ALL, "finished")
    assert repository.executed() == sorted([*ONCE, "train 2"])

    # A new grader grades the same students.
    repository.write("stages/evaluate.py", (repository.folder / "stages/evaluate.py").read_text() + "# new\n")
    repository.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: [1, 2]\n")
    assert repository.study("run", "small").returncode == 0
    assert repository.executed() == sorted([*ONCE, "train 2", "evaluate 1", "evaluate 2"])

    # A run that is what the last commit holds is an experiment too.
    repository.good("git", "checkout", "--quiet", "stages/evaluate.py")
    repository.good("dvc", "exp", "apply", "small-granularity_2")
    repository.good("git", "commit", "--quiet", "--all", "--message", "two")
    repository.write("studies/same.yaml", "about: The same?\ngrids: [{granularity: 2}]\n")
    assert repository.study("run", "same").returncode == 0
    assert repository.states("same") == {"same-granularity_2": "finished"}
    assert repository.executed() == sorted([*ONCE, "train 2", "evaluate 1", "evaluate 2"])


def test_a_killed_study_continues_and_repeats_no_finished_run(repository) -> None:
    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [str(repository.executable), "study", "run", "small"],
            cwd=repository.folder,
            env=repository.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    (repository.beside / "WAIT-2").touch()
    killed = start()
    repository.wait_for(lambda: "train 2" in repository.executed())
    killed.kill()
    killed.wait()
    # What it started is still at work: it is shown, and ended by the next start.
    assert repository.states("small") == dict(zip(ALL, ["finished", "running", "missing"], strict=True))
    stopped = start()
    repository.wait_for(lambda: repository.executed().count("train 2") == 2)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(60) == 130
    assert repository.states("small") == dict(zip(ALL, ["finished", "stopped", "missing"], strict=True))
    (repository.beside / "WAIT-2").unlink()
    assert repository.study("run", "small").returncode == 0
    assert repository.experiments() == ALL
    assert repository.executed() == sorted([*ONCE, "train 2", "train 2"])
