"""Two runs on the same problems, counted by hand."""

import pytest

from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer
from cot_distill.tables.paired import in_words, paired


def _answers(right: str, question: str = "What") -> list[Answer]:
    return [
        Answer({"correct": ok == "1"}, {"id": f"p-{n}", "question": f"{question} {n}?", "choices": None, "gold": "7"})
        for n, ok in enumerate(right)
    ]


def test_the_two_by_two_table_and_what_follows_from_it() -> None:
    found = paired(_answers("1111110000"), _answers("1100001000"))
    counts = found.counts
    assert (counts.both_right, counts.only_one_right, counts.only_other_right, counts.both_wrong) == (2, 4, 1, 3)
    assert (found.n, found.one_left_out, found.other_left_out) == (10, 0, 0)
    assert found.difference == pytest.approx(0.3)
    # 3/12 = 0.25; √((6/12 - 0.0625) / 12) = 0.190941: t = 1.309307 with 11 degrees of freedom
    assert found.p == pytest.approx(0.2171, abs=1e-4)
    assert (found.difference_low, found.difference_high) == pytest.approx((-0.1703, 0.6703), abs=1e-4)


def test_equal_ids_of_other_questions_are_not_the_same_problems() -> None:
    mixed = _answers("11")[:1] + _answers("110", "Who")[1:]
    found = paired(_answers("10"), mixed)
    assert (found.n, found.counts.both_right, found.one_left_out, found.other_left_out) == (1, 1, 1, 2)
    with pytest.raises(UserError, match="share no test problem"):
        paired(_answers("11"), _answers("11", "Who"))


def test_several_samples_count_by_their_share_and_make_no_two_by_two_table() -> None:
    found = paired(_sampled("1100", "1010", "1111"), _sampled("10", "00", "11"))
    # Shares of 2/4, 2/4, 4/4 against 1/2, 0/2, 2/2.
    assert (found.n, found.one.right, found.other.right) == (3, 8, 3)
    assert (found.one.share, found.other.share) == (pytest.approx(8 / 12), pytest.approx(3 / 6))
    assert found.difference == pytest.approx(0.5 / 3)
    assert found.counts is None
    told = in_words(found, "a", "b")
    assert "a minus b: +16.7 points" in told
    assert "| problems" not in told


def test_the_same_sample_twice_and_unequal_samples_are_told() -> None:
    with pytest.raises(UserError, match="'p-0' is there twice among the answers of a run"):
        paired(_answers("1") * 2, _answers("1"))
    with pytest.raises(UserError, match="more samples of some problems than of others"):
        paired(_sampled("11", "1"), _answers("11"))


def _sampled(*right: str) -> list[Answer]:
    """A word of digits a problem, a digit a sample."""
    return [
        Answer({**_answers(word)[k].verdict, "sample": k}, _answers("1" * len(right))[n].problem)
        for n, word in enumerate(right)
        for k in range(len(word))
    ]
