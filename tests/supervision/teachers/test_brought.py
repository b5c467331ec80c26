"""Rationales that a file of the user's own brings are verified like a teacher's."""

from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.records import Problem
from cot_distill.supervision import THOUGHTS, Level
from cot_distill.supervision.teachers import Written
from cot_distill.supervision.teachers.human import HumanTeacher


def brought(text: str, gold: str = "3", kind: str = "number", dataset: str = "own", level: Level = None) -> Written:
    problem = Problem("p-0", dataset, "train", "How many?", None, kind, gold, text, None)
    return HumanTeacher("human").write([problem], [], level)


@pytest.mark.parametrize(
    ("text", "taught", "stated", "verified"),
    [
        ("4 and 5 are 9.\nThe answer is 9.", "4 and 5 are 9.", "9", False),
        ("1 and 2 are 3.\nThe answer is 3.", "1 and 2 are 3.", "3", True),
        ("1 and 2 are 3.\nSo the final answer is: 3", "1 and 2 are 3.", "3", True),
        ("1 and 2 are 3.\n\n\\boxed{3}", "1 and 2 are 3.", "3", True),
        ("1 and 2 are 3.\n**Final answer:** $\\boxed{3}$.", "1 and 2 are 3.", "3", True),
        ("We get $4 + 5 = \\boxed{9}$ in all.", "We get $4 + 5 = 9$ in all.", "9", False),
        ("4 and 5 are 9.\n#### 9", "4 and 5 are 9.", "9", False),
        ("1 and 2 are counted together.", "1 and 2 are counted together.", "3", True),
        ("<think>Is it 9?</think>1 and 2 are 3.\nThe answer is 3.", "1 and 2 are 3.", "3", True),
    ],
)
def test_its_answer_is_read_compared_and_cut(text: str, taught: str, stated: str, verified: bool) -> None:
    [row] = brought(text).rationales
    assert (row.text, row.stated_answer, row.verified) == (taught, stated, verified)


@pytest.mark.parametrize(
    ("text", "level", "reason"),
    [
        ("The answer is 3.", None, "empty"),
        ("3", None, "empty"),
        ("\\boxed{3}", None, "empty"),
        ("<think>Is it 3", None, "truncated"),
        ("1 and 2 are 3.\nThe answer is 3.", THOUGHTS, "no_thoughts"),
    ],
)
def test_what_holds_no_rationale_is_none(text: str, level: Level, reason: str) -> None:
    with pytest.raises(
        UserError, match=rf"own has no human rationales that can teach \({reason} 1\); choose another teacher"
    ):
        brought(text, level=level)


def test_traces_that_are_brought_are_thoughts() -> None:
    [row] = brought("<think>Is it 9? No.</think>1 and 2 are 3.\nThe answer is 3.", level=THOUGHTS).rationales
    assert (row.text, row.stated_answer, row.thoughts) == ("Is it 9? No.", "3", True)


def test_a_benchmarks_own_solution_stays_as_it_is() -> None:
    [row] = brought("4 and 5 are 9.\nThe answer is 9.", dataset="gsm8k").rationales
    assert (row.text, row.stated_answer) == ("4 and 5 are 9.\nThe answer is 9.", "3")


def columns(**changes: str) -> Columns:
    return Columns(**{"file": "mine.csv", "question": "question", "answer": "answer", "rationale": "why"} | changes)


def test_several_rows_of_a_question_bring_several_rationales(tmp_path: Path) -> None:
    rows = ["How many?,3,1 and 2 are 3.", "Who many?,4,2 and 2 are 4.", "how many,3,4 and 5 are 9. The answer is 9."]
    (tmp_path / "mine.csv").write_text("question,answer,why\n" + "\n".join(rows) + "\n", encoding="utf-8")
    problems = own.load(tmp_path, columns(), 1).problems
    assert [(one.rationale, one.more_rationales) for one in problems] == [
        ("1 and 2 are 3.", ("4 and 5 are 9. The answer is 9.",)),
        ("2 and 2 are 4.", ()),
    ]
    written = HumanTeacher("human").write(problems, [], None)
    assert [(one.text, one.stated_answer, one.verified, one.sample) for one in written.rationales] == [
        ("1 and 2 are 3.", "3", True, 0),
        ("4 and 5 are 9.", "9", False, 1),
        ("2 and 2 are 4.", "4", True, 0),
    ]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("how many,4,2 and 2.", "row 1: asks the same as row 0, with another answer or choices"),
        ("how many,3,", "row 1: asks the same as row 0; remove one of them"),
    ],
)
def test_rows_that_are_no_more_rationales_are_refused(tmp_path: Path, second: str, told: str) -> None:
    (tmp_path / "mine.csv").write_text(f"question,answer,why\nHow many?,3,1 and 2.\n{second}\n", encoding="utf-8")
    with pytest.raises(UserError, match=told):
        own.load(tmp_path, columns(), 1)
