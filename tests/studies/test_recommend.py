"""`cot-distill recommend` on a repository whose stages take no time: a race of real experiments, from start to end."""

import os
import signal
import subprocess
import sys

import pytest

from tests.studies.conftest import Repository

LEVELS = "about: Which level?\ngrids:\n  - granularity: [1, 2, 3]\n"
NEAR = "small-granularity_2", "small-granularity_3"


@pytest.fixture
def study(repository: Repository) -> Repository:
    """The repository with a study of three levels."""
    repository.write("studies/small.yaml", LEVELS)
    return repository


def _recommend(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return repository.run(sys.executable, "-m", "cot_distill.cli", "recommend", *arguments)


def _trained(repository: Repository) -> list[str]:
    return [line for line in repository.executed() if line.startswith("train ")]


def test_a_dry_run_tells_what_is_next_and_runs_nothing(study: Repository) -> None:
    told = study.told("recommend", "small", "--dry-run", "--budget", "0.5")
    assert told.code == 0, told.err
    assert "3 arms, 3 seeds: at most 4 of 9 trainings" in told.out
    assert "| small-granularity_3-seed_100-dev | missing |" in told.out and "to run: 3" in told.out
    assert "seed_101" not in told.out and "-test" not in told.out
    assert study.experiments() == []


@pytest.mark.slow
def test_a_race_ends_in_an_arm_and_its_accuracy_on_test(study: Repository) -> None:
    done = _recommend(study, "small")
    assert done.returncode == 0, done.stderr
    assert "round 1: small-granularity_3 leads with 37.5%" in done.stderr
    assert "use: small-granularity_3" in done.stdout
    assert "spent: 3 trainings of the grid's 9 (33%)" in done.stdout
    assert "on the test split, which no choice has seen: 37.5%" in done.stdout
    assert "to reproduce it: dvc exp run -S granularity=3" in done.stdout
    # The student that is asked the test problems is that of the race, out of DVC's cache.
    assert _trained(study) == ["train 1", "train 2", "train 3"]
    assert study.experiments() == [
        "small-granularity_1-seed_100-dev",
        "small-granularity_2-seed_100-dev",
        "small-granularity_3-seed_100-dev",
        "small-granularity_3-seed_100-test",
    ]
    again = _recommend(study, "small", "--chart", "race.svg")
    drawn = (study.folder / "race.svg").read_text()
    assert "The race of small" in drawn and "round 1" in drawn and "3 trainings" in drawn
    assert again.stdout.splitlines()[-8:] == done.stdout.splitlines()[-8:]
    assert len(_trained(study)) == 3
    assert study.told("report", "--experiments", "--out", "all.html").code == 0
    html = (study.folder / "all.html").read_text()
    assert "The race of small" in html and "<b>use:</b> small-granularity_3" in html
    assert "<b>spent:</b> 3 trainings of the grid&#39;s 9 (33%)" in html
    assert "8 dev problems" in html and "8 test problems" not in html
    study.good("dvc", "exp", "remove", "small-granularity_1-seed_100-dev")
    assert study.told("report", "--experiments", "--out", "less.html").code == 0
    assert "The race of small" not in (study.folder / "less.html").read_text()


@pytest.mark.slow
def test_a_race_that_is_killed_goes_on_and_one_that_fails_says_so(study: Repository) -> None:
    (study.beside / "WAIT-2").touch()
    running = subprocess.Popen(
        [sys.executable, "-m", "cot_distill.cli", "recommend", "small"],
        cwd=study.folder, env=study.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    study.wait_for(lambda: "train 2" in study.executed())
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    (study.beside / "WAIT-2").unlink()
    (study.beside / "FAIL-3").touch()
    failed = _recommend(study, "small")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == (
        "cot-distill: 1 of 2 runs failed; correct the cause and run the same command again"
    )
    (study.beside / "FAIL-3").unlink()
    done = _recommend(study, "small")
    assert done.returncode == 0 and "use: small-granularity_3" in done.stdout, done.stderr
    assert _trained(study).count("train 1") == 1


@pytest.mark.slow
def test_a_trusted_predictor_leaves_arms_out_before_they_are_trained(study: Repository) -> None:
    study.append(
        "dvc.yaml",
        "  predict:\n    cmd: sh stages/predict.sh ${granularity}\n    deps: [stages/predict.sh, data/examples]\n"
        "    metrics: [{metrics/predictors.json: {cache: false}}]\n",
    )
    script = 'mkdir -p metrics\necho "predict $1" >> "$BESIDE/executed.txt"\n'
    study.write("stages/predict.sh", script + 'echo "{\\"surprisal\\": $1}" > metrics/predictors.json\n')
    study.good("git", "add", "--all")
    study.good("git", "commit", "--quiet", "--message", "predict")
    done = _recommend(study, "small", "--trust-predictor", "--budget", "0.23")
    assert done.returncode == 0, done.stderr
    assert "small-granularity_3: surprisal 3.000, left out without a training" in done.stderr
    assert "use: small-granularity_2" in done.stdout
    assert "left out by the predictor, without a training: small-granularity_3" in done.stdout
    assert "spent: 2 trainings of the grid's 9 (22%)" in done.stdout
    assert _trained(study) == ["train 1", "train 2"]
    assert [line for line in study.executed() if "predict" in line] == ["predict 1", "predict 2", "predict 3"]


@pytest.mark.parametrize(
    ("arguments", "grids", "told"),
    [
        (["--budget", "0.2"], "[{granularity: [1, 2, 3]}]", "each of the 3 arms takes one; give at least 0.34"),
        ([], "[{granularity: 1}]", "small has 1 arms; a choice takes two"),
        (["--only", "*_4"], "[{granularity: [1, 2]}]", "small has 0 arms that match *_4; a choice takes two"),
        ([], "[{granularity: [1, 2], student: [smollm2_135m, smollm2_360m]}]", "arms of 2 students"),
        (["--chart", "race.png"], "[{granularity: [1, 2]}]", "--chart race.png: name a file that ends in .svg"),
        (["-S", "evaluation.split=dev"], "[{granularity: [1, 2]}]", "-S evaluation.split: a race asks both splits"),
        (
            [],
            "[{granularity: 1, seed: [1, 2]}, {granularity: 2, seed: [1, 2, 3]}]",
            "small has 2 seeds of small-granularity_1 and 3 of small-granularity_2; give all as many",
        ),
        (["-S", "dev_problems=0"], "[{granularity: [1, 2]}]", "evaluation.split is dev and dev_problems 0"),
    ],
)
def test_what_cannot_be_raced_is_told_in_a_line(repository, arguments: list[str], grids: str, told: str) -> None:
    repository.write("studies/small.yaml", f"about: Which?\ngrids: {grids}\n")
    refused = repository.told("recommend", "small", "--dry-run", *arguments)
    assert refused.code == 1 and told in refused.err, refused
    assert len(refused.err.splitlines()) == 1
