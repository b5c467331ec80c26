"""Problems: one module per benchmark, which says where it comes from and how a raw row becomes a problem."""

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems import aqua, csqa, gsm8k, math, obqa, own, sources, strategyqa, svamp, word_problems
from cot_distill.problems.benchmark import Benchmark, question_hash
from cot_distill.problems.questions import near_duplicates, part_leaks
from cot_distill.records import SPLITS, Problem

BENCHMARKS: dict[str, Benchmark] = {
    "svamp": svamp,
    "gsm8k": gsm8k,
    "aqua": aqua,
    "math": math,
    "csqa": csqa,
    "obqa": obqa,
    "strategyqa": strategyqa,
}
DATASETS = ("word_problems", *BENCHMARKS, "own")
"""The valid ids of the param `dataset`."""

ANSWER_KIND_OF = {
    **dict.fromkeys(("word_problems", "svamp", "gsm8k"), "number"),
    **dict.fromkeys(("aqua", "csqa", "obqa"), "letter"),
    "math": "latex",
    "strategyqa": "boolean",
}
"""How each dataset's answers are read; those of `own` depend on its file."""

GENERATED_SIZES = {"train": 160, "test": 100}
"""How many word problems are made where params name no number: sized for two CPU cores."""

ALL = "all"
"""The size that takes every official row, also those of AQuA and MATH that the paper did not train on."""

Size = int | str | None

_USED_ROWS = Path(__file__).with_name("used_rows")
_LISTED = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Where the rows of a dataset went; every row in is kept or dropped by a reason."""

    rows_in: dict[str, int]
    rows_kept: dict[str, int]
    dropped: dict[str, dict[str, int]]
    """By split and reason: `no_gold` (the official row has none), `duplicate` (same question and choices as an earlier
    row), `not_in_paper` (see `used_rows`), `in_test` (asks a test question), `not_sampled`."""
    in_test: list[tuple[str, str]]
    """The training problems that fell as `in_test`, with the test problem that each asks."""
    near_duplicates: int
    most_alike: list[tuple[str, str, float]]
    """(train id, test id, similarity in percent) of the most alike pairs that are not the same, at most 50."""


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """The problems by split, and the account."""

    problems: dict[str, list[Problem]]
    account: Account


def load(
    dataset: str,
    benchmarks: Path,
    revisions: Path,
    seed: int,
    sizes: dict[str, Size],
    columns: own.Columns | None = None,
) -> Loaded:
    """The problems of a dataset by split ("train", "test"), sorted by id.

    `sizes` bounds each split: None takes the paper's rows, `ALL` every official one, a number samples the paper's with
    `seed`, in an order that does not depend on the number, so that a larger sample contains the smaller one.
    Raises UserError where a file is missing or broken, or holds fewer problems than asked for.
    """
    dropped: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    if dataset == "word_problems":
        made = {split: GENERATED_SIZES[split] if sizes[split] in (None, ALL) else sizes[split] for split in SPLITS}
        problems = word_problems.generate(seed, int(made["train"] or 0), int(made["test"] or 0))
        parts = {split: [problem for problem in problems if problem.split == split] for split in SPLITS}
    elif dataset == "own":
        if columns is None:
            raise UserError("dataset is 'own': the params own name no file and columns")
        problems = own.load(benchmarks, columns, seed)
        parts = {split: [problem for problem in problems if problem.split == split] for split in SPLITS}
    else:
        source = sources.choose(dataset, benchmarks, revisions)
        loaded = {split: BENCHMARKS[dataset].load(source, split) for split in SPLITS}
        parts = {split: [problem for problem in part if problem] for split, part in loaded.items()}
        for split in SPLITS:
            dropped[split]["no_gold"] = len(loaded[split]) - len(parts[split])
    rows_in = {split: len(part) + dropped[split]["no_gold"] for split, part in parts.items()}
    leaks: list[tuple[str, str]] = []
    if dataset in BENCHMARKS:
        for split in SPLITS:
            parts[split] = _distinct(dataset, parts[split], dropped[split])
        if sizes["train"] != ALL:
            parts["train"] = _as_in_paper(dataset, parts["train"], dropped["train"])
        parts["train"], leaks = part_leaks(parts["train"], parts["test"])
        dropped["train"]["in_test"] = len(leaks)
    for split in SPLITS:
        sampled = _sample(dataset, split, parts[split], sizes[split], seed)
        dropped[split]["not_sampled"] = len(parts[split]) - len(sampled)
        parts[split] = sampled
    alike = near_duplicates(parts["train"], parts["test"])
    account = Account(
        rows_in=rows_in,
        rows_kept={split: len(part) for split, part in parts.items()},
        dropped={
            split: {reason: count for reason, count in sorted(dropped[split].items()) if count} for split in SPLITS
        },
        in_test=leaks,
        near_duplicates=len(alike),
        most_alike=alike[:_LISTED],
    )
    return Loaded(parts, account)


def used_in_paper(dataset: str) -> frozenset[str] | None:
    """The hashes of the training questions that the paper used, or None where it used all."""
    path = _USED_ROWS / f"{dataset}.txt"
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else None


def _distinct(dataset: str, problems: Sequence[Problem], dropped: Counter[str]) -> list[Problem]:
    first: dict[str, Problem] = {}
    official_ids = dataset in ("svamp", "csqa", "obqa", "strategyqa")
    for problem in problems:
        if problem.id not in first:
            first[problem.id] = problem
        elif official_ids:
            raise UserError(
                f"{dataset} {problem.split}: the id {problem.id!r} stands twice; fetch the official file again"
            )
        else:
            dropped["duplicate"] += 1
    return list(first.values())


def _as_in_paper(dataset: str, problems: Sequence[Problem], dropped: Counter[str]) -> list[Problem]:
    used = used_in_paper(dataset)
    if used is None:
        return list(problems)
    kept = [problem for problem in problems if question_hash(problem.question, problem.choices or ()) in used]
    dropped["not_in_paper"] = len(problems) - len(kept)
    if not kept:
        raise UserError(
            f"{dataset} train: none of {len(problems)} rows is one of the {len(used)} that the paper trained on; "
            "set train_problems to 'all', or fetch the official file"
        )
    return kept


def _sample(dataset: str, split: str, problems: list[Problem], size: Size, seed: int) -> list[Problem]:
    ordered = sorted(problems, key=lambda problem: problem.id)
    if not isinstance(size, int) or size == len(problems):
        return ordered
    if size > len(problems):
        raise UserError(
            f"{dataset} {split} holds {len(problems)} problems, params ask for {size}; lower it or set null"
        )
    return sorted(random.Random(seed).sample(ordered, len(ordered))[:size], key=lambda problem: problem.id)
