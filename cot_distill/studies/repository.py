"""The git side of a study: the workspace as it stands, the experiments that are there, and which are current."""

import dataclasses
import functools
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.studies.grid import MATCH_ARMS, PLACES, Combination
from cot_distill.tables.revisions import Revision, texts

RESULT = "data/verdicts/tuned.parquet"
"""The out that makes a run finished; what is made from it alone (tables) does not make a run anew."""
_PARAMS, _PIPELINE, _EVAL = "params.yaml", "dvc.yaml", "metrics/eval.json"
_CATALOGUES = {
    "teacher": "teachers.yaml",
    "student": "students.yaml",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """An experiment of a run's name: its commit, its params as they are there, and whether it is current."""

    rev: str
    current: bool
    accuracy: float | None


class Repository:
    """A git repository with DVC, at its root."""

    def __init__(self, root: Path) -> None:
        """Raises UserError where `root` is not the root of a git repository with DVC and at least one commit."""
        self.root = root.absolute()
        if not (self.root / ".dvc").is_dir():
            raise UserError(f"{self.root}: no DVC repository; run this at the root of a clone")
        self.head = self.git("rev-parse", "--verify", "HEAD").strip()
        self.work = self.root / ".dvc" / "tmp" / "studies"
        """Where copies, logs and the states of runs lie."""

    @functools.cached_property
    def cache(self) -> Path:
        """The folder of DVC's cache, which experiments share."""
        from dvc.repo import Repo

        with Repo(str(self.root)) as repo:
            return Path(repo.cache.local.path).parent.parent  # it ends with files/md5

    def git(self, *arguments: str) -> str:
        """What git prints; raises UserError with its first line of complaint where it fails."""
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True)
        if done.returncode:
            told = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
            raise UserError(f"git {arguments[0]} failed in {self.root}: {told}")
        return done.stdout

    def identity(self) -> dict[str, str]:
        """The name and the mail with which git commits, as git's variables. Raises UserError where there is none."""
        found: dict[str, str] = {}
        for who in ("AUTHOR", "COMMITTER"):
            try:
                told = self.git("var", f"GIT_{who}_IDENT")
            except UserError:
                raise UserError(
                    "git has no identity, and experiments are commits: set user.name and user.email"
                ) from None
            name, _, rest = told.rpartition(">")[0].rpartition(" <")
            found |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": rest}
        return found

    def snapshot(self) -> str:
        """A commit that holds the workspace as it stands, staged and changed files included, which stays untouched."""
        return self.git("stash", "create").strip() or self.head

    def experiments(self) -> dict[str, list[str]]:
        """The commits of the experiments of each name, the newest first."""
        lines = self.git(
            "for-each-ref", "--sort=-committerdate", "--format=%(refname) %(objectname)", "refs/exps"
        ).splitlines()
        found: dict[str, list[str]] = {}
        for line in lines:
            ref, _, rev = line.partition(" ")
            parts = ref.split("/")
            if len(parts) == 5 and len(parts[2]) == 2:  # refs/exps/ab/cdef…/NAME
                found.setdefault(parts[4], []).append(rev)
        return found

    def find(self, runs: Sequence[Combination], snapshot: str) -> dict[str, Found]:
        """For each run that there is an experiment of, the one that is current at the snapshot, else the newest.

        Current is what has the params and, in the files that its verdicts depend on, the code of the snapshot.
        """
        there = self.experiments()
        candidates = {run.name: there[run.name] for run in runs if run.name in there}
        if not candidates:
            return {}
        revs = [snapshot, *dict.fromkeys(rev for revs in candidates.values() for rev in revs)]
        files = (_PARAMS, _PIPELINE, _EVAL, *_CATALOGUES.values())
        held = dict(zip(revs, texts(self.root, [Revision(rev, "commit", rev) for rev in revs], files), strict=True))
        stages = _leading_to_result(held[snapshot])
        paths = sorted({dep for stage in stages.values() for dep in _files(stage)} - _outs(stages))
        lists = sorted({str(run.values[MATCH_ARMS]) for run in runs})
        code = self._objects(revs, [*paths, *lists])
        found = {}
        for run in runs:
            used = [*paths, str(run.values[MATCH_ARMS])]
            for rev in candidates.get(run.name, ()):
                current = (
                    all(code[rev, path] == code[snapshot, path] for path in used)
                    and _leading_to_result(held[rev]) == stages
                    and _same_params(held[rev], held[snapshot], run.values)
                )
                if current or run.name not in found:
                    found[run.name] = Found(rev, current, _accuracy(held[rev]))
                if current:
                    break
        return found

    def accuracy(self, rev: str) -> float | None:
        """The accuracy that the experiment's metrics tell, if they do."""
        return _accuracy(next(texts(self.root, [Revision(rev, "commit", rev)], [_EVAL])))

    def _objects(self, revs: Iterable[str], paths: Sequence[str]) -> dict[tuple[str, str], str]:
        """git's name of what lies at each path in each commit; an absent one has no name's shape."""
        asked = [(rev, path) for rev in revs for path in paths]
        done = subprocess.run(
            ["git", "cat-file", "--batch-check=%(objectname)"],
            cwd=self.root,
            input="".join(f"{rev}:{path}\n" for rev, path in asked),
            capture_output=True,
            text=True,
        )
        names = [name.removeprefix(f"{rev}:") for (rev, _), name in zip(asked, done.stdout.splitlines(), strict=True)]
        return dict(zip(asked, names, strict=True))


def _accuracy(held: Mapping[str, str]) -> float | None:
    try:
        told = json.loads(held.get(_EVAL, "{}"))
    except json.JSONDecodeError:
        return None  # another version's, or cut off: the state of the run is known without it
    accuracy = told.get("accuracy") if isinstance(told, dict) else None
    return float(accuracy) if isinstance(accuracy, int | float) else None


def _same_params(then: Mapping[str, str], now: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """Whether a commit with the files `then` has these params, and for them the catalogues' entries of `now`."""
    made_with = _parsed(then, _PARAMS)
    return {name: value for name, value in made_with.items() if name not in PLACES} == {
        name: value for name, value in values.items() if name not in PLACES
    } and all(
        _parsed(then, path).get(values[param]) == _parsed(now, path).get(values[param])
        for param, path in _CATALOGUES.items()
    )


def _parsed(held: Mapping[str, str], path: str) -> dict[str, Any]:
    content = catalogue.parsed(held[path]) if path in held else None
    return content if isinstance(content, dict) else {}


def _leading_to_result(held: Mapping[str, str]) -> dict[str, Any]:
    """The stages that the result is made by, directly or through others; all, where none makes it."""
    stages: dict[str, Any] = _parsed(held, _PIPELINE).get("stages", {})
    makers = {out: name for name, stage in stages.items() for out in _paths(stage.get("outs", []))}
    if RESULT not in makers:
        return stages
    wanted: dict[str, Any] = {}
    waiting = [makers[RESULT]]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted[name] = stages[name]
            waiting += [
                maker
                for dep in _paths(stages[name].get("deps", []))
                for out, maker in makers.items()
                if dep == out or dep.startswith(f"{out}/")
            ]
    return wanted


def _paths(items: Sequence[Any]) -> list[str]:
    return [next(iter(item)) if isinstance(item, dict) else str(item) for item in items]


def _files(stage: Any) -> list[str]:
    return [dep for dep in _paths(stage.get("deps", [])) if "${" not in dep]


def _outs(stages: dict[str, Any]) -> set[str]:
    """The deps among these stages that one of them makes."""
    outs = {out for stage in stages.values() for out in _paths(stage.get("outs", []))}
    deps = {dep for stage in stages.values() for dep in _files(stage)}
    return {dep for dep in deps if any(dep == out or dep.startswith(f"{out}/") for out in outs)}
