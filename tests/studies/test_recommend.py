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


def test_a_race_ends_in_an_arm_and_its_accuracy_on_test(study: Repository) -> None:
    dry = _recommend(study, "small", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "3 arms, 3 seeds: at most 3 of 9 trainings" in dry.stdout
    assert study.experiments() == []
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
    again = _recommend(study, "small")
    assert again.stdout.splitlines()[-8:] == done.stdout.splitlines()[-8:]
    assert len(_trained(study)) == 3
