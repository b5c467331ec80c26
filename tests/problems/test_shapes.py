"""Every shape of data is read as the same problems as its plain twin; what cannot be is told in a line."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.problems.wording import prompt
from tests.problems.shapes import CHOICES, FILES, NUMBERS, SHAPES, lines, parquet

SEEN = {"id", "split", "question", "choices", "answer_kind", "gold"}


def problems(folder: Path, name: str, **settings: Any) -> list[dict[str, Any]]:
    found = own.load(folder, Columns(file=name, **settings), 1).problems
    return [{field: getattr(one, field) for field in SEEN} for one in sorted(found, key=lambda one: one.id)]


def twin(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (folder / "twin.jsonl").write_bytes(lines(rows))
    return problems(folder, "twin.jsonl")


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read_as_its_twin(tmp_path: Path, shape: str) -> None:
    rows, plain = SHAPES[shape]
    (tmp_path / "mine.jsonl").write_bytes(lines(rows))
    assert problems(tmp_path, "mine.jsonl") == twin(tmp_path, plain)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read_from_parquet_and_json(tmp_path: Path, shape: str) -> None:
    rows, plain = SHAPES[shape]
    parquet(rows, tmp_path / "mine.parquet")
    (tmp_path / "mine.json").write_text(json.dumps(rows, indent=1))
    assert problems(tmp_path, "mine.parquet") == problems(tmp_path, "mine.json") == twin(tmp_path, plain)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_found_out_reads_the_same_when_it_is_written_down(tmp_path: Path, shape: str) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines(SHAPES[shape][0]))
    found = own.load(tmp_path, Columns(file="mine.jsonl"), 1)
    again = own.load(tmp_path, found.columns, 1)
    assert (again.problems, again.columns) == (found.problems, found.columns)


def test_the_twins_are_what_they_seem(tmp_path: Path) -> None:
    assert [(one["question"], one["choices"], one["gold"]) for one in sorted(twin(tmp_path, CHOICES), key=lambda one: one["gold"])] == [
        ("Fire is", ("hot", "cold", "loud"), "A"),
        ("Ice is", ("hot", "cold", "loud"), "B"),
        ("Thunder is", ("hot", "cold", "loud"), "C"),
    ]  # fmt: skip
    assert {(one["answer_kind"], one["gold"]) for one in twin(tmp_path, NUMBERS)} == {("number", "12"), ("number", "12000")}  # fmt: skip
    kinds = {name: {one["answer_kind"] for one in twin(tmp_path, rows)} for name, (_, rows) in SHAPES.items()}
    assert kinds["several are right"] == {"letters"} and kinds["BoolQ"] == {"boolean"}
    assert kinds["SQuAD"] == kinds["DROP"] == {"text"}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_read_as_its_twin(tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    assert problems(tmp_path, name) == twin(tmp_path, NUMBERS)


def test_the_map_of_a_parquet_file_is_an_object(tmp_path: Path) -> None:
    letters = pa.array(
        [list(zip("ABC", row["choices"], strict=True)) for row in CHOICES], pa.map_(pa.string(), pa.string())
    )
    columns = {name: [row[name] for row in CHOICES] for name in ("question", "answer")}
    pq.write_table(pa.table({**columns, "choices": letters}), tmp_path / "mine.parquet")
    assert problems(tmp_path, "mine.parquet") == twin(tmp_path, CHOICES)


def test_half_precision_shows_no_more_digits_than_it_has(tmp_path: Path) -> None:
    table = pa.table({"question": ["How long?", "How wide?"], "answer": pa.array([3.1, 12.0], pa.float32())})
    pq.write_table(table, tmp_path / "mine.parquet")
    assert [one["gold"] for one in problems(tmp_path, "mine.parquet")] in (["3.1", "12"], ["12", "3.1"])


def test_a_column_that_is_there_twice_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 2, names=["answer", "answer"]), tmp_path / "mine.parquet")
    with pytest.raises(UserError, match=r"mine\.parquet: the column 'answer' is there twice$"):
        problems(tmp_path, "mine.parquet")


def test_a_table_without_names_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("How many legs have three cats in all?,12\nAnd two ants?,12\n")
    with pytest.raises(UserError, match=r"mine\.csv: its first line holds data; write the names of columns above it$"):
        problems(tmp_path, "mine.csv")


def test_rows_within_rows_are_told_and_numbered(tmp_path: Path) -> None:
    rows = [{"topic": "legs", "items": [{"question": "3 cats?", "answer": 12}, {"question": "2 ants?", "answer": 12}]}]
    (tmp_path / "mine.jsonl").write_bytes(
        lines([*rows, {"topic": "arms", "items": [{"question": "An ape?", "answer": ""}]}])
    )
    found = own.load(tmp_path, Columns(file="mine.jsonl", bad_rows="drop"), 1)
    assert found.notes == ["each row is one of 'items'"]
    assert list(found.bad.lines()) == ["'answer' is empty: 1 (row 2)"]


def test_bytes_that_are_no_text_are_a_bad_row(tmp_path: Path) -> None:
    parquet(
        [{"question": b"How many?", "answer": 3}, {"question": b"How \xff?", "answer": 4}], tmp_path / "mine.parquet"
    )
    with pytest.raises(UserError, match=r"mine.parquet: row 1: 'question' holds half a character"):
        problems(tmp_path, "mine.parquet")


def test_the_splits_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps({"train": NUMBERS[:1], "test": NUMBERS[1:]}))
    assert {(one["gold"], one["split"]) for one in problems(tmp_path, "mine.json")} == {
        ("12", "train"),
        ("12000", "test"),
    }


@pytest.mark.parametrize("answers", [["2020-01-31", "1999-12-01"], ["north-west", "east"], ["31/1/2020", "1/12/1999"]])
def test_dates_and_words_with_hyphens_are_no_formulas(tmp_path: Path, answers: list[str]) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines([{"question": f"What is {one}?", "answer": one} for one in answers]))
    assert {(one["answer_kind"], one["gold"]) for one in problems(tmp_path, "mine.jsonl")} == {
        ("text", one) for one in answers
    }


def test_one_row_that_holds_a_list_is_no_list_of_rows(tmp_path: Path) -> None:
    row = {"question": "Ice is", "choices": [{"label": "A", "text": "hot"}, {"label": "B", "text": "cold"}], "answer": "B"}  # fmt: skip
    for text in (json.dumps(row), json.dumps(row, indent=1)):
        (tmp_path / "mine.json").write_text(text)
        assert [(one["choices"], one["gold"]) for one in problems(tmp_path, "mine.json")] == [(("hot", "cold"), "B")]


def test_latin_1_is_refused_until_it_is_told(tmp_path: Path) -> None:
    text = "question;answer\nWie viele Äpfel?;12\n"
    (tmp_path / "mine.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"not UTF-8 at its beginning; .* own.encoding \(latin-1"):
        problems(tmp_path, "mine.csv")
    [one] = problems(tmp_path, "mine.csv", encoding="latin-1")
    assert (one["question"], one["gold"]) == ("Wie viele Äpfel?", "12")


@pytest.mark.parametrize(
    ("rows", "settings", "golds"),
    [
        ([{"q": "?", "c": {"x": ["a", "b"]}, "r": "b"}], {"question": "q", "choices": "c.x", "answer": "r"}, ["B"]),
        ([{"q": "?", "a": {"text": ["7", "8"]}}], {"answer": "a.text[0]", "answer_kind": "number"}, ["7"]),
        ([{"a.b": "?", "answer": 3}], {"question": "a.b"}, ["3"]),
        ([{"p": "P", "q": "Q", "answer": 3}], {"question": "{p}\\n\\n{q}"}, ["3"]),
        ([{"question": "?", "choices": ["a", "b", "c"], "answer": 1}], {"answer_form": "from_1"}, ["A"]),
        ([{"question": "?", "choices": ["a", "b", "c"], "answer": 1}], {"answer_form": "from_0"}, ["B"]),
        ([{"question": "?", "choices": ["a", "b"], "answer": 3}], {"choices": False}, ["3"]),
        ([{"question": "?", "right": "a", "wrong": ["b", "c"]}], {"choices": ["right", "wrong"], "answer": "right"}, ["A"]),
        ([{"question": "?", "answer": 1}, {"question": "!?", "answer": 0}], {"answer_kind": "boolean"}, ["True", "False"]),
    ],
)  # fmt: skip
def test_columns_are_named(tmp_path: Path, rows, settings, golds) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines(rows))
    found = own.load(tmp_path, Columns(file="mine.jsonl", **settings), 1).problems
    assert [one.gold for one in found] == golds
    assert "{" not in found[0].question


@pytest.mark.parametrize(
    ("row", "settings", "rationale"),
    [
        ({"why": "3 and 4."}, {}, "3 and 4."),
        ({"explanation": "  "}, {}, None),
        ({"why": "3 and 4."}, {"rationale": False}, None),
        ({"facts": ["3 is odd.", "4 is even."]}, {"rationale": "facts"}, "3 is odd.\n4 is even."),
        ({"x": {"y": "3 and 4."}}, {"rationale": "x.y"}, "3 and 4."),
        ({"x": "3 and 4.", "y": "So 7."}, {"rationale": "{x} {y}"}, "3 and 4. So 7."),
        (
            {"answer": "<think>Is it \\boxed{3}?</think> It is 7.\n#### 7"},
            {},
            "<think>Is it \\boxed{3}?</think> It is 7.\n#### 7",
        ),
        ({"answer": "3 and 4.\n#### 7"}, {}, "3 and 4.\n#### 7"),
    ],
)
def test_rationales(tmp_path: Path, row, settings, rationale: str | None) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines([{"question": "?", "answer": 7, **row}]))
    [one] = own.load(tmp_path, Columns(file="mine.jsonl", **settings), 1).problems
    assert (one.gold, one.rationale) == ("7", rationale)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"question": "?", "choices": ["a", "b", "c"], "answer": 1}], "'answer': whether '1' counts choices from 0 or from 1 cannot be told; set own.answer_form to one of from_0, from_1"),
        ([{"question": "?", "choices": [1, 2, 3], "answer": 2}], "or is the text of one cannot be told; set own.answer_form to one of named, from_0, from_1"),
        ([{"text": "Write a function.", "code": "def f(): pass", "test_list": ["assert f()"]}], "row 0: 'test_list' says that code is asked for, which is not graded here; graded are numbers, letters"),
        ([{"question": "?", "answer": "It is long. " * 20}], "row 0: 'answer' holds whole texts (60 words in the middle) that state no answer, and cannot be graded"),
        ([{"colour": "red", "size": 3}], "row 0: which column is the question cannot be told; set own.question to one of: 'colour', 'size'"),
        ([{"question": "?", "choices": "red", "answer": "red"}], "row 0: 'choices' is no list of choices"),
        ([{"question": "?", "choices": ["red"], "answer": "red"}], "row 0: 'choices' holds 1 choices; a question has 2 to 26"),
        ([{"question": "?", "choices": ["a", "b"], "answer": "D"}], "row 0: 'answer' is 'D', which is no letter, text or number of a choice"),
        ([{"messages": [{"role": "user", "content": "Hi"}]}], "row 0: which column is the answer cannot be told; set own.answer to one of: 'messages'"),
        ([{"messages": [{"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Hi"}]}], "row 0: 'messages[user]': holds no user turn that an assistant turn answers"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_asked_in_a_line(tmp_path: Path, rows, told: str) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines(rows))
    with pytest.raises(UserError) as raised:
        problems(tmp_path, "mine.jsonl")
    assert told in str(raised.value) and "\n" not in str(raised.value)


ODD = [
    *({"question": f"How many is {n}?", "answer": n} for n in range(20)),
    {"question": "", "answer": 3},
    {"question": "Who?", "answer": "Ann"},
    {"question": "how many is 7", "answer": 8},
    {"question": " ", "answer": 3},
]


def test_all_bad_rows_are_told_at_once_or_dropped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_bytes(lines(ODD))
    with pytest.raises(UserError) as raised:
        problems(tmp_path, "mine.jsonl")
    assert str(raised.value) == (
        f"{tmp_path}/mine.jsonl: row 20: 'question' is empty; 4 rows cannot be used: 'question' is empty: 2 "
        "(rows 20, 23); 'answer' is no number: 1 (row 21); asks the same as another, with another answer or choices: 1 (row 22); "
        "mend them, or set own.bad_rows: drop"
    )
    found = own.load(tmp_path, Columns(file="mine.jsonl", bad_rows="drop"), 1)
    assert len(found.problems) == 20
    assert found.bad.counts()["train"] == {
        "'question' is empty": 2,
        "'answer' is no number": 1,
        "asks the same as another, with another answer or choices": 1,
    }


def test_the_prompt_shows_each_letter_once(tmp_path: Path) -> None:
    rows = [{"question": "Grass is?\n(A) red\n(B) green", "choices": ["(A) red", "(B) green"], "answer": "(B) green"}]
    (tmp_path / "mine.jsonl").write_bytes(lines(rows))
    [one] = own.load(tmp_path, Columns(file="mine.jsonl"), 1).problems
    assert prompt(one).startswith("Grass is?\n(A) red\n(B) green\n\nSolve")
    assert one.gold == "B"
