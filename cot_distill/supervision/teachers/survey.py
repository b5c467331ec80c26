"""Surveys the published arms: what an import keeps, drops and cleans, and figures of the rationales."""

import dataclasses
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.grading import equal
from cot_distill.problems.questions import part_leaks
from cot_distill.problems.sources import Folder
from cot_distill.records import Problem
from cot_distill.supervision.measures import steps, words
from cot_distill.supervision.teachers import release
from cot_distill.supervision.teachers.published import Imported, QuestionIndex, import_arm
from cot_distill.supervision.teachers.release import Arm


@dataclasses.dataclass(frozen=True, slots=True)
class Surveyed:
    """One arm, as `cot-distill arms` shows it."""

    arm: str
    file: str
    dataset: str
    teacher: str | None
    granularity: int | None
    format: str
    rows_in: int
    rows_kept: int
    dropped: dict[str, int]
    cleaned: dict[str, int]
    verified_share: float | None
    """The share of kept rationales that state the gold answer. Answer only: the share of rows whose published answer is
    gold."""
    mean_words: float | None
    measured_granularity: float | None
    """The mean number of steps (sentences and lines) of a rationale."""
    growing_share: float | None
    """Of the problems with a rationale at every level of this teacher, the share whose words increase with each
    level."""


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """The arms, and a line for each thing that could not be surveyed."""

    arms: list[Surveyed]
    notes: list[str]
    broken: list[str] = dataclasses.field(default_factory=list)
    """A line for each file of the release that cannot be read."""


def survey(published: Path, benchmarks: Path) -> Survey:
    """Import every arm of `published` with the official files in `benchmarks`.

    If a benchmark's training file is missing, a note says so and its arms' rows count as `no_problem`. A broken file of
    the release gets a line too. Raises UserError if a benchmark's file is broken, or if `published` is not a folder.
    """
    groups: dict[str, list[Arm]] = defaultdict(list)
    for arm in release.arms(published):
        groups[arm.dataset].append(arm)
    surveyed: list[Surveyed] = []
    broken: list[str] = []
    notes = [f"{path.name}: its name is not that of an arm, so it is left out" for path in release.unknown(published)]
    # Benchmarks are independent, so each gets a process, as many at a time as there are cores.
    largest_first = sorted(groups.values(), key=lambda arms: -sum(arm.path.stat().st_size for arm in arms))
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(_survey_one, largest_first, [benchmarks] * len(groups)):
            surveyed += part.arms
            notes += part.notes
            broken += part.broken
    return Survey(sorted(surveyed, key=lambda one: one.arm.casefold()), notes, sorted(broken))


def _survey_one(arms: Sequence[Arm], benchmarks: Path) -> Survey:
    """The arms of one benchmark."""
    notes: list[str] = []
    broken: list[str] = []
    index = _index(arms[0].dataset, benchmarks, notes)
    lengths: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    surveyed = []
    for arm in arms:
        try:
            imported = import_arm(arm, index)
        except UserError as error:
            broken.append(str(error))
            continue
        if arm.granularity and arm.format == "original" and arm.teacher:
            lengths[arm.teacher][arm.granularity] = {problem.id: words(text) for problem, text, _ in imported.rows}
        surveyed.append(_surveyed(arm, imported))
    return Survey([dataclasses.replace(one, growing_share=_growing(one, lengths)) for one in surveyed], notes, broken)


def teachable_ids(arms: Sequence[str], published: Path, benchmarks: Path) -> Iterator[set[str]]:
    """The ids of the problems that each named arm of the release can teach. Raises UserError for an unknown name."""
    known = {arm.arm: arm for arm in release.arms(published)} if arms else {}
    indices: dict[str, QuestionIndex] = {}
    for name in arms:
        if name not in known:
            raise UserError(f"{name!r} is not an arm in {published}; `cot-distill arms` lists them")
        dataset = known[name].dataset
        if dataset not in indices:
            notes: list[str] = []
            indices[dataset] = _index(dataset, benchmarks, notes)
            if notes:
                raise UserError(notes[0])
        yield {problem.id for problem, _, _ in import_arm(known[name], indices[dataset]).rows}


def _index(dataset: str, benchmarks: Path, notes: list[str]) -> QuestionIndex:
    splits: dict[str, list[Problem]] = {}
    for split in ("train", "test"):
        try:
            loaded = problems.BENCHMARKS[dataset].load(Folder(benchmarks), split)
        except UserError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            notes.append(f"{dataset}: {error}")
            loaded = []
        splits[split] = [problem for problem in loaded if problem]
    train, _ = part_leaks(splits["train"], splits["test"])
    return QuestionIndex(train, splits["test"])


def _surveyed(arm: Arm, imported: Imported) -> Surveyed:
    rows, account = imported.rows, imported.account
    reasoned = bool(rows) and arm.granularity != 0
    return Surveyed(
        arm=arm.arm,
        file=arm.path.name,
        dataset=arm.dataset,
        teacher=arm.teacher,
        granularity=arm.granularity,
        format=arm.format,
        rows_in=account.rows_in,
        rows_kept=account.rows_kept,
        dropped=account.dropped,
        cleaned=account.cleaned,
        verified_share=_share(equal(stated, problem.gold, problem.answer_kind) for problem, _, stated in rows),
        mean_words=round(fmean(words(text) for _, text, _ in rows), 2) if reasoned else None,
        measured_granularity=round(fmean(steps(text) for _, text, _ in rows), 2) if reasoned else None,
        growing_share=None,
    )


def _growing(arm: Surveyed, lengths: Mapping[str, Mapping[int, Mapping[str, int]]]) -> float | None:
    if not arm.teacher or not arm.granularity or arm.format != "original":
        return None
    levels = [level for _, level in sorted(lengths[arm.teacher].items())]
    shared = set.intersection(*(set(level) for level in levels))
    if len(levels) < 2 or not shared:
        return None
    return _share(all(one[id] < two[id] for one, two in pairwise(levels)) for id in sorted(shared))


def _share(facts: Iterator[bool]) -> float | None:
    known = list(facts)
    return round(sum(known) / len(known), 4) if known else None
