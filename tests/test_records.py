"""Tables between stages: what breaks the schema is named, what is written is whole."""

import dataclasses
import os
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.files import write_aside, write_text
from cot_distill.records import Example, Problem

PROBLEM = Problem("p-1", "word_problems", "train", "How many?", None, "number", "24", None, None)
EXAMPLE = Example("p-1", "How many?", "The answer is 24.")


def test_what_is_written_is_read_back_sorted(tmp_path: Path) -> None:
    rows = [dataclasses.replace(PROBLEM, id="p-2", choices=("a", "b")), PROBLEM]
    records.write(tmp_path / "t.parquet", rows, Problem)
    assert records.read(tmp_path / "t.parquet", Problem) == [rows[1], rows[0]]


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [PROBLEM, dataclasses.replace(PROBLEM, id="p-2")]
    records.write(tmp_path / "a", rows, Problem)
    records.write(tmp_path / "b", rows[::-1], Problem)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"gold": " "}, "row 0 ('p-1'): column 'gold' has no gold answer"),
        ({"gold": None}, "row 0 ('p-1'): column 'gold' is empty and may not be"),
        ({"question": 3}, "row 0 ('p-1'): column 'question' has type int, not str"),
        ({"split": "validation"}, "row 0 ('p-1'): column 'split' is 'validation', not one of train, dev, test"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as error:
        records.write(tmp_path / "t.parquet", [dataclasses.replace(PROBLEM, **change)], Problem)
    assert str(error.value) == f"{tmp_path / 't.parquet'}: {told}"
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has this problem id twice"):
        records.write(tmp_path / "t.parquet", [EXAMPLE, EXAMPLE], Example)


def test_a_table_of_another_schema_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"problem_id": ["p"], "prompt": ["x"]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"columns differ, missing \['completion'\]"):
        records.read(tmp_path / "t.parquet", Example)
    pq.write_table(pa.table({"problem_id": ["p"], "prompt": ["x"], "completion": [1]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match="column 'problem_id' is"):
        records.read(tmp_path / "t.parquet", Example)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all"])
def test_a_broken_table_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(UserError, match="not a readable Parquet table") as error:
        records.read(tmp_path / "t.parquet", Example)
    assert "\n" not in str(error.value)


def test_a_truncated_table_is_told_in_a_line(tmp_path: Path) -> None:
    records.write(tmp_path / "t.parquet", [EXAMPLE], Example)
    (tmp_path / "t.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:-20])
    with pytest.raises(UserError, match="not a readable Parquet table"):
        records.read(tmp_path / "t.parquet", Example)


def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "f", "old")
    with pytest.raises(KeyboardInterrupt), write_aside(tmp_path / "f") as aside:  # noqa: PT012
        aside.write_text("half")
        raise KeyboardInterrupt
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("f", "old")]


@pytest.mark.parametrize("name", ["folder", "folder/.", "folder/..", ".", ""])
def test_a_file_never_takes_the_place_of_a_folder(tmp_path: Path, monkeypatch, name: str) -> None:
    (tmp_path / "folder").mkdir()
    write_text(tmp_path / "folder/f", "kept")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"is a folder; name a file|'\.' is not the name of a file"):
        write_text(Path(name), "new")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "folder/f"]


def test_a_full_disk_is_told_in_a_line(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True)
    if mount.returncode != 0:
        pytest.skip("this machine forbids mounting a tmpfs")
    try:
        long = dataclasses.replace(EXAMPLE, completion=os.urandom(200_000).hex())
        with pytest.raises(UserError, match="cannot be written") as error:
            records.write(tmp_path / "t.parquet", [long], Example)
        assert "free space" in str(error.value)
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
