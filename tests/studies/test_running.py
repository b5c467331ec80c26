"""Running a study: what is done once, what is continued, and what is left alone."""



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
    again = repository.study("run", "small")
    assert (again.returncode, "every run is finished" in again.stderr) == (0, True)
    assert repository.executed() == ONCE
