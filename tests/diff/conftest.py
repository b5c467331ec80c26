"""The small study with metrics of its own, and branches of it with what the pipeline made there."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.tables.conftest import Study
from tests.tables.conftest import study as study

_METRICS = """
import json

answered = {"n": len(rights["tuned"]), "accuracy": rights["tuned"].count("1") / len(rights["tuned"])}
Path("metrics").mkdir(exist_ok=True)
Path("metrics/eval.json").write_text(json.dumps(answered | params["more"]))
Path("metrics/supervision.json").write_text(json.dumps({"examples": params["examples"]}))
"""
_DECLARED = """
    metrics:
      - metrics/eval.json: {cache: false}
      - metrics/supervision.json: {cache: false}
"""
_PARAMS = """
examples: 7
more: {}
gate:
  max_drop: 0.02
  p: 0.1
  profile: {stem: Which, taught: two texts}
"""


class Branches:
    """A repository whose `main` has been run and committed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.folder = study.folder
        for name, more in (("make.py", _METRICS), ("dvc.yaml", _DECLARED), ("params.yaml", _PARAMS)):
            with (self.folder / name).open("a") as file:
                file.write(more)

    def run(self, *command: str) -> str:
        """Run a command that must succeed; what it prints."""
        done = self.study.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set(self, **params: object) -> None:
        """Change params."""
        yaml, path = YAML(), self.folder / "params.yaml"
        content = yaml.load(path)
        yaml.dump(content | params, path)

    def commit(self, message: str = "change") -> None:
        """Commit everything as it is."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def branch(self, name: str, **params: object) -> None:
        """A branch off `main` with these params, run and committed; it stays checked out."""
        self.run("git", "checkout", "--quiet", "-b", name, "main")
        self.set(**params)
        self.run("dvc", "repro", "--quiet")
        self.commit(name)

    def diff(self, *arguments: str, code: int = 0) -> str:
        """What `cot-distill diff` prints with these arguments, where it ends with this code."""
        done = self.study.run("cot-distill", "diff", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def branches(study: Study) -> Branches:
    """The repository with `main` at 2 of 5 right."""
    made = Branches(study)
    made.run("dvc", "repro", "--quiet")
    made.commit("run")
    return made


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the repository."""
    return tmp_path_factory.mktemp("elsewhere")
