"""Opening files of data: what they are packed in, which characters they hold, and what a broken one is told as."""

import codecs
import csv
import dataclasses
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, TextIO

from cot_distill.errors import UserError, first_line

LARGEST_FILE = 512 * 2**20
"""Bytes: what is read whole may not be larger."""
LONGEST_LINE = 16 * 2**20
"""Characters of one line."""

_PACKED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins as UTF-16's does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""What a file begins with whose encoding they tell."""
_UTF_8 = "utf-8-sig"


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written, where its own bytes do not say."""

    delimiter: str | None = None
    """Between the cells of a CSV file; None: found out."""
    encoding: str | None = None
    """None: UTF-8, or UTF-16 or UTF-32 where the file begins with its mark."""


class Reading:
    """How far a file has been read."""

    def __init__(self) -> None:
        self.rows = 0

    @property
    def place(self) -> str:
        """Where one has come to."""
        return f"behind row {self.rows - 1}" if self.rows else "at its beginning"


def ending(path: Path) -> str:
    """What a file's name ends in below the ending of a packer: ".jsonl" of "a.JSONL.gz"."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked. Raises OSError."""
    packed = _PACKED.get(path.suffix.lower())
    if packed is None:
        with path.open("rb") as file:
            yield file
        return
    import pyarrow as pa

    with path.open("rb"), pa.input_stream(str(path), compression=packed) as stream:  # the first tells it is missing
        yield stream


@contextmanager
def text_of(path: Path, dialect: Dialect, newline: str | None) -> Iterator[io.TextIOWrapper]:
    """The file's text. `newline` as `open` has it. Raises OSError and UnicodeError."""
    with opened(path) as file, io.TextIOWrapper(file, encoding_of(path, dialect), newline=newline) as text:
        yield text


def encoding_of(path: Path, dialect: Dialect) -> str:
    """The encoding that was told, else what the file's first bytes say, else UTF-8. Raises OSError."""
    if dialect.encoding is not None:
        return _UTF_8 if codecs.lookup(dialect.encoding).name == "utf-8" else dialect.encoding
    with opened(path) as file:
        first = file.read(4)
    return next((encoding for mark, encoding in _MARKS.items() if first.startswith(mark)), _UTF_8)


def lines(path: Path, file: TextIO) -> Iterator[str]:
    """The lines of a text, each with its end. Raises UserError where one is too long."""
    for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise UserError(f"{path}: line {number}: a line longer than {LONGEST_LINE:,} characters")
        yield line


def whole(path: Path, dialect: Dialect) -> str:
    """All text of a file. Raises OSError and UnicodeError, and UserError where it is too large."""
    size = path.stat().st_size
    if size <= LARGEST_FILE:
        with text_of(path, dialect, "\n") as file:
            text = file.read(LARGEST_FILE + 1)
        size = len(text)
    if size > LARGEST_FILE:
        raise UserError(f"{path}: {size:,} bytes, too large to be read whole; give the rows as JSON Lines")
    return text


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Faults of the file become one-line errors; count the rows that were read in what this gives."""
    read = Reading()
    try:
        yield read
    except UnicodeError as error:
        given = getattr(error, "encoding", "the encoding told").upper()
        raise UserError(
            f"{path}: not {given} {read.place}; save it as UTF-8, or say what it is by own.encoding (latin-1, cp1252, "
            "utf-16)"
        ) from error
    except csv.Error as error:
        raise UserError(f"{path}: not valid CSV {read.place} ({error})") from error
    except FileNotFoundError as error:
        raise UserError(
            f"{path}: no such file; put it there, or name another place by the param benchmarks (data of your own: "
            "another file by own.file)"
        ) from error
    except OSError as error:
        why = error.strerror or first_line(error)
        raise UserError(f"{path}: cannot be read ({why}); fetch it again") from error


def arrow_source(path: Path) -> Any:
    """What pyarrow reads a file of columns from: its path, or its bytes where it is packed."""
    if path.suffix.lower() not in _PACKED:
        return str(path)
    import pyarrow as pa

    with opened(path) as file:
        return pa.BufferReader(file.read(LARGEST_FILE))
