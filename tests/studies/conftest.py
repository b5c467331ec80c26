"""A study's repository whose stages take no time: the real params, and stages that note each time they are executed.

A student is a file that names what it was trained on, beside one that all students share; its verdicts get as many
problems right as its granularity says. `FAIL-2` and `WAIT-2` in the folder beside it make the training of level 2 fail
or wait, so that a test can mend, or kill.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cot_distill import records
from cot_distill.records import Problem, Verdict
from tests.conftest import Make
from tests.inprocess import Ended, cot_distill

ROOT = Path(__file__).resolve().parents[2]
ALL = ["small-granularity_1", "small-granularity_2"]
ONCE = [
    *("evaluate@tuned 1", "evaluate@tuned 2", "evaluate@untuned 0"),
    *("train 1", "train 2", "transform 1", "transform 2"),
]
_STAGES = {
    "transform": """
echo "transform $1" >> "$BESIDE/executed.txt"
mkdir -p data/examples
echo "level $1" > data/examples/examples.txt
""",
    "train": """
note() { echo "$1" >> "$BESIDE/executed.txt"; }
trap 'note "interrupted $1"; sleep 1; note "saved $1"; exit 1' INT
note "train $1"
if [ -n "$CUDA_VISIBLE_DEVICES" ]; then touch "$BESIDE/gpu-$CUDA_VISIBLE_DEVICES"; fi
while [ -e "$BESIDE/WAIT-$1" ]; do sleep 0.05; done
if [ -e "$BESIDE/FAIL-$1" ]; then echo "train: level $1 cannot be trained"; exit 1; fi
mkdir -p data/students/tuned metrics/training
echo "$1" > data/students/tuned/level
echo "weights of level $1, seed $2" > data/students/tuned/weights
echo "the same for all" > data/students/tuned/tokenizer
printf 'step\\tloss\\n1\\t%s\\n' "$1" > metrics/training/loss.tsv
""",
    "evaluate": """
level=0
if [ "$1" = tuned ]; then level=$(cat data/students/tuned/level); fi
echo "evaluate@$1 $level" >> "$BESIDE/executed.txt"
mkdir -p data/verdicts
cp "$BESIDE/verdicts/$level.parquet" "data/verdicts/$1.parquet"
""",
    "tabulate": """
mkdir -p metrics
cp "$BESIDE/verdicts/$(cat data/students/tuned/level).json" metrics/eval.json
""",
}
_PIPELINE = """
stages:
  check:
    cmd: mkdir -p data/students && echo none > data/students/untuned
    outs: [data/students/untuned]
  transform:
    cmd: sh stages/transform.sh ${granularity}
    deps: [stages/transform.sh, "${match_arms}"]
    params: [granularity]
    outs: [data/examples]
  train:
    desc: Trains.
    cmd: sh stages/train.sh ${granularity} ${seed}
    deps: [stages/train.sh, data/examples]
    params: [seed, training, {students.yaml: ["${student}"]}]
    outs: [data/students/tuned]
    plots: [{metrics/training: {cache: false}}]
  evaluate:
    matrix: {role: [untuned, tuned]}
    cmd: sh stages/evaluate.sh ${item.role}
    deps: [stages/evaluate.sh, "data/students/${item.role}"]
    params: [student, evaluation]
    outs: ["data/verdicts/${item.role}.parquet"]
  tabulate:
    cmd: sh stages/tabulate.sh
    deps: [stages/tabulate.sh, data/verdicts/tuned.parquet]
    metrics: [{metrics/eval.json: {cache: false}}]
"""


class Repository:
    """A project in a folder of its own, driven by its commands; it may be a part of a larger repository."""

    def __init__(self, beside: Path, folder: str = "repository") -> None:
        self.beside, self.folder = beside, beside / folder
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
        """`cot-distill study` with these arguments, in a process of its own."""
        return self.run(sys.executable, "-m", "cot_distill.cli", "study", *arguments, **environment)

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """The same, which goes on while this returns."""
        return subprocess.Popen(
            [sys.executable, "-m", "cot_distill.cli", "study", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self, *arguments: str) -> Ended:
        """What `cot-distill` says with these arguments, in this process: for what only looks."""
        return cot_distill(self.folder, *arguments)

    def states(self, *arguments: str) -> dict[str, str]:
        """The state of each run, as `cot-distill study status` tells it."""
        done = self.told("study", "status", *arguments)
        assert done.code == 0, done.err
        return {
            cells[1].strip(): cells[2].strip()
            for cells in (line.split("|") for line in done.out.splitlines() if line.startswith(f"| {arguments[0]}-"))
        }

    def write(self, path: str, text: str) -> None:
        """Write a file of the repository."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def append(self, path: str, text: str) -> None:
        """Add to a file of the repository."""
        self.write(path, (self.folder / path).read_text() + text)

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

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until the condition holds, a minute at most."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.executed()
            time.sleep(0.05)


def _made(beside: Path, folder: str, *init: str) -> Repository:
    """One commit, a study `small` of levels 1 and 2, and no run; `init` is how DVC is told of a part."""
    made = Repository(beside, folder)
    made.folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(beside / "repository")], check=True)
    for level in range(4):
        problems = [Problem(f"p-{n}", "d", "test", f"How many {n}?", None, "number", "7", None, None) for n in range(8)]
        answers = [("7" if n < level else "8", n < level) for n in range(8)]
        rows = [
            Verdict(problem.id, "d", "It is 7.", "7", read, right, "last_number", True, False, True, False, 4)
            for problem, (read, right) in zip(problems, answers, strict=True)
        ]
        records.write(made.beside / f"verdicts/{level}.parquet", rows, Verdict)
        (made.beside / f"verdicts/{level}.json").write_text(json.dumps({"n": 8, "accuracy": level / 8}))
    for name, code in _STAGES.items():
        made.write(f"stages/{name}.sh", code)
    made.write("dvc.yaml", _PIPELINE)
    made.write("data/match_arms.txt", "")
    for folder in ("benchmarks", "published", "other_benchmarks"):
        made.write(f"data/{folder}/README.md", "")
    made.write("data/.gitignore", "/examples\n/students\n/verdicts\n")
    made.write(".gitignore", ".*.partial\n")
    for name in ("params.yaml", "teachers.yaml", "students.yaml"):
        shutil.copy(ROOT / name, made.folder / name)
    params = (made.folder / "params.yaml").read_text()
    assert params.count("  learning_rate:\n") == 1
    # DVC writes this number as 1e-05, which is no number to YAML 1.1.
    made.write("params.yaml", params.replace("  learning_rate:\n", "  learning_rate: 0.00001\n"))
    made.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: [1, 2]\n")
    made.good("dvc", "init", "--quiet", *init)
    made.good("git", "add", "--all")
    made.good("git", "commit", "--quiet", "--message", "start")
    return made


@pytest.fixture(scope="session")
def _unrun(made_once: Callable[[str, Make], Path]) -> Path:
    return made_once("study", lambda folder: _made(folder, "repository"))


@pytest.fixture
def repository(tmp_path: Path, _unrun: Path) -> Repository:
    """The repository with no run."""
    shutil.copytree(_unrun, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)


@pytest.fixture(scope="session")
def _finished(made_once: Callable[[str, Make], Path]) -> Path:
    def make(folder: Path) -> None:
        made = _made(folder, "repository/a/part", "--subdir")
        made.append("params.yaml", "# mine\n")
        (made.folder / "dvc.yaml").touch()
        done = made.study("run", "small")
        assert done.returncode == 0, done.stderr
        (made.beside / "stdout").write_text(done.stdout)
        (made.beside / "stderr").write_text(done.stderr)

    return made_once("study-finished", make)


@pytest.fixture
def finished(tmp_path: Path, _finished: Path) -> Repository:
    """The repository, here a part of a larger one, with the study's two runs and an edit of the user's; what `study run`
    said is beside it."""
    shutil.copytree(_finished, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path, "repository/a/part")
