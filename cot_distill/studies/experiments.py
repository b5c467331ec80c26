"""The experiments of a study's runs: which exist, and which of them are current."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.repository.checkout import cache_folder
from cot_distill.repository.git import git
from cot_distill.repository.params import get, names
from cot_distill.studies.dropped_students import STUDENT, objects
from cot_distill.studies.grid import Combination, label
from cot_distill.tables import lock
from cot_distill.tables.current import PIPELINE, Present
from cot_distill.tables.experiments import TUNED, UNTUNED
from cot_distill.tables.revisions import Revision, texts

_LOCK, _EVAL = "dvc.lock", "metrics/eval.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Experiment:
    """A run's experiment. Of several with its name, the current one counts, or else the newest."""

    rev: str
    current: bool
    """Whether its verdicts were made with the run's params and the workspace's code."""
    trained: bool
    """The same for its training, and whether DVC's cache has the student, so that it need not be trained again."""
    accuracy: float | None


def find(root: Path, runs: Sequence[Combination]) -> dict[str, Experiment]:
    """The existing experiments of these runs, by the run's name.

    Whatever commit it was made from, its dvc.lock tells: it is current where it has all verdicts that the run asks for,
    and none of the stages behind them is stale with the run's params (see `tables.current`).
    """
    from dvc.repo import Repo

    commits = _by_name(root)
    candidates = {run.name: commits[run.name] for run in runs if run.name in commits}
    revs = list(dict.fromkeys(rev for named in candidates.values() for rev in named))
    if not revs:
        return {}
    revisions = [Revision(rev, "commit", rev) for rev in revs]
    files = dict(zip(revs, texts(root, revisions, (_LOCK, PIPELINE, _EVAL)), strict=True))
    with Repo(str(root)) as repo:
        present, cache = Present(repo), cache_folder(root)
        return {
            run.name: _best([_judged(run, rev, files[rev], present, cache) for rev in candidates[run.name]])
            for run in runs
            if run.name in candidates
        }


def settings_of_others(root: Path, runs: Sequence[Combination]) -> dict[str, Any]:
    """The dotted params that would have to be set to find finished experiments of these arms: those in the newest
    experiment's name that the runs lack. Empty if there is no such experiment."""
    for name, revs in _by_name(root).items():
        for run in runs:
            labels = name.removeprefix(f"{run.name}-").split("-") if name.startswith(f"{run.name}-") else []
            if not labels:
                continue
            held = next(texts(root, [Revision(revs[0], "commit", revs[0])], ["params.yaml"]))
            made_with = catalogue.parsed(held.get("params.yaml", ""))
            found = {
                param: get(made_with, param)
                for param in names(made_with if isinstance(made_with, Mapping) else {})
                if get(made_with, param) != get(run.values, param) and label(param, get(made_with, param)) in labels
            }
            if len(found) == len(labels):
                return found
    return {}


def accuracy_of(root: Path, rev: str) -> float | None:
    """The accuracy in an experiment's metrics; None if it has none."""
    return _accuracy(next(texts(root, [Revision(rev, "commit", rev)], [_EVAL])))


def _by_name(root: Path) -> dict[str, list[str]]:
    """The commits of the experiments of each name, the newest first."""
    refs = git(root, "for-each-ref", "--sort=-committerdate", "--format=%(refname) %(objectname)", "refs/exps")
    commits: dict[str, list[str]] = {}
    for line in refs.splitlines():
        ref, _, rev = line.partition(" ")
        parts = ref.split("/")
        if len(parts) == 5 and len(parts[2]) == 2:  # refs/exps/ab/cdef…/NAME
            commits.setdefault(parts[4], []).append(rev)
    return commits


def _best(candidates: Sequence[Experiment]) -> Experiment:
    best = next((one for one in candidates if one.current), candidates[0])
    return dataclasses.replace(best, trained=any(one.trained for one in candidates))


def _judged(run: Combination, rev: str, held: Mapping[str, str], present: Present, cache: Path) -> Experiment:
    try:
        stages = lock.stages(held[_LOCK])
    except (KeyError, UserError):
        return Experiment(rev, False, False, _accuracy(held))  # how it was made is unknown
    student = next((stage.outs[STUDENT] for stage in stages if STUDENT in stage.outs), "")
    kept = objects(cache, student)
    return Experiment(
        rev,
        current=_same_today([*_verdicts(run.values)], run, stages, held, present),
        trained=bool(kept)
        and all(file.is_file() for file in kept)
        and _same_today([STUDENT], run, stages, held, present),
        accuracy=_accuracy(held),
    )


def _verdicts(values: Mapping[str, Any]) -> Iterator[str]:
    """The outs that a finished run with these params must have. Outs that are made from these do not matter."""
    yield from (UNTUNED, TUNED)
    for folder in ("transfer", "beyond"):
        for name in values.get(folder) or ():
            yield from (f"data/{folder}/{name}/{role}.parquet" for role in ("untuned", "tuned"))


def _same_today(
    outs: Sequence[str], run: Combination, stages: Sequence[lock.Stage], held: Mapping[str, str], present: Present
) -> bool:
    """Whether the workspace would make these outs of the run in the same way as an experiment with these stages."""
    behind = lock.leading_to(outs, stages)
    made = all(any(stage.makes(out) for stage in behind) for out in outs)
    return made and not any(present.stale(behind, run.values, held.get(PIPELINE, "")))


def _accuracy(held: Mapping[str, str]) -> float | None:
    try:
        metrics = json.loads(held.get(_EVAL, "{}"))
    except json.JSONDecodeError:
        return None  # of another version, or cut off; the state of the run does not depend on it
    accuracy = metrics.get("accuracy") if isinstance(metrics, dict) else None
    return float(accuracy) if isinstance(accuracy, int | float) else None
