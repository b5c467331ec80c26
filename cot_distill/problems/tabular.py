"""Reading tables: CSV in every dialect that programs write, Parquet and Arrow. See `reading` for what is raised."""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cot_distill.errors import UserError, first_line
from cot_distill.problems.opening import Dialect, Reading, arrow_source, lines, reading, text_of
from cot_distill.problems.row import Place, Row, as_json, numbered, placed

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = ",;\t|"
_SAMPLE = 2**16
"""Characters by which the delimiter is found, ..."""
_SAMPLED = 50
"""... and lines at most."""
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
        delimiter, escape = _sniffed(sample, dialect.delimiter or (told and told[1]))
        with text_of(path, dialect, None) as file:  # a line break in a cell is \n, whatever the file has
            if told:
                file.readline()
            table = csv.reader(_without_nulls(path, file), delimiter=delimiter, escapechar=escape, strict=True)
            yield from _table(path, table, read, delimiter)
    if not read.rows:
        raise UserError(f"{path}: holds no rows under its first line")


def _table(path: Path, table: Any, read: Reading, delimiter: str) -> Iterator[Row]:
    header = [name.strip() for name in next(table, [])]
    if not any(header):
        raise UserError(f"{path}: is empty; its first line must name the columns")
    repeated = {name for name in header if name and header.count(name) > 1}
    if repeated:
        raise UserError(f"{path}: the column {min(repeated)!r} is there twice in the first line")
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
    values = column.to_pylist()
    return values if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else map(as_json, values)


def _batches(path: Path, kind: str) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = arrow_source(path)
    if kind == "Parquet":
        with pq.ParquetFile(source) as file:
            yield from file.iter_batches(batch_size=4096)
        return
    stored = pa.memory_map(source) if isinstance(source, str) else source
    try:
        table = pa.ipc.open_file(stored).read_all()
    except pa.ArrowInvalid:  # as `datasets` keeps them
        stored.seek(0)
        table = pa.ipc.open_stream(stored).read_all()
    table.validate(full=True)  # to read on in a damaged file would end the whole program
    yield from table.to_batches(max_chunksize=4096)


def _sniffed(sample: str, told: str | None) -> tuple[str, str | None]:
    r"""(the delimiter by which the sample's whole lines have as many cells as the header: the one that gives most, and
    what stands before a quotation mark in a cell: another one, None, unless only \ makes sense of the lines)."""
    lines = list(io.StringIO(sample, newline=""))[:_SAMPLED]
    found: dict[tuple[str, str | None], tuple[bool, bool, bool, int]] = {}
    for escape in (None, "\\") if '\\"' in sample else (None,):
        for delimiter in (told,) if told else _DELIMITERS:
            reader = csv.reader(lines, delimiter=delimiter, escapechar=escape, strict=True)
            counts: list[int] = []
            reads = True
            try:
                counts.extend(len(cells) for cells in reader if any(cells))
            except csv.Error:
                reads = False
            whole = counts[:-1] if reads and len(counts) > 2 else counts  # the last one may be cut
            same = len(set(whole)) == 1 and whole[0] > 1
            found[delimiter, escape] = (same, reads, escape is None, counts[0] if counts else 0)
    return max(found, key=lambda dialect: found[dialect])


def _without_nulls(path: Path, file: TextIO) -> Iterator[str]:
    for number, line in enumerate(lines(path, file), start=1):
        if "\0" in line:
            raise UserError(
                f"{path}: line {number} holds a null byte; save the file as UTF-8 text, or set own.encoding"
            )
        yield line
