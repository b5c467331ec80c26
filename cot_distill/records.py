"""The tables that pass between stages. A dataclass declares each table, and its fields are the schema.

A table is a Parquet file whose columns are the fields of its dataclass, in order, with exactly the declared types.
`write` checks every row before it writes, and leaves nothing half-written under the final name. `read` checks the
schema and every row again, so that a table that was damaged or edited between stages gets an error with row and column,
and trains no student.

Rows are sorted by their `key` (the problem's id first), so that equal work gives equal bytes. A column declared with
`later` is left out of the file if every row has its default there. So tables written before the column existed keep
their bytes.
"""

import dataclasses
import operator
import types
import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cot_distill.errors import UserError, first_line
from cot_distill.files import write_aside
from cot_distill.grading import KINDS

SPLITS = ("train", "dev", "test")
"""train: the student learns from it. dev: choices are made on it. test: the choices are measured on it."""

Key = tuple[str | int, ...]
"""A row's unique key, by which a table is sorted."""


def later(default: Any) -> Any:
    """A field of a table. Its column is left out of the file if every row has the default."""
    return dataclasses.field(default=default, metadata={"later": True})


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One benchmark item."""

    id: str
    dataset: str
    split: str
    question: str
    choices: tuple[str, ...] | None
    """The texts of the choices in letter order, or None if the question is open."""
    answer_kind: str
    gold: str
    """The benchmark's answer in canonical form: a number without separators, a letter, True/False, LaTeX."""
    rationale: str | None
    """The benchmark's own (human) solution, if it has one."""
    solution: str | None
    """The solution graph as JSON, for problems that the project generates itself."""
    more_rationales: tuple[str, ...] = later(())
    """More solutions, if the data have several."""

    @property
    def key(self) -> Key:
        return (self.id,)

    def faults(self) -> Iterable[tuple[str, str]]:
        if not self.gold.strip():
            yield "gold", "has no gold answer"
        if not self.question.strip():
            yield "question", "is empty"
        if self.split not in SPLITS:
            yield "split", f"is {self.split!r}, not one of {', '.join(SPLITS)}"
        if self.answer_kind not in KINDS:
            yield "answer_kind", f"is {self.answer_kind!r}, not one of {', '.join(KINDS)}"


@dataclasses.dataclass(frozen=True, slots=True)
class Rationale:
    """A chain of thought for one problem, and where it came from."""

    problem_id: str
    teacher: str
    granularity: int | None
    """1 (coarse) to 6 (fine); 0: answer only; None: the teacher wrote without a level."""
    format: str
    text: str
    """The CoT without its answer sentence. Empty in an answer-only arm."""
    stated_answer: str | None
    """The answer that the rationale states, in canonical form, or None if it states none."""
    verified: bool
    """Whether the stated answer equals the problem's gold."""
    model: str
    revision: str
    prompt_hash: str | None = None
    sampling: str | None = None
    """The sampling settings as JSON, or None if nothing was sampled."""
    finish_reason: str = "stop"
    tokens_in: int | None = None
    tokens_out: int | None = None
    sample: int = later(0)
    """The number of this rationale among those that the arm has for the problem, from 0."""
    thoughts: bool = later(False)
    """Whether the text is the teacher's thoughts from before its answer, or those thoughts in another format."""

    @property
    def key(self) -> Key:
        level = -1 if self.granularity is None else self.granularity
        return self.problem_id, level, self.thoughts, self.sample, self.teacher, self.format

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.granularity is not None and not 0 <= self.granularity <= 6:
            yield "granularity", f"is {self.granularity}, not 0 to 6"
        if self.verified and self.stated_answer is None:
            yield "verified", "is true without a stated answer"


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One completion that was requested from a teacher, and the verdict of verification on it."""

    problem_id: str
    granularity: int
    """The level that was requested; -1: none."""
    format: str
    attempt: int
    """From 0."""
    verdict: str
    """`good`, or why it was rejected; see `supervision.verification.VERDICTS`."""
    kept: bool
    """Whether it became one of the rationales."""
    text: str
    """The raw completion. If the request failed, the reason."""
    stated_answer: str | None
    finish_reason: str
    tokens_in: int | None
    tokens_out: int | None
    of: int = later(0)
    """The number of the rationale that was rewritten; see `Rationale.sample`."""
    thoughts: bool = later(False)
    """Whether the rationale is to be its thoughts."""

    @property
    def key(self) -> Key:
        return self.problem_id, self.granularity, self.of, self.attempt, self.thoughts, self.format

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.attempt < 0:
            yield "attempt", f"is {self.attempt}, not 0 or more"


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """What a student trains on, still without its chat template."""

    problem_id: str
    prompt: str
    completion: str
    sample: int = later(0)
    """The number of this example among the problem's, from 0."""
    thoughts: str = later("")
    """The thoughts before the completion. Each student's template marks them in its own way."""

    @property
    def key(self) -> Key:
        return self.problem_id, self.sample

    def faults(self) -> Iterable[tuple[str, str]]:
        if not self.prompt.strip():
            yield "prompt", "is empty"
        if not self.completion.strip():
            yield "completion", "is empty"


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """One completion of a test or dev problem, the answer read from it, and whether it is right."""

    problem_id: str
    dataset: str
    completion: str
    gold: str
    predicted: str | None
    correct: bool
    read_by: str | None
    """The reading step that found the answer, or None if no answer was found."""
    answered: bool
    ambiguous: bool
    """Whether several different answers were stated. The last one counts, or none if one statement has several."""
    contains_gold: bool
    """Whether gold is anywhere in the completion, stated as the answer or not."""
    truncated: bool
    """Whether the completion was cut at the token cap."""
    new_tokens: int
    sample: int = 0
    """The number of this completion among the problem's, from 0; see the param `decoding.samples`."""
    stated: bool = False
    """Whether the answer was stated explicitly, and not read by a fallback; see `grading.reading`."""
    asked_again: bool = False
    """Whether the student stated no answer and was asked again; see the param `decoding.ask_again`."""
    unclosed: bool = later(False)
    """Whether its thoughts did not end."""
    longest: bool | None = later(None)
    """Whether the longest of the problem's choices is the right one; None: it has no choices. Its mean is the accuracy
    of a reader who always names the longest choice."""

    @property
    def key(self) -> Key:
        return self.problem_id, self.sample

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.answered != (self.predicted is not None):
            yield "answered", "disagrees with predicted"
        if self.correct and not self.answered:
            yield "correct", "is true without an answer"
        if self.answered != (self.read_by is not None):
            yield "read_by", "disagrees with answered"
        if self.correct and not self.contains_gold:
            yield "contains_gold", "is false though the answer is right"
        if self.sample < 0:
            yield "sample", f"is {self.sample}, not 0 or more"


_FREE = "`dvc repro prepare` makes it, and asks and trains no model"
_BILLED = "`dvc repro {stage}` makes it; `cot-distill generate --dry-run` says before what asking its teacher costs"
_MADE_BY: dict[type, str] = {
    Problem: _FREE,
    Rationale: _BILLED.format(stage="generate"),
    Attempt: _BILLED.format(stage="generate"),
    Example: _BILLED.format(stage="transform"),
    Verdict: "`dvc repro` makes it: it trains the student, and asks it",
}
"""The cheapest command that makes a missing table, and what it costs."""


class Keyed(Protocol):
    """A row of any table."""

    @property
    def key(self) -> Key:
        """The row's unique key, by which the table is sorted."""

    def faults(self) -> Iterable[tuple[str, str]]:
        """The columns with a wrong value, each with what is wrong."""


Row = TypeVar("Row", bound=Keyed)


def write(path: Path, rows: Sequence[Row], kind: type[Row]) -> None:
    """Write rows as the table `path`, sorted by their key.

    Raises UserError, with file, row and column, if a row breaks the schema; and if the disk is full.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = sorted(rows, key=operator.attrgetter("key"))
    columns = {name: list(map(operator.attrgetter(name), ordered)) for name in _fields(kind)}
    _check(path, ordered, columns, kind)
    silent = {name for name, default in _later(kind).items() if all(value == default for value in columns[name])}
    said = {name: values for name, values in columns.items() if name not in silent}
    table = pa.table(said, schema=schema(kind, silent))
    with write_aside(path) as aside:
        pq.write_table(table, aside)


def read(path: Path, kind: type[Row]) -> list[Row]:
    """Read the table `path`; raises UserError if it is missing, not Parquet, or breaks the schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise UserError(f"{path}: no such table; {_MADE_BY.get(kind, 'run `dvc repro`')}")
    try:
        with pq.ParquetFile(path) as file:  # `read_table` would import pandas
            table = file.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{path}: not a readable Parquet table ({first_line(error)}); delete it and run `dvc repro`"
        ) from error
    wanted = schema(kind, _later(kind).keys() - set(table.schema.names))
    if not table.schema.equals(wanted):
        raise UserError(f"{path}: {_schema_difference(table.schema, wanted)}; delete it and run `dvc repro`")
    columns = {name: table.column(name).to_pylist() for name in table.schema.names}
    for name, (base, _) in _fields(kind).items():
        if base is tuple and name in columns:
            columns[name] = [value if value is None else tuple(value) for value in columns[name]]
    rows = [kind(**dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True)]
    _check(path, rows, columns, kind)
    return rows


def schema(kind: type[Row], without: Collection[str] = ()) -> Any:
    """The pyarrow schema of a table: names, types and nullability as its dataclass declares them."""
    import pyarrow as pa

    arrow = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), tuple: pa.list_(pa.string())}
    declared = {name: facts for name, facts in _fields(kind).items() if name not in without}
    return pa.schema([pa.field(name, arrow[base], nullable=nullable) for name, (base, nullable) in declared.items()])


def _later(kind: type[Row]) -> dict[str, Any]:
    """The columns that may be left out, each with its default."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    return {field.name: field.default for field in fields if field.metadata.get("later")}


def _fields(kind: type[Row]) -> dict[str, tuple[type, bool]]:
    """Each column's Python type (tuple for a list of strings) and whether it may be null."""
    fields = {}
    for name, hint in typing.get_type_hints(kind).items():
        nullable = isinstance(hint, types.UnionType)
        base = next(arg for arg in typing.get_args(hint) if arg is not types.NoneType) if nullable else hint
        fields[name] = (typing.get_origin(base) or base, nullable)
    return fields


def _check(path: Path, rows: Sequence[Row], columns: Mapping[str, Sequence[Any]], kind: type[Row]) -> None:
    for name, (base, nullable) in _fields(kind).items():
        allowed = {base, types.NoneType} if nullable else {base}
        if not allowed.issuperset(map(type, columns.get(name, ()))):
            number = next(number for number, value in enumerate(columns[name]) if type(value) not in allowed)
            value = columns[name][number]
            raise _fault(
                path, number, rows[number], name,
                "is empty and may not be" if value is None else f"has type {type(value).__name__}, not {base.__name__}",
            )  # fmt: skip
    for number, row in enumerate(rows):
        for name, fault in row.faults():
            raise _fault(path, number, row, name, fault)
    keys = list(map(operator.attrgetter("key"), rows))
    if len(set(keys)) < len(keys):
        first = {key: number for number, key in reversed(list(enumerate(keys)))}
        number = next(number for number, key in enumerate(keys) if first[key] != number)
        raise UserError(f"{path}: row {number} ({keys[number][0]!r}): the table has this problem id twice")


def _fault(path: Path, number: int, row: Keyed, column: str, fault: str) -> UserError:
    return UserError(f"{path}: row {number} ({row.key[0]!r}): column {column!r} {fault}")


def _schema_difference(found: Any, wanted: Any) -> str:
    missing = [name for name in wanted.names if name not in found.names]
    extra = [name for name in found.names if name not in wanted.names]
    if missing or extra:
        return "columns differ" + (f", missing {missing}" if missing else "") + (f", unknown {extra}" if extra else "")
    for field in wanted:
        if not found.field(field.name).equals(field):
            return f"column {field.name!r} is {found.field(field.name)}, declared as {field}"
    return f"the columns are in another order than {wanted.names}"
