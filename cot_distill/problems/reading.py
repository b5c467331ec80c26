"""Reading files of rows: JSON, JSON Lines, CSV, Parquet, Arrow, packed or not. A broken one raises a UserError.

Readers give `Row`s one after the other. Numbers stay text as they were written.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.problems import tabular
from cot_distill.problems.opening import Dialect, ending, lines, reading, text_of, whole
from cot_distill.problems.row import NumberText, Place, Row, placed

_PLAIN = Dialect()
_SPLITS = set("train validation dev test".split())
_LISTS = set("data rows examples instances items questions problems records samples".split()) | _SPLITS
"""What the list of rows is called in a file that holds it beside other facts."""


def rows_of(path: Path, dialect: Dialect = _PLAIN) -> Iterator[Row]:
    """The rows of a file by its ending, read as they are asked for.

    Raises UserError where the ending is unknown, the file missing, empty, too large, cut off, in another encoding, or
    not what its ending says.
    """
    if (found := ending(path)) in _SHEETS:
        raise UserError(f"{path}: a workbook, which is not read; save its sheet as CSV (UTF-8)")
    if found in _ARCHIVES:
        raise UserError(f"{path}: a packed archive, which is not read; unpack it, and name the folder or the file")
    if found not in _READERS:
        raise UserError(
            f"{path}: ends in {path.suffix!r}; readable are .json, .jsonl, .csv, .tsv, .parquet and .arrow, also "
            "packed as .gz, .zst or .bz2"
        )
    return _READERS[found](path, dialect)


_SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar", ".xz")


def json_rows(path: Path, dialect: Dialect = _PLAIN) -> Iterator[Row]:
    """The rows of a JSON file: a list of objects, objects one behind another, one object that holds such a list, or
    columns. Raises as `rows_of` does."""
    value = json_value(path, dialect)
    return iter(_unpacked(path, value) if isinstance(value, dict) else _objects(path, value))


def json_value(path: Path, dialect: Dialect = _PLAIN) -> Any:
    """What a JSON file holds; of several values their list. Raises as `rows_of` does."""
    with reading(path):
        text = whole(path, dialect)
    values = list(_values(path, text, ""))
    if not values:
        raise UserError(f"{path}: is empty; fetch the official file again")
    return values if len(values) > 1 else values[0]


def json_lines(path: Path, dialect: Dialect = _PLAIN) -> Iterator[Row]:
    """The rows of a JSON Lines file, one object a line, empty lines left out. Raises as `rows_of` does."""
    where = str(path)
    with reading(path) as read, text_of(path, dialect, "\n") as file:
        for line in lines(path, file):
            if not read.rows and line[:80].lstrip().startswith("["):
                yield from json_rows(path, dialect)  # one list, despite its name
                return
            for value in _values(path, line, f"row {read.rows}: "):
                yield _object(where, read.rows, value)
                read.rows += 1
    if not read.rows:
        raise UserError(f"{path}: is empty; fetch the file again")


def _unpacked(path: Path, value: dict[str, Any]) -> list[Row]:
    """The rows of a file that is one object: the one list of objects that it holds ({"data": […]}), those of each split
    ({"train": […], "test": […]}), those by their ids ({"q1": {…}, …}), or its columns ({"question": […], …}, as pandas
    and datasets write them); else the object itself, as a row."""
    if len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        return _unpacked(path, inner)
    if len(value) > 1 and all(name.casefold() in _SPLITS and _holds_objects(inner) for name, inner in value.items()):
        return _objects(path, [{"split": name, **row} for name, inner in value.items() for row in inner])
    if len(value) > 1 and all(isinstance(row, dict) and not all(map(str.isdigit, row)) for row in value.values()):
        return _objects(path, list(value.values()))
    names, cells = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(cells, list) and all(isinstance(row, list) for row in cells):
        return _objects(path, [dict(zip(map(str, names), row, strict=False)) for row in cells])  # pandas' "split"
    lists = [inner for name, inner in value.items() if name.casefold() in _LISTS and _holds_objects(inner)]
    columns = {name: list(inner.values()) if isinstance(inner, dict) else inner for name, inner in value.items()}
    of_rows = len(value) > 1 and all(isinstance(inner, list) and inner for inner in columns.values())
    same = of_rows and len({tuple(inner) if isinstance(inner, dict) else len(inner) for inner in value.values()}) == 1
    if same:
        return _objects(path, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])
    return _objects(path, lists[0] if len(lists) == 1 else [value])


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _objects(path: Path, value: Any) -> list[Row]:
    if not isinstance(value, list):
        raise UserError(f"{path}: holds no list of rows")
    if not value:
        raise UserError(f"{path}: holds no rows; fetch the official file again")
    return [_object(str(path), number, row) for number, row in enumerate(value)]


def _values(path: Path, text: str, where: str) -> Iterator[Any]:
    """The values that a text holds one behind another; a comma may stand between them."""
    end = _begins(text, 0)
    try:
        while end < len(text):
            value, end = _DECODER.raw_decode(text, end)
            yield value
            end = _begins(text, end)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: {where}not valid JSON, perhaps cut off ({error}); fetch the file again") from error


def _begins(text: str, place: int) -> int:
    """Where the next value begins, from a place on."""
    found = _BETWEEN.match(text, place)
    return found.end() if found else place


_BETWEEN = re.compile(r"[ \t\n\r]*,?[ \t\n\r]*")


def _constant(name: str) -> NumberText | None:
    return None if name == "NaN" else NumberText(name)


_DECODER = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_constant)
"""Made once: `json.loads` would make one for each row."""


def _object(where: str, number: int, row: object) -> Row:
    if not isinstance(row, dict):
        raise UserError(f"{where}: row {number} is no object")
    return placed(row, Place(where, number))


_READERS: dict[str, Callable[[Path, Dialect], Iterator[Row]]] = {
    ".json": json_rows,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".csv": tabular.csv_rows,
    ".tsv": tabular.csv_rows,
    ".txt": tabular.csv_rows,  # Excel's "Unicode text"; a folder's are rather a README
    ".parquet": tabular.column_rows,
    ".arrow": tabular.column_rows,
    ".feather": tabular.column_rows,
    ".ipc": tabular.column_rows,
}
READABLE = tuple(name for name in _READERS if name != ".txt")
"""The endings of files that a folder is searched for."""
