"""Rows that hold lists of rows, as SQuAD's articles hold paragraphs and those their questions: one row for each."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cot_distill.problems.columns import Columns
from cot_distill.problems.detecting import asks
from cot_distill.problems.parts import Part, sampled
from cot_distill.problems.row import Place, Row, placed

_DEEPEST = 3


def unfolded(read: Sequence[Part], columns: Columns) -> tuple[Sequence[Part], list[Row], list[str]]:
    """(the parts, or where their rows ask nothing but hold lists of rows that do, parts of those; their first rows, by
    which columns are found out; a line about what was unfolded)."""
    names: list[str] = []
    first = sample = sampled(read)
    inner = read
    while not asks(sample, columns):
        found = {name for row in sample for name in _lists(row)}
        if len(found) != 1 or len(names) == _DEEPEST:
            return read, first, []
        names += found
        inner = [dataclasses.replace(part, rows=partial(_rows, part, names[-1])) for part in inner]
        sample = sampled(inner)
    return inner, sample, [f"each row is one of {' of each of '.join(map(repr, reversed(names)))}"] if names else []


def _lists(row: Row) -> list[str]:
    """The columns that hold lists of objects."""
    return [
        name
        for name, value in row.items()
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]


def _rows(part: Part, name: str) -> Iterator[Row]:
    """The rows in the column of this name, each with the other columns of the row that holds it."""
    number = 0
    for row in part.rows():
        shared = {other: value for other, value in row.items() if other != name}
        for one in _objects(row.get(name)):
            yield placed(shared | one, Place(row.place.where, number))
            number += 1


def _objects(value: object) -> Iterable[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
