"""Estimates a study's cost: training examples, and the disk for students and checkpoints."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill import students
from cot_distill.files import cache_root
from cot_distill.problems import BENCHMARKS, FACTS
from cot_distill.studies.grid import Combination
from cot_distill.training import estimate
from stages import paths

_ADAPTER_SHARE = 0.04
"""Adapters of rank 16 on all linear layers, as a share of the weights: 3.6% of SmolLM2-135M, less of larger ones."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """The cost of the runs that are still to be trained."""

    examples: int
    """Training examples, each once an epoch; rough, and without those of own data, whose number is not known."""
    kept_bytes: int
    """Bytes that stay in DVC's cache."""
    passing_bytes: int
    """Bytes that the runs in progress need at the same time: a second copy of each student, and checkpoints."""
    unknown: list[str]
    """Students whose entry in the catalogue does not tell their `weights`; their disk is not counted."""


def cost(runs: Sequence[Combination], matched: Mapping[str, int], workers: int, drop_students: bool) -> Cost:
    """The cost of training these runs. `matched` is the number of problems that the arms of a dataset share."""
    examples, kept, largest, checkpoints = 0, 0, 0, 0
    unknown: dict[str, None] = {}
    for run in runs:
        entry, chosen = students.entry(run.values["student"], paths.STUDENTS), training(run)
        examples += _problems(run.values, matched) * chosen["epochs"]
        weights = entry["weights"]
        if weights is None:
            unknown[run.values["student"]] = None
            continue
        trained = weights if chosen["method"] == "full" else weights * _ADAPTER_SHARE
        student = int(weights * 2 if chosen["method"] == "full" else trained * 4)
        kept += 0 if drop_students else student
        largest = max(largest, student)
        checkpoints = max(checkpoints, int(2 * (student + trained * 14)))  # as `training.estimate` counts them
    at_work = min(workers, len(runs))
    return Cost(examples, kept, at_work * (largest * (2 if drop_students else 1) + checkpoints), list(unknown))


def training(run: Combination) -> dict[str, Any]:
    """The settings of a run's training: the student's own, replaced by the params that are not null."""
    entry = students.entry(run.values["student"], paths.STUDENTS)
    chosen: dict[str, Any] = entry["training"] | {
        name: value for name, value in run.values["training"].items() if value is not None
    }
    return chosen


def check_disk(cache: Path, cost: Cost, drop_students: bool) -> None:
    """Raises UserError if the disks of DVC's cache and of the checkpoints are too small for this."""
    what = "the study" if drop_students else "the study (less with --drop-students)"
    estimate.check_disk(cache, cost.kept_bytes + cost.passing_bytes, what)
    estimate.check_disk(cache_root(), cost.passing_bytes, what)


def _problems(values: Mapping[str, Any], matched: Mapping[str, int]) -> int:
    """The number of a run's training problems."""
    dataset, bound = values["dataset"], values["train_problems"]
    there = FACTS[dataset].train_problems if dataset in FACTS else 0
    if isinstance(bound, int) and dataset not in BENCHMARKS:
        return bound  # the problems are generated, or the size of the file is unknown
    there = matched.get(dataset, there)
    return min(there, bound) if isinstance(bound, int) else there
