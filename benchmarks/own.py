"""How long a million rows of one's own take to load, from CSV, JSON Lines and Parquet.

    python -m benchmarks.own [ROWS]

The baseline is reading the same file with DuckDB alone, into Python's tuples. Each figure is taken in a process of
its own.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figures import tell
from benchmarks.pipeline import ROOT

_ROWS = 1_000_000
_PEAK = """
import sys, time
def peak():  # unlike getrusage's, of this program alone and not of the one that started it
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
"""
_LOAD = """
from pathlib import Path
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
path = Path(sys.argv[1])
start = time.monotonic()
found = own.load(path.parent, Columns(file=path.name), 1)
print(time.monotonic() - start, peak(), len(found.problems))
"""
_READ = """
import duckdb
start = time.monotonic()
rows = duckdb.execute(f"FROM '{sys.argv[1]}'").fetchall()
print(time.monotonic() - start, peak(), len(rows))
"""


def main(count: int) -> None:
    """Measure and print every figure."""
    with tempfile.TemporaryDirectory() as scratch:
        for path in _written(Path(scratch), count):
            seconds, peak = _taken(_LOAD, path, count)
            kind = path.suffix.removeprefix(".")
            tell(f"own_{kind}_seconds", seconds, "s", baseline=_taken(_READ, path, count)[0])
            tell(f"own_{kind}_peak_mb", peak, "MB")


def _written(folder: Path, count: int) -> list[Path]:
    """The same rows as files of three kinds."""
    draw = random.Random(1)
    rows = []
    for number in range(count):
        one, two = draw.randrange(1000), draw.randrange(1000)
        question = f"Shop {number} had {one} apples and bought {two} more. How many apples does shop {number} have now?"
        split = "train" if number % 100 else "test"
        rows.append({"question": question, "answer": one + two, "split": split})
    paths = [folder / f"rows.{ending}" for ending in ("csv", "jsonl", "parquet")]
    with paths[0].open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with paths[1].open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    pq.write_table(pa.Table.from_pylist(rows), paths[2])
    return paths


def _taken(code: str, path: Path, count: int) -> tuple[float, float]:
    """(seconds, peak of memory in MB) of a program that reads a file of so many rows."""
    told = subprocess.run(
        [sys.executable, "-c", _PEAK + code, str(path)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    seconds, peak, rows = told.split()
    assert int(rows) == count, f"{path}: {rows} rows of {count}"
    return float(seconds), float(peak)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS)
