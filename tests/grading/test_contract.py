"""What is stated, where, and by which step; what a cut text earns."""

import pytest

from cot_distill.grading import Reading, read
from cot_distill.grading.contract import breaks_off

CHOICES = ("mitosis", "meiosis", "fission", "budding")


@pytest.mark.parametrize(
    ("text", "answer", "step"),
    [
        (r"So it is \boxed{1,234}.", "1234", "boxed"),
        (r"\boxed{5}. No: \boxed{7}", "7", "boxed"),
        (r"\fbox{7}", "7", "boxed"),
        (r"\boxed 7", "7", "boxed"),
        (r"The answer is 3. \boxed{7}", "7", "boxed"),
        ("3 + 4 = 7\n#### 7", "7", "hashes"),
        ("#### 7\n\nNext he had 5. #### 5", "7", "hashes"),
        ("#### Step 1\nHe has 5.\n#### 7", "7", "hashes"),
        ("The answer is 7.", "7", "answer_line"),
        ("the final answer is: 7", "7", "answer_line"),
        ("So the answer to this question is 6.", "6", "answer_line"),
        ("Therefore, the answer for this problem would be 6 apples.", "6", "answer_line"),
        ("The correct answer here is therefore 6.", "6", "answer_line"),
        ("It is 5. No, the answer is 6.", "6", "answer_line"),
        ("**Answer:** 12", "12", "answer_line"),
        ("**Final Answer**\n\n12", "12", "answer_line"),
        ("### Answer\n12 apples", "12", "answer_line"),
        ("ANSWER: 12", "12", "answer_line"),
        ("Ans: 12", "12", "answer_line"),
        ("3 + 4 = 7\nA: 7", "7", "answer_line"),
        ('{"reasoning": "3 * 4", "answer": 12}', "12", "answer_line"),
        ('{"result": "12"}', "12", "answer_line"),
        ('```json\n{"final_answer": 12, "unit": "km"}\n```', "12", "answer_line"),
        ("So the answer to the question of how many pens are left is 6.", "6", "answer_line"),
        ("We have to find the answer. He has 3. The answer is 6.", "6", "answer_line"),
        ("He has 3 * 4 pens. <answer>12</answer>", "12", "answer_line"),
        ("= 21 piecesThe answer is 21", "21", "answer_line"),
        ("You might think the answer is 9, but the answer is 7.", "7", "answer_line"),
        ("12", "12", "whole"),
        ("**12 apples**", "12", "whole"),
    ],
)
def test_a_stated_number(text: str, answer: str, step: str) -> None:
    reading = read(text, "number")
    assert (reading.answer, reading.step, reading.stated, reading.reason) == (answer, step, True, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The answer is 5, 6, or 7.", "number"),
        ("The answer is 5 or 6", "number"),
        ("The answer is 4 blue and 6 red.", "number"),
        ("The answer is 10-12.", "number"),
        (r"So $x = \boxed{2}$ or $x = \boxed{-3}$.", "number"),
        (r"\boxed{\{2, 9\}}", "number"),
        ("The answer is between 5 and 10.", "number"),
        (r"\boxed{5, 7}", "number"),
        (r"\boxed{5 \text{ or } 7}", "number"),
        (r"\boxed{5} and \boxed{7}", "number"),
        (r"\boxed{x = 5, y = 7}", "number"),
        ("The answer is A, B, and D.", "letter"),
        ("The answer is A, B, C, D.", "letter"),
        ("ANSWER: A,C", "letter"),
        ("Answer: A/C", "letter"),
        ("The answer is either (b) or (c).", "letter"),
        (r"\boxed{A,B}", "letter"),
        (r"\boxed{A} and \boxed{B}", "letter"),
        ("The answer is yes and no.", "boolean"),
        ("The answer is yes or no depending on the sea.", "boolean"),
        (r"\boxed{\text{Yes}}, \boxed{\text{No}}", "boolean"),
    ],
)
def test_several_answers_are_none(text: str, kind: str) -> None:
    assert read(text, kind, CHOICES if kind == "letter" else None) == Reading(
        None, None, ambiguous=True, reason="several_answers"
    )


@pytest.mark.parametrize(
    "text",
    [
        r"\boxed{7\pi}",
        r"\boxed{2\sqrt{3}}",
        r"\boxed{\sqrt{2}}",
        r"\boxed{5x}",
        r"\boxed{3e}",
        r"\boxed{\frac{\pi}{2}}",
        "The answer is not 5 but 6.",
        r"We get \boxed{28}, and then in the second case \boxed{31",
        "The answer is x - 22.",
        "The answer cannot be determined.",
        r"The answer is 5. \boxed{\text{It cannot be determined}}",
        "An intermediate value is \\boxed{12}. So in the end we get \\boxed{",
        "I don't know.",
        "He has 3 pens. There is not enough information.",
        "",
    ],
)
def test_what_states_no_number_is_unanswered(text: str) -> None:
    assert read(text, "number") == Reading(None, None, reason="no_answer")


def test_of_different_statements_the_last_counts_and_they_are_marked() -> None:
    reading = read("The answer is 5. Wait, the answer is 6.", "number")
    assert (reading.answer, reading.ambiguous) == ("6", True)
    assert not read("The answer is 6. As said, the answer is 6.", "number").ambiguous


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 9.\nQuestion: Tom has 3. How many?\nThe answer is 3.",
        "The answer is 9.\n\nProblem: Ann has 3. The answer is 3.",
        "The answer is 9.\n\nQ: Ann has 3.\nA: 3",
        "The answer is 9.\n\n### Instruction\nThe answer is 3.",
        "The answer is 9.<|im_end|>\n<|im_start|>user The answer is 3.",
    ],
)
def test_another_problem_is_cut_off(text: str) -> None:
    assert read(text, "number").answer == "9"


def test_a_question_that_is_restated_is_no_other_problem() -> None:
    text = "Let me look at it:\nQuestion: how many pens has he?\nHe has 3 * 4 = 12 pens. The answer is 12."
    assert read(text, "number").answer == "12"


CUT = (
    ("First, he buys 12 boxes of 4, so 48 pens. Then he gives 6", "number"),
    ("First, he buys 12 boxes of 4, so 12 × 4 = 48 pens.\n\nNext, he gives some to", "number"),
    ("We need $x$ with $x^2 = 49$, so $x = 7$. Next we must subtract", "latex"),
    ("Let me consider the options.\n\n(A) mitosis: the usual way.\n(B) meiosis: this halves", "letter"),
    ("Yes, since it is light it can", "boolean"),
    ("1. Count them: 9.\n2.", "number"),
    ("Then 12 + 30 = 42. So the answer is", "number"),
    ("Step 1: 6*7 = 42\nStep 2: 42 -", "number"),
)


@pytest.mark.parametrize(("text", "kind"), CUT)
@pytest.mark.parametrize("truncated", [None, True])
def test_a_cut_text_that_states_nothing_is_unanswered(text: str, kind: str, truncated: bool | None) -> None:
    assert read(text, kind, CHOICES, truncated=truncated) == Reading(None, None, reason="truncated")


def test_a_text_known_to_be_whole_has_a_fallback_and_a_cut_one_its_statement() -> None:
    assert read("He buys 12 boxes and has, all in all 48", "number", truncated=False).answer == "48"
    assert read("He has 48 pens.", "number", truncated=True).reason == "truncated"
    assert read("The answer is 48. To check this, we", "number", truncated=True).answer == "48"


@pytest.mark.parametrize(
    "text",
    ["So he has 48 pens", "12 × 4 = 48", "First a sum.\n12 × 4 = 48 pens in all", "First a sum.\nTotal: 48", "Well.\nSo B", "x", "He has 48.", "Well, **48**"],
)  # fmt: skip
def test_short_last_lines_need_no_full_stop(text: str) -> None:
    assert not breaks_off(text)
