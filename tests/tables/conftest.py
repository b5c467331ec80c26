"""A pipeline of two stages, which trains nothing and writes the verdicts that its params spell out: experiments in seconds.

`right` holds a digit a problem, 1 for a right answer, and several such words by seed where they are parted by slashes.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.inprocess import Ended, cot_distill

ROOT = Path(__file__).resolve().parents[2]
_STAGE = """
from pathlib import Path
from ruamel.yaml import YAML
from cot_distill import records
from cot_distill.records import Example, Problem, Verdict

params = YAML(typ="safe").load(Path("params.yaml"))
by_seed = params["right"].split("/")
rights = {"untuned": params["untuned_right"], "tuned": by_seed[params["seed"] % len(by_seed)]}
stem = params["stem"]
problems = [Problem(f"p-{n}", "d", "test", f"{stem} {n}?", None, "number", "7", None, None) for n in range(5)]
records.write(Path("data/problems/test.parquet"), problems[: len(rights["tuned"])], Problem)
records.write(Path("data/examples/examples.parquet"), [Example("t-0", "Ask", params["taught"])], Example)
for role, right in rights.items():
    rows = [
        Verdict(f"p-{n}", "d", f"It is {r}.", "7", "78"[r == "0"], r == "1", "last_number", True, False, r == "1", False, 4)
        for n, r in enumerate(right)
    ]
    records.write(Path(f"data/verdicts/{role}.parquet"), rows, Verdict)
"""
_TRAIN = """
from pathlib import Path
from ruamel.yaml import YAML

Path("data/students").mkdir(parents=True, exist_ok=True)
Path("data/students/tuned").write_text(str(YAML(typ="safe").load(Path("params.yaml"))["seed"]))
"""
_PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [seed]
    outs: [data/students/tuned]
  all:
    cmd: python make.py
    deps: [make.py]
    params:
      - params.yaml:
    outs: [data/problems, data/examples, data/verdicts/untuned.parquet, data/verdicts/tuned.parquet]
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
"""


class Study:
    """A small study in a folder of its own, driven by its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DVC_NO_ANALYTICS": "true",
            **{f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def write(self, name: str, text: str) -> None:
        """Write a file of the study."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command there; its exit code is the caller's to judge."""
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300
        )

    def experiment(self, name: str, **params: object) -> None:
        """Run the pipeline as the experiment `name`, with these params changed."""
        from dvc.repo import Repo

        with self._inside(), Repo() as repo:
            assert repo.experiments.run(name=name, params=[f"{key}={value}" for key, value in params.items()])

    def told(self, *arguments: str) -> str:
        """What `cot-distill` prints with these arguments, which must succeed."""
        done = self._asked(*arguments)
        assert done.code == 0, done.err
        return done.out

    def refused(self, *arguments: str) -> str:
        """The one line with which `cot-distill` fails."""
        done = self._asked(*arguments)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), done.out + done.err
        return done.err

    def _asked(self, *arguments: str) -> Ended:
        with self._inside():
            return cot_distill(self.folder, *arguments)

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """This process in the folder, with its environment: a new one would take a second or two to import DVC."""
        with mock.patch.dict(os.environ, self._environment, clear=True), contextlib.chdir(self.folder):
            yield


def made(folder: Path) -> Study:
    """The small study with one commit and no run, in a folder that may not be there yet."""
    folder.mkdir(exist_ok=True)
    found = Study(folder)
    files = {"make.py": _STAGE, "train.py": _TRAIN, "dvc.yaml": _PIPELINE, "params.yaml": _PARAMS}
    for name, content in files.items():
        found.write(name, content)
    for command in ("git init --quiet --initial-branch=main", "dvc init --quiet", "git add --all"):
        assert found.run(*command.split()).returncode == 0
    assert found.run("git", "commit", "--quiet", "--message", "start").returncode == 0
    return found


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """The small study with one commit and no run."""
    return made(tmp_path)
