"""Problems: one module per benchmark, which says where it comes from and how a raw row becomes a problem."""

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems import aqua, csqa, dev, gsm8k, math, obqa, own, sources, strategyqa, svamp, word_problems
from cot_distill.problems.benchmark import Benchmark, Facts, question_hash
from cot_distill.problems.columns import Columns
from cot_distill.problems.known import KNOWN
from cot_distill.problems.likeness import near_duplicates
from cot_distill.problems.positions import baselines
from cot_distill.problems.questions import part_leaks
from cot_distill.records import SPLITS, Problem

BENCHMARKS: dict[str, Benchmark] = {
    module.FACTS.name: module for module in (svamp, gsm8k, aqua, math, csqa, obqa, strategyqa)
}
DATASETS = ("word_problems", *BENCHMARKS, *KNOWN, own.OWN)
"""The valid ids of the param `dataset`."""

FACTS = {
    facts.name: facts
    for facts in (
        word_problems.FACTS,
        *(module.FACTS for module in BENCHMARKS.values()),
        *(known.facts for known in KNOWN.values()),
    )
}
"""By dataset; those of `own` depend on its file."""

ANSWER_KIND_OF = {name: facts.answer_kind for name, facts in FACTS.items()}

ALL = "all"
"""The size that takes every official row, also those of AQuA and MATH that the paper did not train on."""

Size = int | str | None
Parts = dict[str, list[Problem]]
"""The problems by split."""
Step = Callable[[Parts], Parts]
"""Keeps some of the problems of each split. `load` counts the others under the reason listed with the step."""

_USED_ROWS = Path(__file__).with_name("used_rows")
_LISTED = 50
_OFFICIAL = ("train", "test")
"""The splits that all data have; dev problems are drawn from the first, or come with it."""
_by_id = attrgetter("id")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """What became of a dataset's rows: each is kept, or dropped for one reason."""

    rows_in: dict[str, int]
    rows_kept: dict[str, int]
    dropped: dict[str, dict[str, int]]
    """By split and reason: `no_gold` (the official row has none), `duplicate` (same question and choices as an earlier
    row), `not_in_paper` (see `used_rows`), `in_test` (repeats a test question), `not_sampled`, `dev` (taken out of
    training; spare rows that became dev problems stay under their reason), `repeats` (a dev row that asks what a
    training or test problem asks); of your own rows what is wrong with them."""
    in_test: list[tuple[str, str]]
    """The training problems dropped as `in_test`, each with the test problem that it repeats."""
    near_duplicates: int
    most_alike: list[tuple[str, str, float]]
    """(train id, test id, similarity in percent) of the most alike pairs that are not the same, at most 50."""
    baselines: dict[str, float]
    """What one would score on the test problems without reading a question; see `positions.baselines`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """The problems by split, and the account."""

    problems: Parts
    account: Account
    notes: Sequence[str] = ()
    """What else there is to tell of data of your own."""


def load(
    dataset: str,
    benchmarks: Path,
    revisions: Path,
    seed: int,
    sizes: dict[str, Size],
    columns: Columns | None = None,
    parted: bool = True,
    dev_size: dev.Size = 0,
) -> Loaded:
    """The problems of a dataset by split ("train", "test" and, unless `dev_size` is 0, "dev"), sorted by id.

    `sizes` bounds each split: None takes the paper's rows, `ALL` takes every official row, and a number samples the
    paper's with `seed`. A larger sample contains a smaller one. Training rows that repeat a test question are removed.
    Data that name no splits are test problems alone where they are not to be `parted`. `dev_size` is a number, a share
    of the training problems, or None (see `dev.draw`); rows that the data themselves call dev come first.
    Raises UserError where a file is missing or broken, or holds fewer problems than asked for.
    """
    if dataset in KNOWN:
        columns = KNOWN[dataset].columns(benchmarks)
    brought = None
    if dataset in KNOWN or dataset == own.OWN:
        brought = own.load(benchmarks, columns or Columns(), seed, revisions, parted, dev_size != 0, dataset=dataset)
    found = by_split(brought.problems) if brought else _read(dataset, benchmarks, revisions, seed, sizes, dev_size)
    parts: Parts = {split: [problem for problem in rows if problem] for split, rows in found.items()}
    leaks: list[tuple[str, str]] = []
    rows_in = {split: len(rows) for split, rows in found.items()}
    dropped = {split: Counter(no_gold=len(found[split]) - len(parts[split])) for split in parts}
    for split, bad in brought.bad.counts().items() if brought else ():
        if split in parts:
            dropped[split] += bad
            rows_in[split] += bad.total()
    every = parts["train"]
    for reason, step in _steps(dataset, sizes, seed, leaks):
        kept = step(parts)
        for split in parts:
            dropped[split][reason] += len(parts[split]) - len(kept[split])
        parts = kept
    if dev_size != 0:
        own_dev = parts.get("dev", [])
        drawn = dev.draw(parts["train"], every, parts["test"], dev_size, seed, own_dev)
        dropped["train"]["dev"] = len(parts["train"]) - len(drawn.train)
        unused = len(own_dev) - drawn.repeats + drawn.added - len(drawn.dev)
        dropped.setdefault("dev", Counter()).update(repeats=drawn.repeats, not_sampled=unused)
        rows_in["dev"] = rows_in.get("dev", 0) + drawn.added
        parts = {**parts, "train": drawn.train, "dev": drawn.dev}
    alike = near_duplicates(parts["train"], parts["test"])
    account = Account(
        rows_in=rows_in,
        rows_kept={split: len(rows) for split, rows in parts.items()},
        dropped={
            split: {reason: count for reason, count in sorted(dropped[split].items()) if count} for split in parts
        },
        in_test=leaks,
        near_duplicates=len(alike),
        most_alike=alike[:_LISTED],
        baselines=baselines(parts["test"]),
    )
    return Loaded(parts, account, brought.notes if brought else ())


def _steps(dataset: str, sizes: dict[str, Size], seed: int, leaks: list[tuple[str, str]]) -> Iterator[tuple[str, Step]]:
    """What removes rows, in its order, and the reason under which they are counted; leaks are added to `leaks`."""
    if dataset in BENCHMARKS:
        yield "duplicate", partial(_distinct, FACTS[dataset])
        yield "not_in_paper", partial(_as_in_paper, dataset, sizes["train"])
        yield "in_test", partial(_disjoint, leaks)
    yield "not_sampled", partial(_sampled, dataset, sizes, seed)


def _read(
    dataset: str,
    benchmarks: Path,
    revisions: Path,
    seed: int,
    sizes: dict[str, Size],
    dev_size: dev.Size,
) -> dict[str, Sequence[Problem | None]]:
    """Every row there is, by split; None for one without a gold answer."""
    if dataset in BENCHMARKS:
        source = sources.choose(dataset, benchmarks, revisions)
        found = {split: BENCHMARKS[dataset].load(source, split) for split in _OFFICIAL}
        if dev_size != 0 and FACTS[dataset].has_dev and (held := BENCHMARKS[dataset].load(source, "dev")):
            found["dev"] = held
        return found
    default = word_problems.SIZES
    train, test = (size if isinstance(size := sizes[split], int) else default[split] for split in _OFFICIAL)
    return by_split(word_problems.generate(seed, train, test, dev.wanted(dev_size, train)))


def by_split(problems: Sequence[Problem]) -> dict[str, Sequence[Problem | None]]:
    """The problems of each split; dev is one where there are any."""
    found = {split: [problem for problem in problems if problem.split == split] for split in SPLITS}
    return {split: rows for split, rows in found.items() if rows or split in _OFFICIAL}


def used_in_paper(dataset: str) -> frozenset[str] | None:
    """The hashes of the training questions that the paper used, or None where it used all."""
    path = _USED_ROWS / f"{dataset}.txt"
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else None


def _distinct(facts: Facts, parts: Parts) -> Parts:
    if facts.official_ids:
        for split, problems in parts.items():
            [(given, count)] = Counter(problem.id for problem in problems).most_common(1) or [("", 0)]
            if count > 1:
                raise UserError(f"{facts.name} {split}: the id {given!r} is there twice; fetch the official file again")
    first = {split: {problem.id: problem for problem in reversed(problems)} for split, problems in parts.items()}
    return {split: list(reversed(problems.values())) for split, problems in first.items()}


def _as_in_paper(dataset: str, size: Size, parts: Parts) -> Parts:
    used = used_in_paper(dataset)
    if used is None or size == ALL:
        return parts
    kept = [problem for problem in parts["train"] if question_hash(problem.question, problem.choices or ()) in used]
    if not kept:
        raise UserError(
            f"{dataset} train: none of {len(parts['train'])} rows is one of the {len(used)} that the paper trained on; "
            "set train_problems to 'all', or fetch the official file"
        )
    return {**parts, "train": kept}


def _disjoint(leaks: list[tuple[str, str]], parts: Parts) -> Parts:
    kept, found = part_leaks(parts["train"], parts["test"])
    leaks += found
    return {**parts, "train": kept}


def _sampled(dataset: str, sizes: dict[str, Size], seed: int, parts: Parts) -> Parts:
    sampled = {}
    for split, problems in parts.items():
        size, ordered = sizes.get(split), sorted(problems, key=_by_id)
        if isinstance(size, int) and size > len(problems):
            raise UserError(
                f"{dataset} {split} holds {len(problems)} problems, params ask for {size}; lower it or set null"
            )
        if isinstance(size, int) and size < len(problems):
            # Shuffled before it is cut, so that a larger sample contains the smaller one.
            ordered = sorted(random.Random(seed).sample(ordered, len(ordered))[:size], key=_by_id)
        sampled[split] = ordered
    return sampled
