"""Gathering runs from DVC: the workspace, experiments, tags and commits, verdicts found by hash in DVC's cache."""

import dataclasses
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.repository.revisions import files_at
from cot_distill.tables import lock, revisions
from cot_distill.tables.lock import Present
from cot_distill.tables.revisions import Revision
from cot_distill.tables.runs import DIVERSITY, SUPERVISION, WORKSPACE, Run, digest, pair

UNTUNED, TUNED = "data/verdicts/untuned.parquet", "data/verdicts/tuned.parquet"
_TRANSFER = re.compile(r"(data/transfer/([^/]+))/tuned\.parquet")
_BEYOND = re.compile(r"(data/beyond/([^/]+))/tuned\.parquet")
_EXAMPLES = "data/examples/examples.parquet"
_EXAMPLES_OUT = "data/examples"
_STUDENT = "data/students/tuned"
_PROBLEMS = "data/problems/test.parquet"
_GRADING = "cot_distill/grading"
_PARAMS, _LOCK = "params.yaml", "dvc.lock"
_HEADLINE, _REPORT = "metrics/supervision.json", "metrics/supervision/report.json"
_NEEDED = ("dataset", "student", "teacher", "granularity", "format", "seed")


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """The runs found, and for each that could not be taken, why (a line)."""

    runs: list[Run]
    left_out: list[str]

    @property
    def files(self) -> list[str]:
        """Every file that the runs are read from, once."""
        return sorted({path for run in self.runs for path in (run.path, *itertools.chain(*run.outcomes.values()))})


def gather(root: Path, experiments: bool = False, revs: Sequence[str] = (), tags: bool = False) -> Gathered:
    """The run of the workspace at `root`, and with `experiments` all experiments, whatever commit they start from,
    with `tags` all tags, and those of `revs` (experiments, or what Git takes for a commit).

    The untuned student stands once for each dataset, student and set of verdicts, and so does a run that several
    revisions repeat. Raises UserError where `root` is no DVC repository, or a revision is unknown.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo(str(root))
    except DvcException as error:
        raise UserError(f"{root.absolute()}: no DVC repository ({error}); run this inside a clone") from error
    with repo:
        asked = revisions.asked_for(root, experiments, revs, tags)
        left_out = revisions.unfinished(repo) if experiments else []

        def cached(oid: str) -> Path:
            return Path(repo.cache.local.oid_to_path(oid))

        runs: dict[tuple[str, int | None, str], Run] = {}
        files = revisions.texts(root, asked, (_PARAMS, _LOCK, _HEADLINE, _REPORT))
        test_sets: dict[str, str | None] = {}
        present = Present(repo)
        for revision, held in zip(asked, files, strict=True):
            try:
                for run in _runs(revision, held, cached, test_sets, present, left_out):
                    key = (run.pool, run.seed, run.path)
                    known = runs.get(key, run)
                    runs[key] = dataclasses.replace(known, outcomes={**run.outcomes, **known.outcomes})
            except UserError as error:
                left_out.append(f"{revision.name}: {error}")
    return Gathered(_with_sound_pools(_without_repeats(list(runs.values()))), left_out)


def _runs(
    revision: Revision,
    held: dict[str, str],
    cached: Callable[[str], Path],
    test_sets: dict[str, str | None],
    present: Present,
    left_out: list[str],
) -> Iterator[Run]:
    """The runs of a revision with these files; raises UserError with why it has none, and adds to `left_out` what of
    it is not taken."""
    if _LOCK not in held:
        raise UserError("has no dvc.lock")
    params, stages = _params(held), lock.stages(held[_LOCK])
    for stage in lock.leading_to((UNTUNED, TUNED), stages):
        for name in stage.other_params(params):
            raise UserError(f"its params.yaml has another {name} than its verdicts were made with; run `dvc repro`")
    made = {path: oid for stage in stages for path, oid in stage.outs.items()}
    inputs = {path: oid for stage in stages for path, oid in stage.deps.items()} | made

    def elsewhere(place: re.Pattern[str], param: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """What this student was asked elsewhere, and the tables of the untuned and the tuned one there.

        dvc.lock keeps what an earlier student was asked, when the param is emptied.
        """
        for stage in stages:
            for found in filter(None, map(place.fullmatch, stage.outs)):
                if stage.deps.get(_STUDENT) == made.get(_STUDENT) and not stage.other_params(params):
                    yield found[2], (f"{found[1]}/untuned.parquet", found[0])
                elif found[2] in (params.get(param) or ()):
                    left_out.append(f"{revision.name}: {found[0]} is of another student or params; run `dvc repro`")

    tested: dict[str | None, tuple[str, str]] = {None: (UNTUNED, TUNED)}
    tested |= dict(elsewhere(_TRANSFER, "transfer"))
    outcomes = {}
    for task, names in elsewhere(_BEYOND, "beyond"):
        try:
            untuned, tuned = (str(cached(_held(made, name, cached))) for name in names)
            outcomes[task] = names, (untuned, tuned)
        except UserError as error:
            left_out.append(f"{revision.name}: {error}")
    training = next((stage.but_the_seed() for stage in stages if _STUDENT in stage.outs), None)
    for tested_on, names in tested.items():
        untuned, tuned = (_held(made, name, cached) for name in names)
        grader = next(stage.deps.get(_GRADING) for stage in stages if stage.makes(names[1]))
        beyond = {} if tested_on else outcomes
        behind = lock.leading_to((*names, *itertools.chain(*(outs for outs, _ in beyond.values()))), stages)
        yield from pair(
            revision.name,
            params,
            str(cached(untuned)),
            str(cached(tuned)),
            tested_on=tested_on,
            made_of={"examples": inputs.get(_EXAMPLES_OUT), "untuned": untuned, "training": training},
            rev=revision.rev,
            source=revision.source,
            grader=grader and grader[:12],
            test_set=None if tested_on else _test_set(inputs, cached, test_sets),
            supervision=_supervision(held),
            stale=", ".join(present.stale(behind)) or None,
            outcomes={task: files for task, (_, files) in beyond.items()},
        )


def _held(outs: dict[str, str], name: str, cached: Callable[[str], Path]) -> str:
    """The hash of a file that is an out or stands in one; raises UserError where the cache does not hold it."""
    oid, folder = outs.get(name), outs.get(str(Path(name).parent))
    if oid is None and folder:
        listing = cached(folder)
        if not listing.is_file():
            raise UserError(f"{name} is not in the local cache; run `dvc pull`")
        listed = json.loads(listing.read_text(encoding="utf-8"))
        oid = next((one["md5"] for one in listed if one["relpath"] == Path(name).name), None)
    if not oid:
        raise UserError(f"has no {name}")
    if not cached(oid).is_file():
        raise UserError(f"{name} is not in the local cache; run `dvc pull`")
    return oid


def _params(held: dict[str, str]) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        params = YAML(typ="safe", pure=True).load(held.get(_PARAMS, ""))
    except YAMLError as error:
        raise UserError("its params.yaml cannot be read") from error
    if not isinstance(params, dict):
        raise UserError("its params.yaml holds no params")
    missing = [name for name in _NEEDED if name not in params]
    if missing:
        raise UserError(f"its params.yaml has no {missing[0]}")
    loaded: dict[str, Any] = params
    return loaded


def _supervision(held: dict[str, str]) -> dict[str, float]:
    """What was measured of the supervision, as far as this revision's metrics say it."""
    headline, report = (_object(held.get(name)) for name in (_HEADLINE, _REPORT))
    diversity = report.get("diversity")
    found = {name: headline.get(name) for name in ("examples", *SUPERVISION)}
    found |= {name: diversity.get(name) for name in DIVERSITY} if isinstance(diversity, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}  # the metrics of another version, or one that is being written: the verdicts do without
    return found if isinstance(found, dict) else {}


def _test_set(inputs: dict[str, str], cached: Callable[[str], Path], known: dict[str, str | None]) -> str | None:
    """The hash of the test problems' questions, choices and gold; None where the cache does not have them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        oid = _held(inputs, _PROBLEMS, cached)
    except UserError:
        return None
    if oid not in known:
        try:
            with pq.ParquetFile(cached(oid)) as file:
                known[oid] = digest(file.read(columns=["id", "question", "choices", "gold"]).to_pylist())
        except (OSError, pa.ArrowInvalid):
            known[oid] = None  # the verdicts' own ids and gold answers tell then; see relations.py
    return known[oid]


def _without_repeats(runs: list[Run]) -> list[Run]:
    """The runs without the workspace's where another has the same verdicts: `dvc exp run` leaves it there."""
    named = {run.path for run in runs if run.source != WORKSPACE}
    return [run for run in runs if run.source != WORKSPACE or run.path not in named]


def _with_sound_pools(runs: list[Run]) -> list[Run]:
    """The runs, with none pooled where a seed gave two results: then more than the seed differs, such as the code."""
    seeds: dict[str, list[int | None]] = defaultdict(list)
    for run in runs:
        seeds[run.pool].append(run.seed)
    mixed = {pool for pool, found in seeds.items() if len(set(found)) < len(found)}
    return [dataclasses.replace(run, pool=digest([run.pool, run.path])) if run.pool in mixed else run for run in runs]


def table(root: Path, name: str, out: str) -> Any:
    """The Parquet table `out` of the experiment or commit `name`, or of the workspace, as a pyarrow table.

    Raises UserError for a name that DVC does not know, or where the table is in neither workspace, cache nor remote.
    """
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexDirError
    from scmrepo.exceptions import SCMError

    try:
        with files_at(root, None if name == WORKSPACE else name) as files:
            content = files.read_bytes(out)
        with pq.ParquetFile(io.BytesIO(content)) as file:  # `read_table` would import pandas
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
