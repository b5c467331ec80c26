"""Gathering runs from DVC: the workspace and every experiment, their verdicts found by hash in DVC's cache."""

import dataclasses
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.tables.compare import Run, pair

WORKSPACE = "workspace"
"""What DVC calls the working folder's own state."""
_UNTUNED, _TUNED = "data/verdicts/untuned.parquet", "data/verdicts/tuned.parquet"
_EXAMPLES = "data/examples/examples.parquet"


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """The runs found, and for each experiment that could not be taken, why (a line)."""

    runs: list[Run]
    left_out: list[str]


def gather(root: Path, everything: bool) -> Gathered:
    """The run of the workspace at `root` and, with `everything`, all experiments whatever commit they start from.

    The untuned student stands once for each dataset, student and set of verdicts. Raises UserError where `root` is
    no DVC repository.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo(str(root))
    except DvcException as error:
        raise UserError(f"{root.absolute()}: no DVC repository ({error}); run this inside a clone") from error
    with repo:
        runs: dict[tuple[str, str, str], Run] = {}
        left_out: list[str] = []
        for name, state, executed in _states(repo, everything):
            why = _unusable(repo, state, executed)
            if why:
                left_out.append(f"{name}: {why}")
                continue
            params = state.data.params["params.yaml"]["data"]
            paths = [_cached(repo, state, out) for out in (_UNTUNED, _TUNED)]
            for run in pair(name, params, paths[0], paths[1], untuned_name="-"):
                runs.setdefault((run.run, run.role, run.path), run)
    return Gathered(_without_repeats(list(runs.values())), left_out)


def _without_repeats(runs: list[Run]) -> list[Run]:
    """The runs without the workspace's where an experiment has the same verdicts: `dvc exp run` leaves it there."""
    named = {run.path for run in runs if run.run != WORKSPACE}
    return [run for run in runs if run.run != WORKSPACE or run.path not in named]


def _states(repo: Any, everything: bool) -> list[tuple[str, Any, str]]:
    """(name, state, how it went) of the workspace and of every experiment."""
    found = []
    for commit in repo.experiments.show(all_commits=everything):
        if commit.rev == WORKSPACE:
            found.append((WORKSPACE, commit, "success"))
        for experiment in (everything and commit.experiments) or []:
            state = experiment.revs[0]
            how = experiment.executor.state if experiment.executor else "success"
            found.append((experiment.name or state.name or state.rev[:7], state, how))
    return found


def _unusable(repo: Any, state: Any, executed: str) -> str | None:
    if executed != "success":
        return executed
    if state.data is None:
        return f"cannot be read ({state.error.msg if state.error else 'no data'})"
    if state.data.params.get("params.yaml", {}).get("data") is None:
        return "its params.yaml cannot be read"
    for out in (_UNTUNED, _TUNED):
        if out not in state.data.outs or state.data.outs[out].hash is None:
            return f"has no {out}"
        if not Path(_cached(repo, state, out)).is_file():
            return f"{out} is not in the local cache; run `dvc pull`"
    return None


def _cached(repo: Any, state: Any, out: str) -> str:
    return str(repo.cache.local.oid_to_path(state.data.outs[out].hash))


def taught(root: Path, names: list[str]) -> list[set[str]]:
    """The ids of the problems that each experiment (or commit, or `workspace`) trains on.

    Raises UserError for a name that DVC does not know, or whose examples are in neither workspace nor cache.
    """
    import io

    import pyarrow.parquet as pq
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    found = []
    for name in names:
        try:
            files = DVCFileSystem(str(root), rev=None if name == WORKSPACE else name)
            content = io.BytesIO(files.read_bytes(_EXAMPLES))
        except (DvcException, SCMError, OSError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise UserError(f"{name!r} is no published arm, and no experiment with {_EXAMPLES} ({reason})") from error
        found.append(set(pq.read_table(content, columns=["problem_id"])["problem_id"].to_pylist()))
    return found
