"""Thousands of mutations of every shape: each is read, or told in one line that names the file; nothing crashes."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.problems.look import look
from tests.problems.mutations import mutated
from tests.problems.shapes import CHOICES, SHAPES, cells, lines

MANY = pytest.mark.parametrize("examples", [120, pytest.param(3000, marks=pytest.mark.slow)])


def _check(folder: Path, name: str, content: bytes, columns: Columns) -> None:
    (folder / name).write_bytes(content)
    before = sorted(folder.iterdir())
    for bad_rows in ("stop", "drop"):
        try:
            found = own.load(folder, columns.model_copy(update={"bad_rows": bad_rows}), 1)
            assert all(list(one.faults()) == [] for one in found.problems)
            assert bad_rows == "drop" or not len(found.bad)
        except UserError as error:
            assert "\n" not in str(error), error
            assert name in str(error) or "own" in str(error), error
    assert sorted(folder.iterdir()) == before


@MANY
def test_mutated_rows(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = tmp_path_factory.mktemp("rows")

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        rows, _ = SHAPES[data.draw(st.sampled_from(sorted(SHAPES)))]
        name = data.draw(st.sampled_from(["mine.jsonl", "mine.json"]))
        shuffle = data.draw(st.booleans())
        _check(folder, name, mutated(lines(rows), data), Columns(file=name, shuffle_choices=shuffle))

    check()


@MANY
def test_mutated_tables(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = tmp_path_factory.mktemp("tables")
    plain = [
        {"question": row["question"], "choices": "|".join(row["choices"]), "answer": row["answer"]} for row in CHOICES
    ]

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        text = cells(plain, data.draw(st.sampled_from([",", ";", "\t"])))
        content = text.encode(data.draw(st.sampled_from(["utf-8", "utf-16", "latin-1"])))
        packed = data.draw(st.booleans())
        changed = mutated(gzip.compress(content) if packed else content, data)
        name = "mine.csv.gz" if packed else "mine.csv"
        _check(folder, name, changed, Columns(file=name, encoding=data.draw(st.sampled_from([None, "latin-1"]))))

    check()


@MANY
def test_mutated_tables_of_columns(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("columns")
    content = {}
    for name, compression in (("mine.parquet", "none"), ("packed.parquet", "snappy")):
        pq.write_table(pa.Table.from_pylist(CHOICES), folder / name, compression=compression)
        content[name] = (folder / name).read_bytes()
    table = pa.Table.from_pylist(CHOICES)
    with pa.OSFile(str(folder / "mine.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    content["mine.arrow"] = (folder / "mine.arrow").read_bytes()

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(content)))
        _check(folder, name, mutated(content[name], data), Columns(file=name))

    check()


@MANY
def test_mutated_settings(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = tmp_path_factory.mktemp("settings")
    name = st.sampled_from(
        ["question", "choices", "choices.text", "answer[0]", "a..b", "{question}", "{x?}", "[user]", "["]
    )

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        rows, _ = SHAPES[data.draw(st.sampled_from(sorted(SHAPES)))]
        kinds = st.sampled_from([None, "number", "letter", "letters", "boolean", "latex", "text"])
        columns = Columns(
            file="mine.jsonl",
            question=data.draw(st.none() | name),
            choices=data.draw(st.none() | st.just(False) | name | st.lists(name, max_size=3)),
            answer=data.draw(st.none() | name),
            rationale=data.draw(st.none() | st.just(False) | name),
            split=data.draw(st.none() | name),
            answer_form=data.draw(st.sampled_from([None, "named", "from_0", "from_1", "flags"])),
            answer_kind=data.draw(kinds),
        )
        _check(folder, "mine.jsonl", lines(rows), columns)

    check()


@MANY
def test_look_tells_of_whatever_there_is(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = tmp_path_factory.mktemp("look")

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        rows, _ = SHAPES[data.draw(st.sampled_from(sorted(SHAPES)))]
        (folder / "mine.jsonl").write_bytes(mutated(lines(rows), data))
        try:
            assert all(isinstance(line, str) for line in look(folder, Columns(file="mine.jsonl"), 1, None))
        except UserError as error:
            assert "\n" not in str(error), error

    check()
