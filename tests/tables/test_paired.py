"""Two runs on the same problems, counted by hand."""

import pytest

from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer
from cot_distill.tables.paired import paired


def _answers(right: str, question: str = "What") -> list[Answer]:
    return [
        Answer({"correct": ok == "1"}, {"id": f"p-{n}", "question": f"{question} {n}?", "choices": None, "gold": "7"})
        for n, ok in enumerate(right)
    ]


def test_the_two_by_two_table_and_what_follows_from_it() -> None:
    found = paired(_answers("1111110000"), _answers("1100001000"))
    assert (found.both_right, found.only_one_right, found.only_other_right, found.both_wrong) == (2, 4, 1, 3)
    assert (found.n, found.one_left_out, found.other_left_out) == (10, 0, 0)
    assert found.difference == pytest.approx(0.3)
    # 2 · (C(5,0) + C(5,1)) / 2⁵
    assert found.p == pytest.approx(12 / 32)


def test_equal_ids_of_other_questions_are_not_the_same_problems() -> None:
    mixed = _answers("11")[:1] + _answers("110", "Who")[1:]
    found = paired(_answers("10"), mixed)
    assert (found.n, found.both_right, found.one_left_out, found.other_left_out) == (1, 1, 1, 2)
    with pytest.raises(UserError, match="share no test problem"):
        paired(_answers("11"), _answers("11", "Who"))


def test_several_answers_to_a_problem_cannot_be_paired() -> None:
    with pytest.raises(UserError, match="'p-0' was answered several times"):
        paired(_answers("1") * 2, _answers("1"))
