"""Gathering runs from DVC: the workspace, experiments, tags and commits, verdicts found by hash in DVC's cache."""

import dataclasses
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cot_distill.errors import UserError
from cot_distill.predictors import PREDICTORS
from cot_distill.tables import lock, revisions
from cot_distill.tables.current import PIPELINE, Present
from cot_distill.tables.revisions import Revision
from cot_distill.tables.runs import DIVERSITY, SUPERVISION, WORKSPACE, Run, digest, pair, problems, split
from cot_distill.tables.stored import LostError, Store, of_stages

UNTUNED, TUNED = "data/verdicts/untuned.parquet", "data/verdicts/tuned.parquet"
_TRANSFER = re.compile(r"(data/transfer/([^/]+))/tuned\.parquet")
_BEYOND = re.compile(r"(data/beyond/([^/]+))/tuned\.parquet")
_EXAMPLES_OUT = "data/examples"
_STUDENT = "data/students/tuned"
_GRADING = "cot_distill/grading"
_PARAMS, _LOCK = "params.yaml", "dvc.lock"
_HEADLINE, _REPORT = "metrics/supervision.json", "metrics/supervision/report.json"
_PREDICTED = "metrics/predictors.json"
_Content = TypeVar("_Content")


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """The runs found, and for each that could not be taken, why (a line)."""

    runs: list[Run]
    left_out: list[str]
    lost: frozenset[str] = frozenset()
    """Those lines of `left_out` that tell of a file that is missing or damaged: something asked for is not shown."""

    @property
    def files(self) -> list[str]:
        """Every file that the runs are read from, once."""
        return sorted({path for run in self.runs for path in (run.path, *itertools.chain(*run.outcomes.values()))})


def gather(
    root: Path, experiments: bool = False, revs: Sequence[str] = (), tags: bool = False, workspace: bool = True
) -> Gathered:
    """The run of the `workspace` at `root`, and with `experiments` all experiments, whatever commit they start from,
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
        asked = [one for one in revisions.asked_for(root, experiments, revs, tags) if workspace or one.rev]
        left_out, lost = revisions.unfinished(repo) if experiments else [], set[str]()
        runs: dict[tuple[str, int | None, str], Run] = {}
        files = revisions.texts(root, asked, (_PARAMS, _LOCK, PIPELINE, _HEADLINE, _REPORT, _PREDICTED))
        store, present, test_sets = Store(repo, root), Present(repo), dict[str, str | None]()
        for revision, held in zip(asked, files, strict=True):
            source = _Source(revision, held, store, present, test_sets)
            try:
                for run in source.runs():
                    key = (run.pool, run.seed, run.path)
                    known = runs.get(key, run)
                    runs[key] = dataclasses.replace(known, outcomes={**run.outcomes, **known.outcomes})
            except UserError as error:
                source.leave_out(error)
            left_out += source.left_out
            lost |= source.lost
    return Gathered(_with_sound_pools(_without_repeats(list(runs.values()))), left_out, frozenset(lost))


class _Source:
    """A revision from which runs are taken."""

    def __init__(
        self,
        revision: Revision,
        held: dict[str, str],
        store: Store,
        present: Present,
        test_sets: dict[str, str | None],
    ) -> None:
        """`held` are its files in git; `test_sets` remembers across revisions what each set of problems is called."""
        self._revision, self._held, self._store, self._present = revision, held, store, present
        self._test_sets = test_sets
        self.left_out: list[str] = []
        self.lost: set[str] = set()

    def leave_out(self, error: UserError) -> None:
        """Tell what of this revision is not taken."""
        line = f"{self._revision.name}: {error}"
        self.left_out.append(line)
        if isinstance(error, LostError):
            self.lost.add(line)

    def runs(self) -> Iterator[Run]:
        """The runs; raises UserError with why it has none, and leaves out what of it is not taken."""
        if _LOCK not in self._held:
            raise UserError("has no dvc.lock")
        self._params, self._stages = self._parsed(_PARAMS, revisions.params), self._parsed(_LOCK, lock.stages)
        for name in lock.made_otherwise((UNTUNED, TUNED), self._stages, self._params):
            raise UserError(f"its params.yaml has another {name} than its verdicts were made with; run `dvc repro`")
        outcomes: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {}
        for task, names in self._elsewhere(_BEYOND, "beyond"):
            try:
                outcomes[task] = names, (self._file(names[0]), self._file(names[1]))
            except UserError as error:
                self.leave_out(error)
        yield from self._pair(None, (UNTUNED, TUNED), outcomes)
        for dataset, names in self._elsewhere(_TRANSFER, "transfer"):
            try:
                yield from self._pair(dataset, names, {})
            except UserError as error:
                self.leave_out(error)

    def _parsed(self, name: str, parse: Callable[[str], _Content]) -> _Content:
        """What a file in git holds; a damaged one of the workspace can be mended."""
        try:
            return parse(self._held.get(name, ""))
        except UserError as error:
            if self._revision.rev is None:
                raise LostError(f"{error}; mend it, or run `git checkout {name}`") from error
            raise

    def _elsewhere(self, place: re.Pattern[str], param: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """What this student was asked elsewhere, and the tables of the untuned and the tuned one there.

        dvc.lock keeps what an earlier student was asked, when the param is emptied.
        """
        made = {path: oid for stage in self._stages for path, oid in stage.outs.items()}
        for stage in self._stages:
            for found in filter(None, map(place.fullmatch, stage.outs)):
                if stage.deps.get(_STUDENT) == made.get(_STUDENT) and not stage.other_params(self._params):
                    yield found[2], (f"{found[1]}/untuned.parquet", found[0])
                elif found[2] in (self._params.get(param) or ()):
                    self.leave_out(UserError(f"{found[0]} is of another student or params; run `dvc repro`"))

    def _pair(
        self,
        tested_on: str | None,
        names: tuple[str, str],
        outcomes: Mapping[str, tuple[tuple[str, str], tuple[str, str]]],
    ) -> tuple[Run, Run]:
        """The untuned and the tuned run whose verdicts have these names; `tested_on`: of another dataset."""
        untuned, tuned = (self._file(name) for name in names)
        hashes = of_stages(self._stages)
        training = next((stage.but_the_seed() for stage in self._stages if _STUDENT in stage.outs), None)
        grader = next(stage.deps.get(_GRADING) for stage in self._stages if stage.makes(names[1]))
        behind = lock.leading_to((*names, *itertools.chain(*(outs for outs, _ in outcomes.values()))), self._stages)
        return pair(
            self._revision.name,
            self._params,
            untuned,
            tuned,
            tested_on=tested_on,
            made_of={"examples": hashes.get(_EXAMPLES_OUT), "untuned": _name(names[0], hashes), "training": training},
            rev=self._revision.rev,
            source=self._revision.source,
            grader=grader and grader[:12],
            test_set=None if tested_on else self._test_set(hashes),
            supervision=_supervision(self._held),
            stale=", ".join(self._present.stale(behind, self._params, self._held.get(PIPELINE, ""))) or None,
            outcomes={task: files for task, (_, files) in outcomes.items()},
        )

    def _file(self, name: str) -> str:
        return str(self._store.file(self._revision, self._stages, name))

    def _test_set(self, hashes: Mapping[str, str]) -> str | None:
        """The hash of the asked problems' questions, choices and gold; None where they are not at hand: the verdicts'
        own ids and gold answers tell then."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        asked = problems(split(self._params))
        oid = _name(asked, hashes)
        if oid is None:
            return None
        if oid not in self._test_sets:
            try:
                with pq.ParquetFile(self._file(asked)) as file:
                    rows = file.read(columns=["id", "question", "choices", "gold"]).to_pylist()
                self._test_sets[oid] = digest(rows)
            except (UserError, OSError, pa.ArrowInvalid, KeyError):
                return None
        return self._test_sets[oid]


def _name(path: str, hashes: Mapping[str, str]) -> str | None:
    """The hash of a file, or what stands for it where a folder has the hash."""
    folder = hashes.get(str(Path(path).parent))
    return hashes.get(path) or (folder and f"{folder}/{Path(path).name}")


def _supervision(held: dict[str, str]) -> dict[str, float]:
    """What was measured of the supervision, as far as this revision's metrics say it."""
    headline, report, predicted = (_object(held.get(name)) for name in (_HEADLINE, _REPORT, _PREDICTED))
    diversity = report.get("diversity")
    found = {name: headline.get(name) for name in ("examples", *SUPERVISION)}
    found |= {name: predicted.get(name) for name in PREDICTORS}
    found |= {name: diversity.get(name) for name in DIVERSITY} if isinstance(diversity, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}  # the metrics of another version, or one that is being written: the verdicts do without
    return found if isinstance(found, dict) else {}


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
