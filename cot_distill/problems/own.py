"""Your own problems: a JSONL, CSV or Parquet file whose columns a mapping names.

    question,answer,part                     dataset: own
    "How many legs have 3 cats?",12,train    own: {file: cats.csv, question: question, answer: answer, split: part}

`choices` names one column that holds a list (in CSV: a JSON list), or lists one column a choice. With a column
`rationale` several rows may ask the same: each brings one rationale of the same problem.
"""

import dataclasses
import json
import random
from collections import Counter
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical
from cot_distill.problems.benchmark import Facts
from cot_distill.problems.questions import Identity, identity
from cot_distill.problems.reading import Row, rows_of
from cot_distill.records import SPLITS, Problem
from cot_distill.settings import Section, one_of

OWN = "own"
"""What the param `dataset` calls them."""
_DETECTED = ("number", "boolean", "letter")
_HELD_OUT = 5
"""Without a column `split`, one problem in five is a test problem."""
_JUDGED_FROM = 20
"""Fewer golds than these may fall on one position by chance."""
_ONE_SIDED = 0.95
"""The share of golds on one position from which always naming it would solve the file."""


class Columns(Section):
    """The section `own` of params.yaml: which file, and which of its columns hold what."""

    file: str | None
    question: str
    answer: str
    choices: str | list[str] | None
    rationale: str | None
    split: str | None
    answer_kind: Annotated[str | None, one_of((None, *KINDS))]
    """None: detected from the answers."""


def load(folder: Path, columns: Columns, seed: int) -> list[Problem]:
    """The problems of all splits. Without a column for the split, `seed` draws the test problems.

    Raises UserError naming file, row and column where a row cannot be a problem, where a question stands twice without
    bringing another rationale to the same answer, and where nearly all answers are the same letter.
    """
    if columns.file is None:
        raise UserError("own.file is null; name your file (.jsonl, .csv or .parquet) in the folder of benchmarks")
    path = folder / columns.file
    rows = rows_of(path)
    _check_columns(rows[0], columns)
    choices = [_choices(row, columns.choices) for row in rows]
    answers = [_answer(row, columns.answer) for row in rows]
    facts = Facts("own", columns.answer_kind or _detect(columns, rows, answers, choices), 0, "yours to state", OWN)
    problems: list[Problem] = []
    seen: dict[Identity, tuple[int, int]] = {}
    for number, (row, offered, answer) in enumerate(zip(rows, choices, answers, strict=True)):
        written = columns.rationale is not None and row.get(columns.rationale) not in (None, "")
        problem = facts.problem(
            row,
            _split(row, columns),
            row.text(columns.question),
            answer,
            choices=offered,
            rationale=row.text(columns.rationale or "") if written else None,
            answer_called=repr(columns.answer),
        )
        same = identity(problem)
        if same in seen:
            place, first = seen[same]
            problems[place] = _with_another(problems[place], problem, row, first)
            continue
        seen[same] = len(problems), number
        problems.append(problem)
    _check_positions(path, problems)
    return problems if columns.split is not None else _drawn(problems, seed)


def _with_another(problem: Problem, again: Problem, row: Row, first: int) -> Problem:
    """The problem with one more rationale: that of a row that asks the same. Raises UserError where it brings none."""
    if again.rationale is None or problem.rationale is None:
        raise row.fault(f"asks the same as row {first}; remove one of them")
    if (again.gold, again.split, again.choices) != (problem.gold, problem.split, problem.choices):
        raise row.fault(
            f"asks the same as row {first}, with another answer, split or choices; mend or remove one of them"
        )
    return dataclasses.replace(problem, more_rationales=(*problem.more_rationales, again.rationale))


def _answer(row: Row, name: str) -> str:
    value = row.get(name)
    return str(value) if isinstance(value, bool) else row.text_or_number(name)


def _check_positions(path: Path, problems: list[Problem]) -> None:
    """Raises UserError where nearly all golds are one letter, as where a file lists the correct choice first."""
    golds = Counter(problem.gold for problem in problems if problem.choices and problem.answer_kind == "letter")
    if golds.total() < _JUDGED_FROM:
        return
    [(letter, count)] = golds.most_common(1)
    if count >= _ONE_SIDED * golds.total():
        raise UserError(
            f"{path}: {count} of {golds.total()} answers are choice {letter}, so that always answering {letter} solves "
            "the file; put each row's choices in a random order"
        )


def _check_columns(first: Row, columns: Columns) -> None:
    wanted = [columns.question, columns.answer, columns.rationale, columns.split]
    wanted += columns.choices if isinstance(columns.choices, list) else [columns.choices]
    for name in wanted:
        if name is not None and name not in first:
            raise UserError(f"{first.place} has no column {name!r}; it has: {', '.join(map(repr, first))[:300]}")


def _choices(row: Row, named: str | list[str] | None) -> tuple[str, ...] | None:
    if named is None:
        return None
    if isinstance(named, list):
        offered = [row.text_or_number(name) for name in named]
    elif isinstance(row.get(named), str):  # CSV cells hold no lists
        try:
            value = json.loads(row[named])
        except (ValueError, RecursionError):
            raise row.fault(f'{named!r} is no JSON list such as ["red", "blue"]') from None
        if isinstance(value, list):
            value = [str(item) if isinstance(item, int | float) else item for item in value]
        offered = Row({named: value}, row.place).texts(named)
    else:
        offered = row.texts(named)
    if len(offered) > len(ascii_uppercase):
        raise row.fault(f"{named!r} holds {len(offered)} choices; letters go to {len(ascii_uppercase)}")
    return tuple(offered)


def _detect(columns: Columns, rows: list[Row], answers: list[str], choices: list[tuple[str, ...] | None]) -> str:
    kinds = ("letter",) if columns.choices is not None else _DETECTED
    fits = {
        kind: [bool(canonical(answer, kind, offered)) for answer, offered in zip(answers, choices, strict=True)]
        for kind in kinds
    }
    for kind in kinds:
        if all(fits[kind]):
            return kind
    if columns.choices is None and any("\\" in answer for answer in answers):
        return "latex"
    likely = max(fits, key=lambda kind: sum(fits[kind]))
    odd = fits[likely].index(False)
    raise rows[odd].fault(
        f"{columns.answer!r} is {answers[odd][:40]!r}, not a {likely} as most answers are; "
        f"mend it, or set own.answer_kind to one of {', '.join(KINDS)}"
    )


def _split(row: Row, columns: Columns) -> str:
    split = "train" if columns.split is None else row.text(columns.split)
    if split not in SPLITS:
        raise row.fault(f"{columns.split!r} is {split[:40]!r}, not {', '.join(SPLITS[:-1])} or {SPLITS[-1]}")
    return split


def _drawn(problems: list[Problem], seed: int) -> list[Problem]:
    """The same problems, one in five of them a test problem."""
    order = list(range(len(problems)))
    random.Random(seed).shuffle(order)
    tested = set(order[: max(1, len(problems) // _HELD_OUT)])
    return [
        dataclasses.replace(problem, split="test") if number in tested else problem
        for number, problem in enumerate(problems)
    ]
