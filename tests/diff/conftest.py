"""A repository of one quick stage, and branches of it with what the pipeline made there; the project may be a part of it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import Make
from tests.diff.pipeline import make
from tests.inprocess import Ended, cot_distill

ROOT = Path(__file__).resolve().parents[2]
_PIPELINE = """
stages:
  all:
    cmd: python -m tests.diff.pipeline
    deps: [code.txt, cot_distill/grading]
    params:
      - params.yaml:
    outs: [data/problems, data/verdicts/untuned.parquet, data/verdicts/tuned.parquet]
    metrics:
      - metrics/eval.json: {cache: false}
      - metrics/supervision.json: {cache: false}
"""
_PARAMS = """
dataset: word_problems
student: tiny
teacher: solver
granularity: 3
format: original
seed: 1
taught: a text
stem: How many
untuned_right: "10000"
right: "11000"
examples: 7
more: {}
gate:
  max_drop: 0.02
  p: 0.1
  profile: {stem: Which, taught: two texts}
"""


class Branches:
    """A project whose `main` has been run and committed; `top` is the root of its repository."""

    def __init__(self, top: Path, part: str = ".") -> None:
        self.top, self.folder = top, top / part
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DVC_NO_ANALYTICS": "true",
            **{f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def run(self, *command: str) -> str:
        """Run a command that must succeed; what it prints."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set(self, **params: object) -> None:
        """Change params."""
        yaml, path = YAML(), self.folder / "params.yaml"
        content = yaml.load(path)
        yaml.dump(content | params, path)

    def make(self) -> None:
        """What `dvc repro` would make, without its processes."""
        from dvc.repo import Repo

        make(self.folder)
        with contextlib.chdir(self.folder), Repo() as repo:
            repo.commit(force=True)

    def commit(self, message: str = "change") -> None:
        """Commit everything as it is."""
        self.run("git", "add", "--all", ":/")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", message)

    def branch(self, name: str, **params: object) -> None:
        """A branch off `main` with these params, run and committed; it stays checked out."""
        self.run("git", "checkout", "--quiet", "--force", "-b", name, "main")
        self.set(**params)
        self.make()
        self.commit(name)

    def told(self, *arguments: str, code: int = 0) -> Ended:
        """What `cot-distill diff` says with these arguments, where it ends with this code."""
        done = cot_distill(self.folder, "diff", *arguments)
        assert done.code == code, done.out + done.err
        return done

    def diff(self, *arguments: str, code: int = 0) -> str:
        """What `cot-distill diff` prints with these arguments, where it ends with this code."""
        return self.told(*arguments, code=code).out

    def refused(self, *arguments: str) -> str:
        """The one line with which `cot-distill diff` fails."""
        done = self.told(*arguments, code=1)
        assert (done.out, done.err.count("\n")) == ("", 1), done.out + done.err
        return done.err


def _main(top: Path, part: str, *init: str) -> None:
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(top)], check=True)
    made = Branches(top, part)
    files: dict[str, Any] = {
        "dvc.yaml": _PIPELINE,
        "params.yaml": _PARAMS,
        "code.txt": "as it is",
        "cot_distill/grading/number.py": "# reads numbers\n",
        "data/.gitignore": "/problems\n/verdicts\n",
    }
    for name, text in files.items():
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (made.folder / name).write_text(text)
    made.run("dvc", "init", "--quiet", *init)
    made.make()
    made.commit("run")


@pytest.fixture(scope="session")
def _at_the_top(made_once: Callable[[str, Make], Path]) -> Path:
    return made_once("branches", lambda folder: _main(folder, "."))


@pytest.fixture(scope="session")
def _as_a_part(made_once: Callable[[str, Make], Path]) -> Path:
    return made_once("branches-part", lambda folder: _main(folder, "a/part", "--subdir"))


@pytest.fixture
def branches(tmp_path: Path, _at_the_top: Path) -> Branches:
    """The repository with `main` at 2 of 5 right."""
    shutil.copytree(_at_the_top, tmp_path, dirs_exist_ok=True)
    return Branches(tmp_path)


@pytest.fixture
def part(tmp_path_factory: pytest.TempPathFactory, _as_a_part: Path) -> Branches:
    """The same as a part of a larger repository."""
    top = tmp_path_factory.mktemp("part")
    shutil.copytree(_as_a_part, top, dirs_exist_ok=True)
    return Branches(top, "a/part")


@pytest.fixture(params=[pytest.param("the whole repository", marks=pytest.mark.slow), "a part of it"])
def anywhere(request: pytest.FixtureRequest) -> Branches:
    """The same, as the whole repository and as a part of a larger one."""
    made: Branches = request.getfixturevalue("branches" if request.param == "the whole repository" else "part")
    return made


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the repository."""
    return tmp_path_factory.mktemp("elsewhere")
