"""Arms that draw on several levels: mixed by weight, and padded to another level's length."""

from collections import Counter

from cot_distill.records import Problem, Rationale
from cot_distill.supervision.levels import drawn_on, padded, pieces, select_level
from cot_distill.supervision.teachers import record


def rationale(number: int, level: int, text: str = "We add.") -> Rationale:
    problem = Problem(f"p-{number:04}", "svamp", "train", "How many?", None, "number", "5", None, None)
    return record(problem, "gpt_4o", level, "original", text, "5", model="m", revision="1")


def test_the_levels_that_an_arm_draws_on() -> None:
    weights = [1.0, 0.0, 0.5, 0.0, 2.0, 0.0]
    assert drawn_on("mixed", weights) == (1, 3, 5)
    assert drawn_on("padded", weights) == (1, 5)
    assert drawn_on(4, weights) == (4,)
    assert drawn_on(None, weights) == (None,)


def test_a_plain_arm_teaches_what_there_is() -> None:
    rows = [rationale(1, 3), rationale(2, 3)]
    assert select_level(rows, 3, [1.0] * 6, 1) == rows


def test_levels_are_mixed_by_weight_one_a_problem_and_the_same_each_time() -> None:
    rows = [rationale(number, level) for number in range(600) for level in (1, 3, 5)]
    mixed = select_level(rows, "mixed", [1.0, 0.0, 1.0, 0.0, 4.0, 0.0], 1)
    assert [row.problem_id for row in mixed] == [f"p-{number:04}" for number in range(600)]
    counts = Counter(row.granularity for row in mixed)
    assert set(counts) == {1, 3, 5}
    assert 60 < counts[1] < 140 and 60 < counts[3] < 140 and 340 < counts[5] < 460
    assert select_level(list(reversed(rows)), "mixed", [1.0, 0.0, 1.0, 0.0, 4.0, 0.0], 1) == mixed
    assert select_level(rows, "mixed", [1.0, 0.0, 1.0, 0.0, 4.0, 0.0], 2) != mixed


def test_a_missing_level_is_made_up_for_by_the_others() -> None:
    rows = [rationale(1, 1), rationale(2, 5)]
    assert select_level(rows, "mixed", [1.0] * 6, 1) == rows


def test_padding_reaches_the_length_of_level_5_with_words_that_say_nothing() -> None:
    long = "First 4 * 6 = 24 pens are counted, since each of the 4 boxes holds 6 of them, and so on to the very end."
    rows = [rationale(1, 1, "Count the pens."), rationale(1, 5, long), rationale(2, 1)]
    [row] = select_level(rows, "padded", [1.0] * 6, 1)
    assert (row.problem_id, row.granularity, row.stated_answer) == ("p-0001", 1, "5")
    assert row.text.startswith("Count the pens. We take our time with this. There is")
    assert pieces(long) - 3 < pieces(row.text) <= pieces(long)
    assert not any(char.isdigit() for char in row.text)


def test_pieces_are_words_digits_and_marks() -> None:
    assert pieces("12 + x_1 = don't, Ω") == 2 + 1 + 3 + 1 + 3 + 1 + 1
    assert padded("a b c", 2) == "a b c"
    assert padded("a b c", 6) == "a b c We take our"
