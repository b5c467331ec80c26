"""Reading files of rows (JSON, JSON Lines, CSV, Parquet). A broken file raises a UserError of one line.

Readers give `Row`s, which know their place. Numbers of JSON stay text (`NumberText`), so that no digit is lost.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line

LARGEST_FILE = 512 * 2**20
"""Bytes: a JSON file is read whole, and none of the official ones comes near this."""
LONGEST_LINE = 16 * 2**20
"""Characters of one JSON line."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class NumberText(str):
    """A JSON number as it was written."""

    __slots__ = ()


class Row(dict[str, Any]):
    """A row that knows its `place`: its file (or repository), and its number there, from 0.

    Methods that return text raise a UserError that names the place and the key where there is no text.
    """

    __slots__ = ("place",)

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]], place: str) -> None:
        super().__init__(values)
        self.place = place

    def fault(self, told: str) -> UserError:
        """The error that says what is wrong with this row."""
        return UserError(f"{self.place}: {told}")

    def inner(self, key: str) -> "Row":
        """The object under `key`, or the row itself where no object stands there, as in the hub's flat layout."""
        value = self.get(key)
        return Row(value, self.place) if isinstance(value, dict) else self

    def text(self, key: str) -> str:
        """The text under `key`, stripped."""
        return self._text(key, self.get(key))

    def text_or_number(self, key: str) -> str:
        """Like `text`, for a field that may also hold a number."""
        value = self.get(key)
        return str(value) if isinstance(value, NumberText) else self.text(key)

    def texts(self, key: str) -> list[str]:
        """The list of non-empty texts under `key`."""
        value = self.get(key)
        if not isinstance(value, list) or not value:
            raise self.fault(f"{key!r} is {self._shown(key, value, 'a list of texts')}")
        return [self._text(key, item) for item in value]

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or isinstance(value, NumberText) or not value.strip():
            raise self.fault(f"{key!r} is {self._shown(key, value, 'text')}")
        if not value.isascii() and _SURROGATE.search(value):
            raise self.fault(f"{key!r} holds half a character (a lone surrogate); fetch the file again")
        return value.strip()

    def _shown(self, key: str, value: Any, wanted: str) -> str:
        if key not in self:
            return "missing"
        if isinstance(value, str) and not isinstance(value, NumberText) and not value.strip():
            return "empty"
        kinds = {NumberText: "a number", type(None): "null", bool: "true or false", list: "a list", dict: "an object"}
        return f"{kinds.get(type(value), type(value).__name__)}, not {wanted}"


def numbered(where: object, rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows with their places."""
    return (Row(row, f"{where}: row {number}") for number, row in enumerate(rows))


def rows_of(path: Path) -> list[Row]:
    """The rows of a file by its ending: .jsonl, .csv, .parquet, or .json (a list, or JSON Lines despite the name).

    Raises UserError where the ending is another, and as the readers do.
    """
    readers = {".json": json_rows, ".jsonl": json_lines, ".csv": csv_rows, ".parquet": parquet_rows}
    if path.suffix not in readers:
        raise UserError(f"{path}: ends in {path.suffix!r}; readable are .json, .jsonl, .csv and .parquet")
    return readers[path.suffix](path)


def json_rows(path: Path) -> list[Row]:
    """The rows of a JSON file that holds a list of objects, or an object a line.

    Raises UserError where the file is missing, empty, too large, not UTF-8, cut off, or holds anything else.
    """
    with _reading(path), path.open("rb") as file:
        if file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return json_lines(path)
    rows = json_value(path)
    if not isinstance(rows, list):
        raise UserError(f"{path}: holds no list of rows")
    if not rows:
        raise UserError(f"{path}: holds no rows; fetch the official file again")
    return [_object(path, number, row) for number, row in enumerate(rows)]


def json_value(path: Path) -> Any:
    """What a JSON file holds. Raises UserError where the file is missing, empty, too large, not UTF-8 or cut off."""
    with _reading(path):
        _check_size(path)
        text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise UserError(f"{path}: is empty; fetch the official file again")
    return _parsed(path, text, "")


def json_lines(path: Path) -> list[Row]:
    """The rows of a JSON Lines file, one object a line, empty lines left out. Raises as `json_rows` does."""
    rows: list[Row] = []
    with _reading(path, rows), path.open(encoding="utf-8-sig", newline="\n") as file:
        while line := file.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise UserError(f"{path}: row {len(rows)}: a line longer than {LONGEST_LINE:,} characters")
            if line.strip():
                rows.append(_object(path, len(rows), _parsed(path, line, f"row {len(rows)}: ")))
    if not rows:
        raise UserError(f"{path}: is empty; fetch the file again")
    return rows


def csv_rows(path: Path) -> list[Row]:
    """The rows of a CSV file with a header line; an empty cell is "". Raises UserError as `json_rows`, and for a
    ragged row."""
    rows: list[Row] = []
    with _reading(path, rows), path.open(encoding="utf-8-sig", newline="") as file:
        _check_size(path)
        lines = csv.reader(_without_nulls(path, file), strict=True)
        header = next(lines, None)
        if not header:
            raise UserError(f"{path}: is empty; its first line must name the columns")
        repeated = {name for name in header if header.count(name) > 1}
        if repeated:
            raise UserError(f"{path}: the column {min(repeated)!r} stands twice in the first line")
        for cells in filter(None, lines):
            if len(cells) != len(header):
                raise UserError(
                    f"{path}: row {len(rows)} (line {lines.line_num}): {len(cells)} cells, the first line names "
                    f"{len(header)} columns; quote cells that hold commas"
                )
            rows.append(Row(zip(header, cells, strict=True), f"{path}: row {len(rows)}"))
    if not rows:
        raise UserError(f"{path}: holds no rows under its first line")
    return rows


def parquet_rows(path: Path) -> list[Row]:
    """The rows of a Parquet file; numbers become `NumberText`. Raises UserError where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: not a readable Parquet file ({first_line(error)})") from error
    if not table.num_rows:
        raise UserError(f"{path}: holds no rows")
    return list(numbered(path, map(as_json, table.to_pylist())))


@contextmanager
def _reading(path: Path, rows: Sequence[Row] | None = None) -> Iterator[None]:
    """Faults of the file become one-line errors, which name the last of the `rows` that were read before."""
    try:
        yield
    except UnicodeDecodeError as error:
        place = f"at byte {error.start}" if rows is None else f"behind row {len(rows) - 1}"
        raise UserError(f"{path}: not UTF-8 {place}; save the file as UTF-8, or fetch it again") from error
    except csv.Error as error:
        raise UserError(f"{path}: not valid CSV behind row {len(rows or ()) - 1} ({error})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); put the official file there") from error


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise UserError(f"{path}: {size:,} bytes, too large to be read whole; give the rows as JSON Lines")


def _parsed(path: Path, text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_int=NumberText, parse_float=NumberText, parse_constant=NumberText)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: {where}not valid JSON, perhaps cut off ({error}); fetch the file again") from error


def _object(path: Path, number: int, row: object) -> Row:
    if not isinstance(row, dict):
        raise UserError(f"{path}: row {number} is no object")
    return Row(row, f"{path}: row {number}")


def _without_nulls(path: Path, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if "\0" in line:
            raise UserError(f"{path}: line {number + 1} holds a null byte; save the file as UTF-8 text")
        yield line


def as_json(value: Any) -> Any:
    """A Python value in the form that the JSON readers give: a number becomes `NumberText`."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    return NumberText(value)
