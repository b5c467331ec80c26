"""Files of rows: what each broken one is told as, and thousands of mutations without a traceback."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems import reading
from cot_distill.problems.row import NumberText, Place, placed
from cot_distill.supervision.teachers.published import QuestionIndex, import_arm
from cot_distill.supervision.teachers.release import arms
from tests.layouts import official
from tests.problems.mutations import mutated

ROW = {"question": "How many?", "answer": 3}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", None, "no such file; put it there"),
        ("a.json", b"", "is empty"),
        ("a.json", b"[]", "holds no rows"),
        ("a.json", b'[{"question": "Ann', "not valid JSON, perhaps cut off"),
        ("a.json", b"\xff\xfe\x00", "not UTF-16-LE at its beginning"),
        ("a.json", b"[\xff", "not UTF-8 at its beginning; save it as UTF-8, or say what it is by own.encoding"),
        ("a.json", b"3", "holds no list of rows"),
        ("a.json", b"[1]", "row 0 is no object"),
        ("a.json", b"[" * 100_000, "not valid JSON"),
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b'{"a": "1"}\n{"a": ', "row 1: not valid JSON, perhaps cut off"),
        ("a.jsonl", b'{"a": "1"}\n[2]\n', "row 1 is no object"),
        ("a.jsonl", b'{"a": "1"}\n\xff\n', "not UTF-8"),
        ("a.csv", b"", "its first line must name the columns"),
        ("a.csv", b"a,b\n", "holds no rows under its first line"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "row 1 (line 3): 3 cells, the first line names 2 columns"),
        ("a.csv", b'a,b\n1,"2\n', "not valid CSV at its beginning"),
        ("a.csv", b"a,a\n1,2\n", "the column 'a' is there twice"),
        ("a.csv", b"a,b\n1,\x00\n", "line 2 holds a null byte"),
        ("a.csv", b"a,b\n1,\xff\n", "not UTF-8"),
        ("a.csv", b'a\tb\n1\t"2\n', "not valid CSV at its beginning"),
        ("a.parquet", b"PAR1 no", "not a readable Parquet file"),
        ("a.parquet", None, "no such file"),
        ("a.doc", b"x", "ends in '.doc'; readable are .json, .jsonl, .csv, .tsv, .parquet and .arrow, also packed"),
    ],
)
def test_a_broken_file_is_told_in_a_line(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        list(reading.rows_of(path))
    assert told in str(raised.value)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_a_single_line_of_a_gigabyte_is_refused_without_reading_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b'[{"question": "')
        file.truncate(2**30)  # sparse: it takes no space
    with pytest.raises(UserError, match=r"too large to be read whole|a line longer than"):
        list(reading.rows_of(path))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    for name, content in (("a.json", '[{"a": "1"}]'), ("a.jsonl", '{"a": "1"}'), ("b.json", '{"a": "1"}\n'), ("a.csv", "a\n1")):  # fmt: skip
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + content.encode())
        assert list(reading.rows_of(tmp_path / name)) == [{"a": "1"}]


def test_numbers_keep_their_digits() -> None:
    assert placed({"a": NumberText("7.10")}, Place("rows", 0)).text_or_number("a") == "7.10"
    with pytest.raises(UserError, match="rows: row 0: 'a' is a number, not text"):
        placed({"a": NumberText("7")}, Place("rows", 0)).text("a")


@pytest.mark.parametrize("examples", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_mutated_rows_never_crash_a_benchmark(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = _folder(tmp_path_factory)

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        file = data.draw(st.sampled_from(sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json*") if "strategyqa" not in str(path))))  # fmt: skip
        content = (folder / file).read_bytes()
        dataset = file.partition("/")[0]
        try:
            (folder / file).write_bytes(mutated(content, data))
            problems.load(dataset, folder, folder / "revisions.yaml", 1, {"train": "all", "test": None})
        except UserError as error:
            assert "\n" not in str(error), error
        finally:
            (folder / file).write_bytes(content)

    check()


@pytest.mark.parametrize("examples", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_mutated_rows_never_crash_the_importer(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    folder = _folder(tmp_path_factory)

    @settings(max_examples=examples, deadline=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        loaded = problems.load("obqa", folder, folder / "revisions.yaml", 1, {"train": None, "test": None}).problems
        path = folder / "published" / "obqa_llama_level1_ranked.json"
        path.parent.mkdir(exist_ok=True)
        rows = [{"instruction": "Q: Where is milk kept cold? Answer choices: A: oven, B: fridge, C: shoe, D: lamp", "output": "Fridges are cold. The answer is B"}]  # fmt: skip
        path.write_bytes(mutated(json.dumps(rows).encode(), data))
        try:
            [arm] = arms(path.parent)
            account = import_arm(arm, QuestionIndex(loaded["train"], loaded["test"])).account
            assert account.rows_in == account.rows_kept + sum(account.dropped.values())
        except UserError as error:
            assert "\n" not in str(error), error

    check()


_folders: list[Path] = []


def _folder(factory: pytest.TempPathFactory) -> Path:
    if not _folders:
        _folders.append(official(factory.mktemp("mutations")))
    return _folders[0]
