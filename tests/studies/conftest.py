"""A study's repository whose stages take no time: the real params, and stages that note each time they are executed.

A student is a file that names what it was trained on, beside one that all students share; its verdicts get as many
problems right as its granularity says. `FAIL` and `WAIT` in the folder beside it make the training of a level fail or
wait, so that a test can mend, or kill.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_COMMON = """
import json, os, time
from pathlib import Path
from ruamel.yaml import YAML
from cot_distill import records
from cot_distill.records import Example, Problem, Verdict

params = YAML(typ="safe").load(Path("params.yaml"))
level = params["granularity"]
beside = Path(os.environ["BESIDE"])

def executed(stage):
    with (beside / "executed.txt").open("a") as out:
        out.write(f"{stage} {level}\\n")
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        (beside / f"gpu-{os.environ['CUDA_VISIBLE_DEVICES']}").touch()

def verdicts(role, right):
    problems = [Problem(f"p-{n}", "d", "test", f"How many {n}?", None, "number", "7", None, None) for n in range(8)]
    rows = [
        Verdict(p.id, "d", "It is 7.", "7", "7" if n < right else "8", n < right, "last_number", True, False, True, False, 4)
        for n, p in enumerate(problems)
    ]
    records.write(Path(f"data/verdicts/{role}.parquet"), rows, Verdict)
"""
_STAGES = {
    "transform": """
from stages.common import *
executed("transform")
records.write(Path("data/examples/examples.parquet"), [Example("t-0", "Ask", f"level {level}")], Example)
""",
    "train": """
from stages.common import *
executed("train")
while (beside / f"WAIT-{level}").exists():
    time.sleep(0.05)
if (beside / f"FAIL-{level}").exists():
    raise SystemExit(f"train: level {level} cannot be trained")
Path("data/student").mkdir(parents=True)
Path("data/student/weights").write_text(f"weights of level {level}, seed {params['seed']}")
Path("data/student/tokenizer").write_text("the same for all")
Path("metrics/training").mkdir(parents=True)
Path("metrics/training/loss.tsv").write_text(f"step\\tloss\\n1\\t{level}\\n")
""",
    "evaluate_untuned": """
from stages.common import *
executed("evaluate_untuned")
verdicts("untuned", 0)
""",
    "evaluate": """
from stages.common import *
executed("evaluate")
verdicts("tuned", int(level))
Path("metrics").mkdir(exist_ok=True)
Path("metrics/eval.json").write_text(json.dumps({"n": 8, "accuracy": int(level) / 8}))
""",
}
_PIPELINE = """
stages:
  transform:
    cmd: python -m stages.transform
    deps: [stages/transform.py, "${match_arms}"]
    params: [granularity]
    outs: [data/examples]
  train:
    cmd: python -m stages.train
    deps: [stages/train.py, data/examples]
    params: [seed]
    outs: [data/student]
    plots: [{metrics/training: {cache: false}}]
  evaluate_untuned:
    cmd: python -m stages.evaluate_untuned
    deps: [stages/evaluate_untuned.py]
    params: [student]
    outs: [data/verdicts/untuned.parquet]
  evaluate:
    cmd: python -m stages.evaluate
    deps: [stages/evaluate.py, data/student]
    outs: [data/verdicts/tuned.parquet]
    metrics: [{metrics/eval.json: {cache: false}}]
"""


class Repository:
    """The repository in a folder of its own, driven by its commands."""

    def __init__(self, beside: Path) -> None:
        self.beside, self.folder = beside, beside / "repository"
        self.executable = Path(sys.executable).with_name("cot-distill")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BESIDE": str(beside),
            "COT_DISTILL_CACHE": str(beside / "cache"),
            "DVC_NO_ANALYTICS": "true",
            **{f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command there; its exit code is the caller's to judge."""
        variables = {**self.environment, **environment}
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=300)

    def good(self, *command: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def study(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`cot-distill study` with these arguments."""
        return self.run(str(self.executable), "study", *arguments, **environment)

    def states(self, *arguments: str) -> dict[str, str]:
        """The state of each run, as `cot-distill study status` tells it."""
        lines = self.good(str(self.executable), "study", "status", *arguments).splitlines()[2:]
        return {cells[1].strip(): cells[2].strip() for cells in (line.split("|") for line in lines)}

    def write(self, path: str, text: str) -> None:
        """Write a file of the repository."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def executed(self) -> list[str]:
        """The stages that were executed so far, each with its level, sorted."""
        log = self.beside / "executed.txt"
        return sorted(log.read_text().splitlines()) if log.exists() else []

    def experiments(self) -> list[str]:
        """The names of all experiments, sorted."""
        lines = self.good("git", "for-each-ref", "--format=%(refname)", "refs/exps").splitlines()
        return sorted(line.rpartition("/")[2] for line in lines if line.count("/") == 4 and "/exec/" not in line)

    def students(self) -> int:
        """How many students' weights DVC's cache holds."""
        files = (self.folder / ".dvc" / "cache").glob("files/md5/??/*")
        return sum(path.read_bytes().startswith(b"weights of level") for path in files)

    def wait_for(self, condition) -> None:
        """Wait until the condition holds, a minute at most."""
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until, self.executed()
            time.sleep(0.05)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The repository with one commit, a study `small` of levels 1, 2 and 3, and no run."""
    made = Repository(tmp_path)
    made.folder.mkdir()
    made.write("stages/__init__.py", "")
    made.write("stages/common.py", _COMMON)
    for name, code in _STAGES.items():
        made.write(f"stages/{name}.py", code)
    made.write("dvc.yaml", _PIPELINE)
    made.write("data/match_arms.txt", "")
    made.write("data/benchmarks/README.md", "")
    made.write("data/published/README.md", "")
    made.write("data/other_benchmarks/README.md", "")
    made.write("data/.gitignore", "/examples\n/student\n/verdicts\n")
    made.write(".gitignore", "__pycache__/\n.*.partial\n")
    shutil.copy(ROOT / "params.yaml", made.folder / "params.yaml")
    made.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: [1, 2, 3]\n")
    for command in ("git init --quiet --initial-branch=main", "dvc init --quiet", "git add --all"):
        made.good(*command.split())
    made.good("git", "commit", "--quiet", "--message", "start")
    return made
