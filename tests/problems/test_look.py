"""`cot-distill look`: what it tells of data, whole and broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

GOOD = [
    {"Question": f"Colour {n}?", "A": "red", "B": "blue", "C": "green", "answer": "ABC"[n % 3], "why": f"Seen {n} times."}
    for n in range(30)
]  # fmt: skip


def look(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cot_distill.cli", "look", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_it_shows_files_columns_problems_golds_and_what_to_paste(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in GOOD))
    done = look(tmp_path, "mine.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout
    assert shown.startswith(f"{tmp_path}/mine.jsonl: 30 rows\ncolumns:\n  Question: text, Colour 0?\n  A: text, red\n")
    assert "\nproblems: train 24, test 6 (drawn: nothing in the data names splits)\n" in shown
    assert "\nkind: letter; golds: A 10, B 10, C 10\n" in shown
    assert "\nwho reads no question gets of the test problems: majority " in shown
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
    assert done.returncode == 1
    assert "3 rows cannot be used:\n  'Question' is empty: 2 (rows 30, 32)\n  'answer' names no choice: 1 (row 31)\n" in done.stdout  # fmt: skip
    assert "--- for params.yaml" in done.stdout
    assert done.stderr.startswith("cot-distill: ") and done.stderr.count("\n") == 1
    assert "mend them, or set own.bad_rows: drop" in done.stderr
    dropped = look(tmp_path, "mine.jsonl", "--set", "bad_rows=drop")
    assert (dropped.returncode, dropped.stdout.endswith("  bad_rows: drop\n")) == (0, True)


def test_of_a_folder_with_a_broken_file_the_others_are_listed(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in GOOD))
    (tmp_path / "d/test.jsonl").write_text('{"Question": "cut')
    done = look(tmp_path, "d")
    assert f"{tmp_path}/d/train.jsonl: 30 rows, train\n" in done.stdout
    assert f"{tmp_path}/d/test.jsonl: broken: row 0: not valid JSON, perhaps cut off" in done.stdout
    assert done.returncode == 1
    assert done.stderr.startswith(f"cot-distill: 1 of 2 cannot be read (1 others can): {tmp_path}/d/test.jsonl: row 0")


def test_what_has_to_be_stated_is_asked_and_set(tmp_path: Path) -> None:
    row = {"question": "Ice is?", "choices": ["hot", "cold", "red"], "answer": 1}
    (tmp_path / "mine.json").write_text(json.dumps([row]))
    done = look(tmp_path, "mine.json")
    assert done.returncode == 1 and "set own.answer_form to one of from_0, from_1" in done.stderr
    done = look(tmp_path, "mine.json", "--set", "answer_form=from_0")
    assert (done.returncode, "--- gold: B" in done.stdout) == (0, True)


def test_excel_s_utf_16_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes("Frage\tAntwort\nWie viele Äpfel?\t12\n".encode("utf-16"))
    done = look(tmp_path, "mine.csv")
    assert done.stdout.startswith(f"{tmp_path}/mine.csv: 1 rows, UTF-16 by its first bytes\n")


def test_it_looks_at_what_params_say(project, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(GOOD))
    project.set(benchmarks=str(tmp_path), own__file="mine.json", own__rationale=False)
    done = look(project.folder / "data")
    assert (done.returncode, "  rationale: false\n" in done.stdout) == (0, True)


def test_faults_of_the_command_are_one_line(tmp_path: Path) -> None:
    for arguments, told in (
        (("none.csv",), "none.csv: no such file or folder; readable are .json"),
        (("ann/none",), "ann/none: no such file in"),
        ((".", "--set", "colour=red"), "own.colour is no known setting"),
        ((".", "--set", "colour"), "own.colour is no known setting"),
        ((), "own.file is null; name your file"),
        ((".",), "holds no file that can be read"),
    ):
        done = look(tmp_path, *arguments)
        assert done.returncode == 1 and told in done.stderr, done.stderr
        assert done.stderr.startswith("cot-distill: ") and done.stderr.count("\n") == 1
