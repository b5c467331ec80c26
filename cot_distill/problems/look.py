"""What your data hold: their files and columns, five problems as the student reads them, what is wrong with which rows,
and the section `own` of params.yaml by which they are read."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.problems.columns import Columns
from cot_distill.problems.opening import encoding_of, ending
from cot_distill.problems.own import load
from cot_distill.problems.parts import Part, check_whole, counted, is_hub_id, parts
from cot_distill.problems.paths import structured, turns
from cot_distill.problems.positions import baselines, golds_by_position, told
from cot_distill.problems.reading import READABLE
from cot_distill.problems.row import NumberText
from cot_distill.problems.wording import prompt
from cot_distill.records import SPLITS, Problem

_SHOWN = 5
_VALUE = 60
_GOLDS = 8
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
_WORDS_OF_YAML = {"yes", "no", "true", "false", "null", "on", "off", "y", "n"}
_TEXT_FILES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")


def look(folder: Path, columns: Columns, seed: int, revisions: Path | None) -> Iterator[str]:
    """The lines that tell of the data, each as soon as it is known.

    Raises UserError, behind what could be told, where a file is broken or what a column holds cannot be told.
    """
    found = parts(columns, folder, revisions)
    yield from _files(found)
    brought = load(
        folder, columns.model_copy(update={"bad_rows": "drop"}), seed, revisions, with_dev=True, judged=False
    )
    every = {split: [one for one in brought.problems if one.split == split] for split in SPLITS}
    by_split = {split: rows for split, rows in every.items() if rows}
    how = " (drawn: nothing in the data names splits)" if brought.drawn else ""
    yield f"problems: {', '.join(f'{split} {len(rows):,}' for split, rows in by_split.items())}{how}"
    yield f"kind: {brought.columns.answer_kind}; golds: {_golds(brought.problems)}"
    for split, rows in by_split.items():
        if without := baselines(rows):
            yield f"without reading a question, of the {split} problems: {told(without)}"
    yield from brought.notes
    if len(brought.bad):
        yield f"{len(brought.bad):,} rows cannot be used:"
        yield from (f"  {line}" for line in brought.bad.lines())
    for number, problem in enumerate(brought.problems[:_SHOWN]):
        yield f"\n--- {number + 1} of {len(brought.problems):,} ({problem.split}), as the student reads it\n"
        yield prompt(problem)
        yield f"\n--- gold: {problem.gold.replace(chr(10), ' | ')}"
        if problem.rationale:
            yield f"--- rationale: {_cut(problem.rationale, 4 * _VALUE)}"
    yield "\n--- for params.yaml\n"
    yield from _section(folder, brought.columns.model_copy(update={"bad_rows": columns.bad_rows}))
    brought.check_positions()
    if columns.bad_rows == "stop":
        brought.bad.check()


def _files(found: Sequence[Part]) -> Iterator[str]:
    """Each file with its rows, or what is wrong with it; then the columns. Raises UserError where one is broken."""
    counts = {part.name: counted(part) for part in found}
    for part in found:
        count = counts[part.name]
        if isinstance(count, UserError):
            yield f"{part.name}: broken: {str(count).removeprefix(f'{part.name}: ')}"
        else:
            yield f"{part.name}: {count:,} rows{f', {part.split}' if part.split else ''}{_told_encoding(part.name)}"
    check_whole(counts)
    yield "columns:"
    first: dict[str, Any] = next(found[0].rows(), {})  # a split of the hub may be empty
    yield from (f"  {name}: {_kind(value)}, {_cut(str(value), _VALUE)}" for name, value in first.items())


def _told_encoding(name: str) -> str:
    path = Path(name)
    if ending(path) not in _TEXT_FILES or not path.is_file():
        return ""
    encoding = encoding_of(path, Columns().dialect)
    return "" if encoding.startswith("utf-8") else f", {encoding.upper()} by its first bytes"


def _kind(value: Any) -> str:
    value = structured(value)
    if turns(value):
        return "a conversation"
    kinds = {NumberText: "number", bool: "true or false", list: "list", dict: "object", type(None): "null"}
    return kinds.get(type(value), "text")


def _golds(problems: Sequence[Problem]) -> str:
    golds = golds_by_position(problems) or Counter(problem.gold for problem in problems)
    shown = sorted(golds.items()) if len(golds) <= _GOLDS else golds.most_common(_GOLDS)
    more = f", and {len(golds) - len(shown):,} others" if len(golds) > len(shown) else ""
    return ", ".join(f"{_cut(gold, _VALUE)} {count:,}" for gold, count in shown) + more


def _section(folder: Path, columns: Columns) -> Iterator[str]:
    yield "dataset: own"
    if not is_hub_id(columns.file or "", folder):
        yield f"benchmarks: {_scalar(str(folder.resolve()))}"
    yield "own:"
    defaults = Columns().model_dump()
    for name, value in columns.model_dump().items():
        if value != defaults[name]:
            yield f"  {name}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    """A value as YAML: what JSON writes, without needless quotation marks."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _WORDS_OF_YAML:
        return value
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[:longest]} …"


def source(given: str, here: Path) -> tuple[Path, str]:
    """(the folder, the name in it) of what a command line names: a file, a folder, a glob, or a data set of the hub.

    Raises UserError where it is none of these.
    """
    path = here / given
    if is_hub_id(given, here):
        return here, given
    if path.exists() or (path.parent.is_dir() and re.search(r"[*?\[]", path.name)):
        return path.parent, path.name
    raise UserError(f"{given}: no such file or folder; readable are {', '.join(READABLE)}, or OWNER/NAME of the hub")
