"""Your own problems: a JSONL, CSV or Parquet file whose columns a mapping names.

    question,answer,part                     dataset: own
    "How many legs have 3 cats?",12,train    own: {file: cats.csv, question: question, answer: answer, split: part}

`choices` names one column that holds a list (in CSV: a JSON list), or lists one column a choice.
"""

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical
from cot_distill.problems.benchmark import stable_id
from cot_distill.problems.questions import Identity, identity
from cot_distill.problems.reading import Row, rows_of, text_field, text_or_number, texts_field
from cot_distill.records import SPLITS, Problem

_DETECTED = ("number", "boolean", "letter")
_HELD_OUT = 5
"""Without a column `split`, one problem in five is a test problem."""


@dataclasses.dataclass(frozen=True, slots=True)
class Columns:
    """Which file, and which of its columns hold what."""

    file: str | None
    question: str
    answer: str
    choices: str | list[str] | None
    rationale: str | None
    split: str | None
    answer_kind: str | None
    """One of `KINDS`, or None: detected from the answers."""


def load(folder: Path, columns: Columns, seed: int) -> list[Problem]:
    """The problems of both splits. `seed` draws the test problems where no column names them.

    Raises UserError naming file, row and column where a row cannot be a problem, and where a question stands twice.
    """
    if columns.file is None:
        raise UserError("own.file is null; name your file (.jsonl, .csv or .parquet) in the folder of benchmarks")
    path = folder / columns.file
    rows = rows_of(path)
    _check_columns(path, rows[0], columns)
    choices = [_choices(path, number, row, columns) for number, row in enumerate(rows)]
    answers = [text_or_number(path, number, row, columns.answer) for number, row in enumerate(rows)]
    kind = columns.answer_kind or _detect(path, columns, answers, choices)
    problems = []
    seen: dict[Identity, int] = {}
    splits = _splits(path, rows, columns, seed)
    for number, (row, offered, answer, split) in enumerate(zip(rows, choices, answers, splits, strict=True)):
        gold = canonical(answer, kind, offered)
        if gold is None:
            raise UserError(f"{path}: row {number}: {columns.answer!r} is {answer[:40]!r}, not a {kind}")
        question = text_field(path, number, row, columns.question)
        rationale = None
        if columns.rationale and row.get(columns.rationale) not in (None, ""):
            rationale = text_field(path, number, row, columns.rationale)
        problem = Problem(
            id=stable_id("own", question, offered or ()),
            dataset="own",
            split=split,
            question=question,
            choices=offered,
            answer_kind=kind,
            gold=gold,
            rationale=rationale,
            solution=None,
        )
        same = identity(problem)
        if same in seen:
            raise UserError(f"{path}: row {number}: asks the same as row {seen[same]}; remove one of them")
        seen[same] = number
        problems.append(problem)
    return problems


def _check_columns(path: Path, first: Row, columns: Columns) -> None:
    wanted = [columns.question, columns.answer, columns.rationale, columns.split]
    wanted += columns.choices if isinstance(columns.choices, list) else [columns.choices]
    for name in wanted:
        if name is not None and name not in first:
            raise UserError(f"{path}: row 0 has no column {name!r}; it has: {', '.join(map(repr, first))[:300]}")


def _choices(path: Path, number: int, row: Row, columns: Columns) -> tuple[str, ...] | None:
    named = columns.choices
    if named is None:
        return None
    if isinstance(named, list):
        return tuple(text_or_number(path, number, row, name) for name in named)
    value: Any = row.get(named)
    if isinstance(value, str):  # CSV cells hold no lists
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise UserError(f'{path}: row {number}: {named!r} is no JSON list such as ["red", "blue"]') from None
        value = (
            [str(item) if isinstance(item, int | float) else item for item in value]
            if isinstance(value, list)
            else value
        )
    offered = texts_field(path, number, {named: value}, named)
    if len(offered) > 26:
        raise UserError(f"{path}: row {number}: {named!r} holds {len(offered)} choices; letters go to 26")
    return tuple(offered)


def _detect(path: Path, columns: Columns, answers: list[str], choices: list[tuple[str, ...] | None]) -> str:
    kinds = ("letter",) if columns.choices is not None else _DETECTED
    for kind in kinds:
        if all(canonical(answer, kind, offered) for answer, offered in zip(answers, choices, strict=True)):
            return kind
    if columns.choices is None and any("\\" in answer for answer in answers):
        return "latex"
    counts = {
        kind: [bool(canonical(answer, kind, offered)) for answer, offered in zip(answers, choices, strict=True)]
        for kind in kinds
    }
    likely = max(counts, key=lambda kind: sum(counts[kind]))
    odd = counts[likely].index(False)
    raise UserError(
        f"{path}: row {odd}: {columns.answer!r} is {answers[odd][:40]!r}, not a {likely} as most answers are; "
        f"mend it, or set own.answer_kind to one of {', '.join(KINDS)}"
    )


def _splits(path: Path, rows: list[Row], columns: Columns, seed: int) -> list[str]:
    if columns.split is None:
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        tested = set(order[: max(1, len(rows) // _HELD_OUT)])
        return ["test" if number in tested else "train" for number in range(len(rows))]
    splits = [text_field(path, number, row, columns.split) for number, row in enumerate(rows)]
    for number, split in enumerate(splits):
        if split not in SPLITS:
            raise UserError(f"{path}: row {number}: {columns.split!r} is {split[:40]!r}, not train or test")
    return splits
