"""`cot-distill look`: what it tells of data, whole and broken."""

import json
from pathlib import Path

from tests.inprocess import Ended, cot_distill

GOOD = [
    {"Question": f"Colour {n}?", "A": "red", "B": "blue", "C": "green", "answer": "ABC"[n % 3], "why": f"Seen {n} times."}
    for n in range(30)
]  # fmt: skip


def look(folder: Path, *arguments: str) -> Ended:
    return cot_distill(folder, "look", *arguments)


def test_it_shows_files_columns_problems_golds_and_what_to_paste(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in GOOD))
    done = look(tmp_path, "mine.jsonl")
    assert (done.code, done.err) == (0, "")
    shown = done.out
    assert shown.startswith(f"{tmp_path}/mine.jsonl: 30 rows\ncolumns:\n  Question: text, Colour 0?\n  A: text, red\n")
    assert "\nproblems: train 24, test 6 (drawn: nothing in the data names splits)\n" in shown
    assert "\nkind: letter; golds: A 10, B 10, C 10\n" in shown
    assert "\nwithout reading a question, of the test problems: majority " in shown
    assert shown.count("as the student reads it") == 5
    assert '\n\nColour 0?\n(A) red\n(B) blue\n(C) green\n\nSolve this problem. End with the line "The answer is X."\n' in shown  # fmt: skip
    assert "--- gold: A\n" in shown and "Seen 0 times." in shown
    section = shown.partition("--- for params.yaml\n\n")[2]
    assert section == (
        f'dataset: own\nbenchmarks: "{tmp_path}"\nown:\n  file: mine.jsonl\n  question: Question\n  choices: ["A", "B", "C"]\n'
        "  answer: answer\n  answer_form: named\n  answer_kind: letter\n  rationale: why\n"
    )


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    rows = [*GOOD, {**GOOD[0], "Question": "", "answer": "A"}, {**GOOD[1], "Question": "What?", "answer": "Z"}, {**GOOD[2], "Question": ""}]  # fmt: skip
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = look(tmp_path, "mine.jsonl")
    assert done.code == 1
    assert "3 rows cannot be used:\n  'Question' is empty: 2 (rows 30, 32)\n  'answer' names no choice: 1 (row 31)\n" in done.out  # fmt: skip
    assert "--- for params.yaml" in done.out
    assert done.err.startswith("cot-distill: ") and done.err.count("\n") == 1
    assert "mend them, or set own.bad_rows: drop" in done.err
    dropped = look(tmp_path, "mine.jsonl", "--set", "bad_rows=drop")
    assert (dropped.code, dropped.out.endswith("  bad_rows: drop\n")) == (0, True)


def test_of_a_folder_with_a_broken_file_the_others_are_listed(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in GOOD))
    (tmp_path / "d/test.jsonl").write_text('{"Question": "cut')
    done = look(tmp_path, "d")
    assert f"{tmp_path}/d/train.jsonl: 30 rows, train\n" in done.out
    assert f"{tmp_path}/d/test.jsonl: broken: row 0: not valid JSON, perhaps cut off" in done.out
    assert done.code == 1
    assert done.err.startswith(f"cot-distill: {tmp_path}/d/test.jsonl: row 0: not valid JSON, perhaps cut off")
    assert done.err.endswith(": 1 of 2 cannot be read; the others can: train.jsonl (30 rows)\n")


def test_what_has_to_be_stated_is_asked_and_set(tmp_path: Path) -> None:
    row = {"question": "Ice is?", "choices": ["hot", "cold", "red"], "answer": 1}
    (tmp_path / "mine.json").write_text(json.dumps([row]))
    done = look(tmp_path, "mine.json")
    assert done.code == 1 and "set own.answer_form to one of from_0, from_1" in done.err
    done = look(tmp_path, "mine.json", "--set", "answer_form=from_0")
    assert (done.code, "--- gold: B" in done.out) == (0, True)


def test_excel_s_utf_16_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes("Frage\tAntwort\nWie viele Äpfel?\t12\n".encode("utf-16"))
    done = look(tmp_path, "mine.csv")
    assert done.out.startswith(f"{tmp_path}/mine.csv: 1 rows, UTF-16 by its first bytes\n")


def test_it_looks_at_what_params_say(project, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(GOOD))
    project.set(benchmarks=str(tmp_path), own__file="mine.json", own__rationale=False)
    done = look(project.folder / "data")
    assert (done.code, "  rationale: false\n" in done.out) == (0, True)


def test_faults_of_the_command_are_one_line(tmp_path: Path) -> None:
    for arguments, told in (
        (("none.csv",), "none.csv: no such file or folder; readable are .json"),
        (("ann/none",), "ann/none: no such file in"),
        ((".", "--set", "colour=red"), "own.colour is not a known setting"),
        ((".", "--set", "colour"), "own.colour is not a known setting"),
        ((), "own.file is null; name your file"),
        ((".",), "holds no file that can be read"),
    ):
        done = look(tmp_path, *arguments)
        assert done.code == 1 and told in done.err, done.err
        assert done.err.startswith("cot-distill: ") and done.err.count("\n") == 1
