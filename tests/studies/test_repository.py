"""Which experiments are current, on a repository that DVC never ran in."""

import json
import subprocess
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.studies.grid import Combination
from cot_distill.studies.repository import Found, Repository

PARAMS = {
    "granularity": 3,
    "student": "a",
    "teacher": "t",
    "match_arms": "all.txt",
    "benchmarks": "b",
    "calls": {"tries": 8},
}
PIPELINE = {
    "stages": {
        "train": {"cmd": "train", "deps": ["train.py", "${benchmarks}"], "outs": ["data/student"]},
        "evaluate": {
            "cmd": "evaluate",
            "deps": ["data/student", "grading"],
            "outs": ["data/verdicts/tuned.parquet"],
            "metrics": [{"metrics/eval.json": {"cache": False}}],
        },
        "tabulate": {"cmd": "tabulate", "deps": ["data/verdicts/tuned.parquet", "tables.py"]},
    }
}
STUDENTS = "students.yaml"


class Bare:
    """A repository of small files, with an experiment `s-1` made at its first commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        for path in ("train.py", "grading/number.py", "tables.py", "all.txt", ".dvc/config"):
            self.write(path, "first")
        self.write("dvc.yaml", json.dumps(PIPELINE))
        self.write("params.yaml", json.dumps(PARAMS))
        self.write(STUDENTS, json.dumps({"a": {"model": "x"}, "b": {"model": "y"}}))
        head = self.commit()
        self.git("checkout", "--quiet", "--detach")
        self.write("metrics/eval.json", json.dumps({"accuracy": 0.25}))
        self.experiment = self.commit()
        self.git("update-ref", f"refs/exps/{head[:2]}/{head[2:]}/s-1", self.experiment)
        self.git("checkout", "--quiet", "main")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        return subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def current(self, name: str = "s-1", **params: object) -> bool:
        """Whether the run with these params is found to be finished at what is committed now."""
        run = Combination(name, {}, {**PARAMS, **params})
        found = Repository(self.folder).find([run], self.commit() if self.git("status", "--porcelain") else "HEAD")
        return name in found and found[name].current


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return Bare(tmp_path)


def test_an_experiment_with_the_same_params_and_code_is_current(bare) -> None:
    run = Combination("s-1", {}, PARAMS)
    assert Repository(bare.folder).find([run], "HEAD") == {"s-1": Found(bare.experiment, True, 0.25)}
    assert not bare.current("s-2")
    assert not bare.current(granularity=4)
    assert bare.current(benchmarks="/elsewhere", calls={"tries": 1})


@pytest.mark.parametrize(
    ("path", "text", "current"),
    [
        ("README.md", "more", True),
        ("tables.py", "second", True),  # made from the verdicts alone
        ("train.py", "second", False),
        ("grading/latex.py", "new in a folder", False),
        ("all.txt", "p-1", False),
        ("dvc.yaml", json.dumps(PIPELINE | {"plots": []}), True),
        ("dvc.yaml", json.dumps(PIPELINE).replace('"cmd": "train"', '"cmd": "train --more"'), False),
        (STUDENTS, json.dumps({"a": {"model": "x"}, "b": {"model": "z"}}), True),
        (STUDENTS, json.dumps({"a": {"model": "z"}, "b": {"model": "y"}}), False),
    ],
)
def test_what_a_change_does_to_it(bare, path: str, text: str, current: bool) -> None:
    bare.write(path, text)
    assert bare.current() is current


@pytest.mark.parametrize("text", ["", "[0.25]", '{"accuracy": "high"}', "{"])
def test_metrics_that_cannot_be_read_are_no_accuracy(bare, text: str) -> None:
    bare.git("checkout", "--quiet", bare.experiment)
    bare.write("metrics/eval.json", text)
    assert Repository(bare.folder).accuracy(bare.commit()) is None


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no DVC repository; run this at the root of a clone"):
        Repository(tmp_path)
