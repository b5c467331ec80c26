"""Gathering runs from DVC: the workspace and every experiment, their verdicts found by hash in DVC's cache."""

import dataclasses
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.tables.compare import Run, pair

WORKSPACE = "workspace"
"""What DVC calls the working folder's own state."""
UNTUNED, TUNED = "data/verdicts/untuned.parquet", "data/verdicts/tuned.parquet"
_EXAMPLES = "data/examples/examples.parquet"
_EXAMPLES_OUT = "data/examples"
_SEEDS = ("seed", "calls", "gate")
"""The params in which runs of one pool may differ: the training seed, and what no result depends on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """The runs found, and for each experiment that could not be taken, why (a line)."""

    runs: list[Run]
    left_out: list[str]


def gather(root: Path, everything: bool) -> Gathered:
    """The run of the workspace at `root` and, with `everything`, all experiments whatever commit they start from.

    The untuned student stands once for each dataset, student and set of verdicts, and so does a run that several
    experiments repeat. Raises UserError where `root` is no DVC repository.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo(str(root))
    except DvcException as error:
        raise UserError(f"{root.absolute()}: no DVC repository ({error}); run this inside a clone") from error
    with repo:
        runs: dict[tuple[str, int | None, str], Run] = {}
        left_out: list[str] = []
        for name, state, executed in _states(repo, everything):
            why = _unusable(repo, state, executed)
            if why:
                left_out.append(f"{name}: {why}")
                continue
            params = state.data.params["params.yaml"]["data"]
            paths = [_cached(repo, state, out) for out in (UNTUNED, TUNED)]
            for run in pair(name, params, paths[0], paths[1], untuned_name="-", pool=_pool(state, params)):
                repeated = runs.get((run.pool, run.seed, run.path))
                if repeated is None or repeated.run == WORKSPACE:  # an experiment's name is the better one
                    runs[run.pool, run.seed, run.path] = run
    return Gathered(_with_sound_pools(_without_repeats(list(runs.values()))), left_out)


def _without_repeats(runs: list[Run]) -> list[Run]:
    """The runs without the workspace's where an experiment has the same verdicts: `dvc exp run` leaves it there."""
    named = {run.path for run in runs if run.run != WORKSPACE}
    return [run for run in runs if run.run != WORKSPACE or run.path not in named]


def _pool(state: Any, params: dict[str, Any]) -> str:
    """What runs share that differ in the training seed alone: params, examples and the untuned student's verdicts."""
    shared = {name: value for name, value in params.items() if name not in _SEEDS}
    made = [state.data.outs[out].hash for out in (_EXAMPLES_OUT, UNTUNED) if out in state.data.outs]
    return json.dumps([shared, made], sort_keys=True, default=str)


def _with_sound_pools(runs: list[Run]) -> list[Run]:
    """The runs, with none pooled where a seed gave two results: then more than the seed differs, such as the code."""
    seeds: dict[str, list[int | None]] = defaultdict(list)
    for run in runs:
        seeds[run.pool].append(run.seed)
    mixed = {pool for pool, found in seeds.items() if len(set(found)) < len(found)}
    return [dataclasses.replace(run, pool=f"{run.pool} {run.path}") if run.pool in mixed else run for run in runs]


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
    for out in (UNTUNED, TUNED):
        if out not in state.data.outs or state.data.outs[out].hash is None:
            return f"has no {out}"
        if not Path(_cached(repo, state, out)).is_file():
            return f"{out} is not in the local cache; run `dvc pull`"
    return None


def _cached(repo: Any, state: Any, out: str) -> str:
    return str(repo.cache.local.oid_to_path(state.data.outs[out].hash))


def table(root: Path, name: str, out: str) -> Any:
    """The Parquet table `out` of the experiment or commit `name`, or of the workspace, as a pyarrow table.

    Raises UserError for a name that DVC does not know, or where the table is in neither workspace, cache nor remote.
    """
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexDirError
    from scmrepo.exceptions import SCMError

    try:
        files = DVCFileSystem(str(root), rev=None if name == WORKSPACE else name)
        with pq.ParquetFile(io.BytesIO(files.read_bytes(out))) as file:  # `read_table` would import pandas
            return file.read()
    except (DvcException, DataIndexDirError, SCMError, OSError, pa.ArrowInvalid) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        if name == WORKSPACE:
            raise UserError(f"{out} cannot be read in the workspace ({reason}); run `dvc repro`") from error
        raise UserError(f"{name!r} is no experiment or commit with {out} ({reason})") from error


def taught(root: Path, names: list[str]) -> list[set[str]]:
    """The ids of the problems that each experiment (or commit, or `workspace`) trains on; raises as `table` does."""
    try:
        return [set(table(root, name, _EXAMPLES)["problem_id"].to_pylist()) for name in names]
    except UserError as error:
        raise UserError(f"{error}; nor is it a published arm") from error
