"""Reading numbers: literal completions, literal expectations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cot_distill.grading import number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6 * 4 = 24.\nThe answer is 24.", ("24", "answer_sentence")),
        ("The answer is $1,234.00.", ("1234", "answer_sentence")),
        ("The answer is **1234**", ("1234", "answer_sentence")),
        ("the answer is: 7 apples", ("7", "answer_sentence")),
        ("The answer is 6 * 4 = 24 pencils.", ("24", "answer_sentence")),
        ("The answer is 24 pencils (in 6 boxes).", ("24", "answer_sentence")),
        ("It is 5. No: the answer is 6.", ("6", "answer_sentence")),
        ("The answer is \u22125.", ("-5", "answer_sentence")),
        ("The answer is 3/4.", ("0.75", "answer_sentence")),
        ("The answer is 1/3.", ("1/3", "answer_sentence")),
        ("The answer is 2.50 dollars.", ("2.5", "answer_sentence")),
        ("It is 3.5. The answer is 3.5.", ("3.5", "answer_sentence")),
        ("= 21 piecesThe answer is 21", ("21", "answer_sentence")),
        (r"so \boxed{1234}", ("1234", "boxed")),
        ("1 + 1 = 2\n#### 2", ("2", "hashes")),
        ("**Answer:** 12", ("12", "answer_label")),
        ("The answer is X.\nIt is 3 + 4 = 7", ("7", "conclusion")),
        ("That leaves 20 - 6", ("20", "conclusion")),
        ("The answer is 9.\n\nProblem: Ann has 3. The answer is 3.", ("9", "answer_sentence")),
        ("I do not know.", None),
        ("1/0", None),
        ("", None),
    ],
)
def test_read(text: str, expected: tuple[str, str] | None) -> None:
    reading = number.read(text)
    assert (reading.answer, reading.step) == (expected or (None, None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("145.0", "145"),
        ("1,234.50", "1234.5"),
        ("-0.05", "-0.05"),
        ("3/4", "0.75"),
        ("007", "7"),
        ("x", None),
        ("1 2", None),
    ],
)
def test_canonical(text: str, expected: str | None) -> None:
    assert number.canonical(text) == expected


@given(st.integers(-(10**12), 10**12))
def test_gold_in_every_rendering_is_read_as_itself(value: int) -> None:
    for rendered in (
        f"The answer is {value}.",
        f"The answer is {value:,}",
        f"**Answer:** {value}",
        rf"\boxed{{{value}}}",
    ):
        found = number.read(rendered)
        assert found.answer is not None
        assert number.equal(found.answer, str(value))


@given(st.text(max_size=400))
def test_any_text_is_read_without_fault(text: str) -> None:
    found = number.read(text + " The answer is")
    assert found.answer is None or number.canonical(found.answer) == found.answer


def test_hostile_text_costs_little() -> None:
    for text in ("9" * 200_000, "The answer is " * 20_000, "{" * 50_000, "1," * 50_000, "10^{10^{10}}"):
        number.read(text)
