"""Your own file: mapping columns, detecting the kind of answer, parting the splits."""

import json
from pathlib import Path

import pytest

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.problems.questions import check_disjoint

PLAIN = Columns(file="mine.csv")


def columns(**changed) -> Columns:
    return PLAIN.model_copy(update=changed)


def load(folder: Path, columns: Columns, seed: int):
    return own.load(folder, columns, seed).problems


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder


def test_csv_with_mapped_columns(tmp_path: Path) -> None:
    text = 'Q,A,why,part\n"Legs of 3 cats?",12,3 * 4,train\n"Legs of 2 birds?","1,004",,test\n'
    write(tmp_path, "mine.csv", text)
    mapped = columns(question="Q", answer="A", rationale="why", split="part")
    test, train = load(tmp_path, mapped, 1)
    assert (train.question, train.gold, train.answer_kind, train.split, train.rationale) == (
        *("Legs of 3 cats?", "12", "number", "train"),
        "3 * 4",
    )
    assert (test.gold, test.split, test.rationale) == ("1004", "test", None)


@pytest.mark.parametrize(
    ("answers", "kind", "golds"),
    [
        ([3, "4.50", "-1/2"], "number", ["3", "4.5", "-0.5"]),
        (["yes", "No", "TRUE"], "boolean", ["True", "False", "True"]),
        ([True, False, True], "boolean", ["True", "False", "True"]),
        (["A", "(c)", "B"], "letter", ["A", "C", "B"]),
        (["$\\frac{1}{2}$", "7", "x+1"], "latex", ["\\frac{1}{2}", "7", "x+1"]),
    ],
)
def test_the_kind_of_answer_is_detected(tmp_path: Path, answers, kind: str, golds) -> None:
    rows = [{"question": f"Question {number}?", "answer": answer} for number, answer in enumerate(answers)]
    write(tmp_path, "mine.jsonl", "\n".join(map(json.dumps, rows)))
    found = load(tmp_path, columns(file="mine.jsonl"), 1)
    assert [(one.answer_kind, one.gold) for one in found] == [(kind, gold) for gold in golds]


@pytest.mark.parametrize(
    ("kind", "answer", "choices", "gold"),
    [("letters", "B, A", ["red", "green", "blue"], "A, B"), ("text", "Ann Lee", None, "Ann Lee")],
)
def test_other_kinds_of_answers_are_named(tmp_path: Path, kind: str, answer: str, choices, gold: str) -> None:
    write(tmp_path, "mine.json", json.dumps([{"question": "Which?", "answer": answer, "options": choices}]))
    named = "options" if choices else None
    [found] = load(tmp_path, columns(file="mine.json", choices=named, answer_kind=kind), 1)
    assert (found.answer_kind, found.gold) == (kind, gold)
    assert list(found.faults()) == []


@pytest.mark.parametrize("named", ["options", ["a", "b"]])
def test_choices_from_a_list_or_from_columns(tmp_path: Path, named) -> None:
    row = {"question": "Colour of grass?", "answer": "green", "options": ["red", "green"], "a": "red", "b": "green"}
    write(tmp_path, "mine.json", json.dumps([row]))
    [found] = load(tmp_path, columns(file="mine.json", choices=named), 1)
    assert (found.choices, found.gold, found.answer_kind) == (("red", "green"), "B", "letter")


@pytest.mark.parametrize(("elsewhere", "stops"), [(0, True), (1, True), (2, False)])
def test_a_file_whose_answers_are_one_letter_stops_the_run(tmp_path: Path, elsewhere: int, stops: bool) -> None:
    rows = [
        {"question": f"Colour {n}?", "answer": "blue" if n < elsewhere else "red", "right": "red", "wrong": "blue"}
        for n in range(20)
    ]
    write(tmp_path, "mine.jsonl", "\n".join(map(json.dumps, rows)))
    mapped = columns(file="mine.jsonl", choices=["right", "wrong"])
    if not stops:
        assert [one.gold for one in load(tmp_path, mapped, 1)] == ["B", "B", *["A"] * 18]
        return
    with pytest.raises(UserError, match=f"{20 - elsewhere} of 20 answers are choice A, so that always answering A"):
        load(tmp_path, mapped, 1)


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"question": ["One?", "Two?"], "answer": [1, 2]}), tmp_path / "mine.parquet")
    assert [one.gold for one in load(tmp_path, columns(file="mine.parquet"), 1)] == ["1", "2"]


@pytest.mark.parametrize(("cell", "fault"), [("", "is empty"), ("later", "is 'later', not train, dev or test")])
def test_a_row_without_a_split_is_a_bad_row_where_others_have_one(tmp_path: Path, cell: str, fault: str) -> None:
    rows = [f"How many are {n}?,{n},{'test' if n % 3 else 'train'}" for n in range(300)]
    write(tmp_path, "mine.csv", "\n".join(["question,answer,split", *rows, f"How many more?,1,{cell}"]))
    with pytest.raises(UserError, match=f"mine.csv: row 300: 'split' {fault}; mend the row"):
        load(tmp_path, PLAIN, 1)


@pytest.mark.parametrize(
    ("cell", "told"),
    [("", "the column 'split' is empty and is not used"), ("fold 1", "the column 'split' holds 'fold 1', which names no split, and")],
)  # fmt: skip
def test_a_column_of_splits_that_is_not_used_is_told(tmp_path: Path, cell: str, told: str) -> None:
    write(
        tmp_path, "mine.csv", "\n".join(["question,answer,split", *(f"How many are {n}?,{n},{cell}" for n in range(9))])
    )
    found = own.load(tmp_path, PLAIN, 1)
    [note] = found.notes
    assert note.startswith(told) and note.endswith("own.split and own.splits can name its splits")
    assert {one.split for one in found.problems} == {"train", "test"}


def test_a_table_of_one_column_may_have_another_delimiter(tmp_path: Path) -> None:
    write(tmp_path, "mine.csv", "question^answer\nHow many?^3\n")
    with pytest.raises(UserError, match=r"'question\^answer'; if that is several columns, set own.delimiter"):
        load(tmp_path, PLAIN, 1)
    assert [one.gold for one in load(tmp_path, columns(delimiter="^"), 1)] == ["3"]


def test_without_a_split_one_in_five_is_held_out(tmp_path: Path) -> None:
    write(tmp_path, "mine.csv", "question,answer\n" + "".join(f"What is {n}?,{n}\n" for n in range(20)))
    splits = [one.split for one in load(tmp_path, PLAIN, 1)]
    assert splits.count("test") == 4
    assert splits == [one.split for one in load(tmp_path, PLAIN, 1)]
    assert splits != [one.split for one in load(tmp_path, PLAIN, 2)]


@pytest.mark.parametrize(
    ("text", "changed", "told"),
    [
        (
            "question,answer\nHow?,12\nWho?,Ann\n",
            {},
            "row 1: 'answer' is 'Ann', not a number as 1 of 2 answers are; mend it, or set own.answer_kind",
        ),
        ("question,answer\nHow?,12\n", {"answer_kind": "letter"}, "row 0: 'answer' is '12', not a letter"),
        ("q,answer\nHow?,12\n", {"question": "question"}, "row 0 has no column 'question'; it has: 'q', 'answer'"),
        (
            "question,answer\nHow?,12\nhow,13\n",
            {},
            "row 1: asks the same as row 0, with another answer or choices; mend or remove one of them",
        ),
        ("question,answer,part\nHow?,12,odd\n", {"split": "part"}, "row 0: 'part' is 'odd', not train, dev or test"),
        ("question,answer,c\nHow?,A,red\n", {"choices": "c"}, "row 0: 'c' is no list of choices"),
        ("question,answer\n,12\n", {}, "row 0: 'question' is empty"),
        ("question,answer\nHow?,\n", {}, "row 0: 'answer' is empty"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, text: str, changed, told: str) -> None:
    write(tmp_path, "mine.csv", text)
    with pytest.raises(UserError) as raised:
        load(tmp_path, columns(**changed), 1)
    assert told in str(raised.value)


def test_the_same_question_in_both_splits_stops_the_run(tmp_path: Path) -> None:
    rows = [
        {"question": "Colour?", "answer": "A", "choices": ["red", "blue"], "part": "train"},
        {"question": "colour", "answer": "B", "choices": ["blue", "red"], "part": "test"},
    ]
    write(tmp_path, "mine.json", json.dumps(rows))
    with pytest.raises(UserError, match="row 0: asks the same as row 1"):
        load(tmp_path, columns(file="mine.json", choices="choices", split="part"), 1)


def test_formulas_that_differ_in_a_sign_alone_are_two_problems(tmp_path: Path) -> None:
    rows = [("x+1", "x", "train"), ("x-1", "\\\\frac{1}{x}", "test"), ("What is 12 + 5?", "17", "train"), ("What is 12 * 5?", "60", "test")]  # fmt: skip
    write(tmp_path, "mine.csv", "question,answer,part\n" + "".join(",".join(row) + "\n" for row in rows))
    loaded = load(tmp_path, columns(split="part"), 1)
    assert [one.answer_kind for one in loaded] == ["latex"] * 4
    assert len({one.id for one in loaded}) == 4


def test_alike_questions_are_listed_and_stay(tmp_path: Path) -> None:
    text = (
        "question,answer,part\n"
        "Ann buys 3 red pens and 4 blue pens. How many pens does she buy?,7,train\n"
        "Ann buys 3 red pens and 5 blue pens. How many pens does she buy?,8,test\n"
    )
    write(tmp_path, "mine.csv", text)
    loaded = problems.load("own", tmp_path, tmp_path, 1, {"train": None, "test": None}, columns(split="part"))
    assert loaded.account.near_duplicates == 1
    assert loaded.account.most_alike[0][2] > 95
    check_disjoint(loaded.problems["train"], loaded.problems["test"])


def test_the_pipeline_runs_on_it(project, tmp_path: Path) -> None:
    rows = [{"q": f"Is {n} more than 5?", "a": "yes" if n > 5 else "no", "w": f"{n} and 5."} for n in range(20)]
    write(tmp_path, "mine.jsonl", "\n".join(map(json.dumps, rows)))
    project.set(
        dataset="own",
        teacher="human",
        granularity=None,
        benchmarks=str(tmp_path),
        train_problems=None,
        dev_problems=0,
        test_problems=None,
        own__file="mine.jsonl",
        own__question="q",
        own__answer="a",
        own__rationale="w",
    )
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    assert json.loads((project.folder / "metrics/supervision.json").read_text())["examples"] == 16
    project.set(own__file=None)
    done = project.stage("check")
    assert (done.returncode, "own.file is null; name your file" in done.stderr) == (1, True)
