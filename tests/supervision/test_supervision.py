"""Parting, measuring, choosing and gating supervision."""

import dataclasses

import pytest

from cot_distill.errors import UserError
from cot_distill.records import Problem
from cot_distill.supervision.answer_line import part
from cot_distill.supervision.examples import choose
from cot_distill.supervision.measures import steps, words
from cot_distill.supervision.questions import check_disjoint, key
from cot_distill.teachers import record

PROBLEM = Problem("p-1", "word_problems", "train", "How many pens?", None, "number", "24", None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6 * 4 = 24. The answer is 24", ("6 * 4 = 24.", "24")),
        ("24 pensThe answer is 24", ("24 pens", "24")),
        ("6 * 4 = 24The answer is 24", ("6 * 4 = 24", "24")),
        ("6 * 4 = 24.The answer is 24.", ("6 * 4 = 24.", "24")),
        ("The answer is 3. No. So, the answer is $1,200.", ("The answer is 3. No.", "1200")),
        ("I cannot say.", ("I cannot say.", None)),
        ("The answer is 5", ("", "5")),
    ],
)
def test_part(text: str, expected: tuple[str, str | None]) -> None:
    assert part(text, "number") == expected


def test_measures() -> None:
    text = "First, 2 + 2 = 4.\nThen 4 / 2 = 2. 3. Done"
    assert words(text) == 14
    assert steps(text) == 3
    assert (words(""), steps("")) == (0, 0)


def test_key_ignores_form_case_spaces_and_punctuation() -> None:
    assert key("Ann’s  pens: 3?") == key("ann's pens, ３") == "annspens3"


def test_every_problem_is_in_one_count() -> None:
    problems = [dataclasses.replace(PROBLEM, id=f"p-{number}") for number in range(4)]
    rationales = [
        record(problem, "t", 3, "original", "One two.", stated, model="m", revision="1")
        for problem, stated in zip(problems, ["24", "5", None], strict=False)
    ]
    kept, account = choose(problems, rationales)
    assert [rationale.problem_id for rationale in kept] == ["p-0", "p-1"]
    assert (account.problems, account.examples, account.dropped_no_rationale, account.dropped_no_answer) == (4, 2, 1, 1)
    assert (account.verified_rate, account.mean_words, account.mean_steps) == (0.5, 2.0, 1.0)


def test_the_gate_names_the_rows() -> None:
    same = dataclasses.replace(PROBLEM, id="t-1", split="test", question="how many PENS")
    with pytest.raises(UserError, match=r"1 training questions are test questions \(p-1 = t-1\)"):
        check_disjoint([PROBLEM], [same])
    check_disjoint([PROBLEM], [dataclasses.replace(same, question="How many pins?")])


def test_the_gate_takes_choices_as_a_set() -> None:
    one = dataclasses.replace(PROBLEM, choices=("red", "blue"))
    with pytest.raises(UserError):
        check_disjoint([one], [dataclasses.replace(one, id="t", choices=("Blue", "red"))])
    check_disjoint([one], [dataclasses.replace(one, id="t", choices=("green", "red"))])
