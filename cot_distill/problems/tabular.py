"""Reading tables: CSV in every dialect that programs write, Parquet and Arrow. See `reading` for what is raised."""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cot_distill.errors import UserError, first_line
from cot_distill.problems.opening import LONGEST_LINE, Dialect, Reading, arrow_source, lines, reading, text_of
from cot_distill.problems.row import NumberText, Place, Row, as_json, numbered, placed

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = ",;\t|"
_SAMPLE = 2**16
"""Characters by which the delimiter is found, ..."""
_SAMPLED = 50
"""... and lines at most."""
_WAYS: tuple[dict[str, Any], ...] = ({}, {"escapechar": "\\"}, {"skipinitialspace": True})
"""How cells with quotation marks are written, the plainest first: doubled in cells, behind a backslash, behind a
space."""
_NO_QUOTES = re.compile(r'(?:^|\t)"[^"\t\n]*"[^"\t\r\n]', re.M)
"""A cell between tabs that goes on behind its second quotation mark: then none of them means anything."""
_SEP = re.compile(r"sep=(.)\r?\n")
"""What Excel reads the delimiter from, in a line before the header."""


def csv_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """The rows of a CSV file with a header line; an empty cell is "". Columns without a name are left out.

    The delimiter is the one that was told, else the one by which all first lines have as many cells as the header.
    Raises as `reading.rows_of` does, and for a ragged row.
    """
    with reading(path) as read:
        with text_of(path, dialect, "") as file:
            sample = file.read(_SAMPLE)
        told = _SEP.match(sample)
        written = _sniffed(sample, dialect.delimiter or (told and told[1]))
        with text_of(path, dialect, None) as file:  # a line break in a cell is \n, whatever the file has
            if told:
                file.readline()
            csv.field_size_limit(LONGEST_LINE)
            table = csv.reader(_without_nulls(path, file), strict=True, **written)
            yield from _table(path, table, read, written["delimiter"])
    if not read.rows:
        raise UserError(f"{path}: holds no rows under its first line")


def _table(path: Path, table: Any, read: Reading, delimiter: str) -> Iterator[Row]:
    header = [name.strip() for name in next(table, [])]
    if not any(header):
        raise UserError(f"{path}: is empty; its first line must name the columns")
    _check_once(path, filter(None, header), " in the first line")
    where, unnamed = str(path), "" in header
    for cells in filter(any, table):
        try:
            row = placed(zip(header, cells, strict=True), Place(where, read.rows))
        except ValueError:
            raise UserError(
                f"{path}: row {read.rows} (line {table.line_num}): {len(cells)} cells, the first line names "
                f"{len(header)} columns; quote cells that hold {delimiter!r}"
            ) from None
        if unnamed:
            del row[""]
        yield row
        read.rows += 1


def _check_once(path: Path, header: Iterable[str], where: str = "") -> None:
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise UserError(f"{path}: the column {min(repeated)!r} is there twice{where}")


def column_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """The rows of a Parquet or Arrow file; numbers become text. Raises UserError where it cannot be read."""
    import pyarrow as pa

    kind = "Parquet" if ".parquet" in path.suffixes else "Arrow"
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    count = 0
    try:
        for row in numbered(path, itertools.chain.from_iterable(map(_rows, _batches(path, kind)))):
            count += 1
            yield row
    except (pa.ArrowException, OSError, UnicodeDecodeError, KeyError) as error:  # a map's key that is there twice
        raise UserError(f"{path}: not a readable {kind} file ({first_line(error)})") from error
    if not count:
        raise UserError(f"{path}: holds no rows")


def _rows(batch: "pa.RecordBatch") -> Iterator[Iterable[tuple[str, Any]]]:
    names = batch.schema.names
    return (zip(names, row, strict=True) for row in zip(*map(_values, batch.columns), strict=True))


def _values(column: "pa.Array") -> Iterable[Any]:
    """The values of a column in the form of `as_json`."""
    import pyarrow as pa

    if pa.types.is_nested(column.type):  # pyarrow takes four times as long where it looks for maps
        return map(as_json, column.to_pylist(maps_as_pydicts="strict"))
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):  # 3.1 is no 3.0999999046325684
        column = column.cast(pa.float32()).cast(pa.string())
        return (None if value in (None, "nan") else NumberText(value) for value in column.to_pylist())
    values = column.to_pylist()
    return values if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else map(as_json, values)


def _batches(path: Path, kind: str) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = arrow_source(path)
    if kind == "Parquet":
        with pq.ParquetFile(source) as file:
            _check_once(path, file.schema_arrow.names)
            yield from file.iter_batches(batch_size=4096)
        return
    stored = pa.memory_map(source) if isinstance(source, str) else source
    try:
        table = pa.ipc.open_file(stored).read_all()
    except pa.ArrowInvalid:  # as `datasets` keeps them
        stored.seek(0)
        table = pa.ipc.open_stream(stored).read_all()
    _check_once(path, table.schema.names)
    table.validate(full=True)  # to read on in a damaged file would end the whole program
    yield from table.to_batches(max_chunksize=4096)


def _sniffed(sample: str, told: str | None) -> dict[str, Any]:
    """How `csv` must read the sample so that its whole lines have as many cells as the header; of several ways the
    plainest, and then the delimiter that gives most cells."""
    lines = list(io.StringIO(sample, newline=""))[:_SAMPLED]
    cut = len(sample) == _SAMPLE or len(lines) == _SAMPLED  # perhaps within the last line, or a cell of it
    if lines and "\t" in lines[0] and told in (None, "\t") and _NO_QUOTES.search(sample):
        return {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    found: list[tuple[tuple[bool, bool, int, int], dict[str, Any]]] = []
    for plain, way in enumerate(reversed(_WAYS)) if '"' in sample else ((0, _WAYS[0]),):
        for delimiter in (told,) if told else _DELIMITERS:
            written = {"delimiter": delimiter, **way}
            counts: list[int] = []
            reads = True
            try:
                counts.extend(len(cells) for cells in csv.reader(lines, strict=True, **written) if any(cells))
            except csv.Error:
                reads = False
            whole = counts[:-1] if cut and reads and len(counts) > 2 else counts
            same = len(set(whole)) == 1 and whole[0] > 1
            found.append(((same, reads, plain, counts[0] if counts else 0), written))
    return max(found, key=lambda one: one[0])[1]


def _without_nulls(path: Path, file: TextIO) -> Iterator[str]:
    for number, line in enumerate(lines(path, file), start=1):
        if "\0" in line:
            raise UserError(
                f"{path}: line {number} holds a null byte; save the file as UTF-8 text, or set own.encoding"
            )
        yield line
