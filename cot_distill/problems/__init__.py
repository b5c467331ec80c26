"""Problems: one module per benchmark, which says where it comes from and how a raw row becomes a problem."""

import random
from collections.abc import Callable
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems import svamp, word_problems
from cot_distill.records import SPLITS, Problem

_IMPORTED: dict[str, Callable[[Path], list[Problem]]] = {"svamp": svamp.load}
DATASETS = ("word_problems", *_IMPORTED)
"""The valid ids of the param `dataset`."""

GENERATED_SIZES = {"train": 160, "test": 100}
"""How many word problems are made where params name no number: sized for two CPU cores."""


def load(dataset: str, benchmarks: Path, seed: int, sizes: dict[str, int | None]) -> dict[str, list[Problem]]:
    """The problems of a dataset by split ("train", "test").

    `sizes` bounds each split; None takes all of it. An imported split that has more is sampled with `seed`, in an
    order that does not depend on the size, so that a larger sample contains the smaller one.
    Raises UserError where a file is missing or broken, or holds fewer problems than asked for.
    """
    if dataset == "word_problems":
        made = {split: GENERATED_SIZES[split] if sizes[split] is None else sizes[split] for split in SPLITS}
        problems = word_problems.generate(seed, made["train"] or 0, made["test"] or 0)
    else:
        problems = _IMPORTED[dataset](benchmarks)
    return {
        split: _sample([problem for problem in problems if problem.split == split], sizes[split], seed)
        for split in SPLITS
    }


def _sample(problems: list[Problem], size: int | None, seed: int) -> list[Problem]:
    if size is None or size == len(problems):
        return problems
    if size > len(problems):
        one = problems[0] if problems else None
        what = f"{one.dataset} {one.split}" if one else "the split"
        raise UserError(f"{what} holds {len(problems)} problems, params ask for {size}; lower it or set null")
    return sorted(random.Random(seed).sample(problems, len(problems))[:size], key=lambda problem: problem.id)
