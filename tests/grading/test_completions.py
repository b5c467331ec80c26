"""`cot-distill grade`: rows in, the same rows with a verdict out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cot_distill.grading.completions import grade_lines
from cot_distill.problems import ANSWER_KIND_OF

FRUIT = ["apple", "pear", "plum"]


def grade(*rows: Any) -> list[dict[str, Any]]:
    return list(grade_lines([row if isinstance(row, str) else json.dumps(row) for row in rows], ANSWER_KIND_OF))


@pytest.mark.parametrize(
    ("row", "predicted", "correct"),
    [
        ({"dataset": "svamp", "completion": "4 * 6 = 24.\nThe answer is 24.", "gold": "24"}, "24", True),
        ({"dataset": "gsm8k", "completion": "#### 1,234", "gold": "1,234"}, "1234", True),
        ({"dataset": "gsm8k", "completion": "So $1,200.50 in all.", "gold": 1200.5}, "1200.5", True),
        ({"dataset": "svamp", "completion": "The answer is 25.", "gold": 24}, "25", False),
        ({"dataset": "csqa", "completion": "It is the pear.\nThe answer is pear.", "gold": "B", "choices": FRUIT}, "B", True),
        ({"dataset": "aqua", "completion": "The answer is (C).", "gold": "c", "choices": None}, "C", True),
        ({"dataset": "obqa", "completion": "The answer is A.", "gold": "pear", "choices": FRUIT}, "A", False),
        ({"dataset": "strategyqa", "completion": "The answer is yes.", "gold": True}, "True", True),
        ({"dataset": "strategyqa", "completion": "The answer is False.", "gold": "no"}, "False", True),
        ({"dataset": "math", "completion": r"Thus \boxed{\dfrac{1}{2}}.", "gold": r"\frac{1}{2}"}, r"\dfrac{1}{2}", True),
        ({"answer_kind": "number", "completion": "The answer is 3/4", "gold": "0.75"}, "0.75", True),
        ({"dataset": "svamp", "completion": "I do not know.", "gold": "24"}, None, False),
        ({"dataset": "svamp", "completion": "", "gold": "24"}, None, False),
    ],
)  # fmt: skip
def test_a_row_is_read_and_compared(row: dict[str, Any], predicted: str | None, correct: bool) -> None:
    [graded] = grade(row)
    assert {name: graded[name] for name in row} == row
    assert (graded["predicted"], graded["correct"]) == (predicted, correct)
    assert graded["reason"] == "no_answer" if predicted is None else graded["reason"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"dataset": "gsm9k", "completion": "5", "gold": "5"}, "dataset is 'gsm9k'; valid: word_problems, svamp"),
        ({"completion": "5", "gold": "5"}, "dataset is None; valid: "),
        ({"dataset": ["svamp"], "completion": "5", "gold": "5"}, "dataset is ['svamp']; valid: "),
        ({"answer_kind": "word", "completion": "5", "gold": "5"}, "answer_kind is 'word'; valid: number, letter"),
        ({"dataset": "svamp", "gold": "5"}, "completion is no text"),
        ({"dataset": "svamp", "completion": 5, "gold": "5"}, "completion is no text"),
        ({"dataset": "svamp", "completion": "5"}, "gold is no text"),
        ({"dataset": "svamp", "completion": "5", "gold": "many"}, "gold is 'many', which is no number"),
        ({"dataset": "csqa", "completion": "A", "gold": "A", "choices": "AB"}, "choices is no list of texts"),
        ({"dataset": "csqa", "completion": "A", "gold": "A", "choices": [1]}, "choices is no list of texts"),
    ],
)
def test_a_bad_row_comes_back_with_its_reason(row: dict[str, Any], reason: str) -> None:
    [graded] = grade(row)
    assert graded["correct"] is None
    assert graded["predicted"] is None
    assert graded["reason"].startswith(reason)
    assert {name: graded[name] for name in row} == row


@pytest.mark.parametrize("line", ["{", "7", "[1]", "null", "[" * 100_000, "\x00"])
def test_a_line_that_is_no_row_is_kept(line: str) -> None:
    [graded] = grade(line)
    assert graded == {"line": line, "predicted": None, "correct": None, "reason": "the line is no JSON object"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cot_distill.cli", "grade", *arguments], capture_output=True, text=True
    )


def test_the_command_keeps_order_and_fields_and_fails_only_where_every_row_is_bad(tmp_path: Path) -> None:
    good = {"id": 7, "dataset": "svamp", "completion": "The answer is 5.", "gold": "5", "extra": {"ä": [1]}}
    (tmp_path / "in.jsonl").write_text(
        "\n".join([json.dumps(good), "{", "", json.dumps(good | {"gold": "6"})]), "utf-8"
    )
    out = tmp_path / "out.jsonl"
    done = run(str(tmp_path / "in.jsonl"), "--out", str(out))
    assert (done.returncode, done.stdout) == (0, f"{out}: 1 right, 1 wrong, 1 that cannot be graded\n")
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert rows[0] == good | {"predicted": "5", "correct": True, "reason": "answer_sentence"}
    assert [row["correct"] for row in rows] == [True, None, False]

    (tmp_path / "in.jsonl").write_text("{\n")
    done = run(str(tmp_path / "in.jsonl"), "--out", str(out))
    assert done.returncode == 1
    assert "no row can be graded; `reason` in" in done.stderr
    done = run(str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "x"))
    assert (done.returncode, "No such file" in done.stderr, (tmp_path / "x").exists()) == (1, True, False)
