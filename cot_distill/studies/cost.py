"""What a study will cost: rough training examples, and the disk that its students and their checkpoints take."""

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
    """What the runs that are to be trained will take."""

    examples: int
    """Training examples, each once an epoch; rough, and without those of own data, whose number is not known."""
    kept_bytes: int
    """What stays in DVC's cache."""
    passing_bytes: int
    """What the runs under way hold at once: a copy of the student beside the cache's, and checkpoints."""
    unknown: list[str]
    """Students whose entry in the catalogue does not tell their `weights`; their disk is not counted."""


def cost(runs: Sequence[Combination], matched: Mapping[str, int], workers: int, drop_students: bool) -> Cost:
    """What training these runs takes; `matched` says how many problems the arms of a dataset share."""
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
    """How a run's student is trained: its own settings, and the params that are not null."""
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
    """How many training problems a run has."""
    dataset, bound = values["dataset"], values["train_problems"]
    there = FACTS[dataset].train_problems if dataset in FACTS else 0
    if isinstance(bound, int) and dataset not in BENCHMARKS:
        return bound  # as many are made, or its file is of no known size
    there = matched.get(dataset, there)
    return min(there, bound) if isinstance(bound, int) else there
