"""Letters, True/False and LaTeX: reading and comparing."""

import pytest

from cot_distill.errors import UserError
from cot_distill.grading import Reading, canonical, equal, read

CHOICES = ("red apple", "a pear", "plum", "none of these")


@pytest.mark.parametrize(
    ("text", "expected", "step"),
    [
        ("So it is round. The answer is C.", "C", "answer_sentence"),
        ("The answer is (b)", "B", "answer_sentence"),
        ("The answer is D: none of these", "D", "answer_sentence"),
        ("The answer is option C", "C", "answer_sentence"),
        ("The answer is **C**", "C", "answer_sentence"),
        ("The answer is Option 'B'", "B", "answer_sentence"),
        ("The answer is :- D", "D", "answer_sentence"),
        ("The answer is is C", "C", "answer_sentence"),
        ("The answer is 24. i.e B", "B", "answer_sentence"),
        ("The answer is plum. So I say", "C", "answer_sentence"),
        ("The answer is 24 B", "B", "answer_sentence"),
        ("The answer is plum.", "C", "answer_sentence"),
        ("The answer is a pear", "B", "answer_sentence"),
        ("The answer is Apple", None, None),
        ("So A or D. The answer is B.", "B", "answer_sentence"),
        ("Hence $\\boxed{\\text{C}}$", "C", "boxed"),
        ("Answer: B", "B", "answer_label"),
        ("Therefore C is the correct choice, so C is correct.", "C", "correct_choice"),
        ("I would take (D)", "D", "last_sentence"),
        ("The answer is E", None, None),
        ("The answer is C.\nQuestion: another?\nThe answer is A.", "C", "answer_sentence"),
        ("TheanswerisD", "D", "answer_sentence"),
    ],
)
def test_letters(text: str, expected: str | None, step: str | None) -> None:
    assert read(text, "letter", CHOICES) == Reading(expected, step)


@pytest.mark.parametrize(
    ("text", "expected", "step"),
    [
        ("So no. The answer is True.", "True", "answer_sentence"),
        ("The answer is no", "False", "answer_sentence"),
        ("THE ANSWER IS FALSE", "False", "answer_sentence"),
        ("Answer: Yes", "True", "answer_label"),
        ("Therefore, the statement is false.", "False", "statement"),
        ("I think yes", "True", "closing"),
        ("Nobody knows", None, None),
        ("The answer is notable", None, None),
    ],
)
def test_booleans(text: str, expected: str | None, step: str | None) -> None:
    assert read(text, "boolean") == Reading(expected, step)


@pytest.mark.parametrize(
    ("text", "expected", "step"),
    [
        ("The answer is $\\frac{1}{2}$.", "\\frac{1}{2}", "answer_sentence"),
        ("The answer is \\( 2\\sqrt{3} \\)", "2\\sqrt{3}", "answer_sentence"),
        ("so it is $\\boxed{\\text{(A)}}$ as said.", "\\text{(A)}", "boxed"),
        ("We get $x = 5$.", "5", "last_formula"),
        ("There are 12 of them", "12", "conclusion"),
    ],
)
def test_latex(text: str, expected: str, step: str) -> None:
    assert read(text, "latex") == Reading(expected, step)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("\\dfrac{1}{2}", "\\frac12", True),
        ("0.5", "\\frac{1}{2}", True),
        ("1\\frac{1}{2}", "1.5", True),
        ("10,000", "10000", True),
        ("7\\text{ hours}", "7", True),
        ("30^\\circ", "30", True),
        ("x = 5", "5", True),
        ("12\\%", "12", True),
        ("\\left(2, 3\\right)", "(2,3)", True),
        ("\\frac{1}{2}", "\\frac{1}{3}", False),
        ("-5", "5", False),
        ("(2,3)", "(3,2)", False),
        ("\\frac{1}{0}", "1", False),
        ("2x", "2", False),
    ],
)
def test_equal_latex(one: str, other: str, same: bool) -> None:
    assert equal(one, other, "latex") is same
    assert equal(other, one, "latex") is same


def test_an_unknown_kind() -> None:
    with pytest.raises(UserError, match="answer kind 'poem' is unknown; valid: number, letter, boolean, latex"):
        canonical("x", "poem")


@pytest.mark.parametrize("kind", ["number", "letter", "boolean", "latex"])
@pytest.mark.parametrize("text", ["\\boxed{" * 7000, "\n" * 50_000, "{" * 50_000, "\0" * 50_000, "answer to " * 5000])
def test_a_hostile_text_states_no_answer(kind: str, text: str) -> None:
    assert read(text, kind).answer is None


def test_the_last_balanced_box_counts_and_escaped_braces_do_not() -> None:
    assert read(r"\boxed{1}, no: \boxed{\frac{2}{3}}", "latex").answer == r"\frac{2}{3}"
    assert read(r"\boxed{4} and \boxed{\frac{2}{3}", "latex").answer == "4"
    assert read(r"\boxed{\{1, 2\}}", "latex").answer == read(r"The answer is \{1, 2\}.", "latex").answer
    assert read(r"} \boxed{5} {", "latex").answer == "5"
