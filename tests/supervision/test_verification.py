"""Which completions of a teacher may teach."""

import pytest

from cot_distill.decoding import Completion, Failure
from cot_distill.records import Problem
from cot_distill.supervision.verification import VERDICTS, examine

PENS = Problem("p-1", "svamp", "train", "How many pens?", None, "number", "24", None, None)
WHERE = Problem("p-2", "csqa", "train", "Where?", ("desk", "fridge"), "letter", "B", None, None)
HALF = Problem("p-3", "math", "train", "Half?", None, "latex", r"\frac{1}{2}", None, None)
IS_IT = Problem("p-4", "strategyqa", "train", "Is it?", None, "boolean", "True", None, None)


def verdict(problem: Problem, text: str, finish: str = "stop") -> str:
    return examine(problem, Completion(text, 10, finish, 10)).verdict


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (PENS, "There are 4 boxes of 6 pens, which makes 4 * 6 = 24.\nThe answer is 24."),
        (PENS, "4 * 6 = 24. The answer is 24.0"),
        (PENS, "1. Take 4 boxes.\n2. Each has 6 pens: 4 * 6 = 24.\n3. So 24.\nThe answer is $24."),
        (WHERE, "Milk is kept cold, so it is the fridge.\nThe answer is B."),
        (WHERE, "Milk is kept cold.\nThe answer is (B) fridge."),
        (HALF, r"One of two is $\frac{1}{2}$." + "\n" + r"The answer is $\frac{1}{2}$."),
        (HALF, "Of two outcomes one is wanted. The answer is 1/2."),
        (HALF, r"Let $\frac{x}{3} = 2^{X} - \text{answer}$, then [the rest] is half." + "\nThe answer is 1/2."),
        (IS_IT, "Water boils at 100 degrees there.\nThe answer is yes."),
        (PENS, "We count: 4, 4, 4, 4, 4, 4 are six fours, 24 in all.\nThe answer is 24."),
    ],
)
def test_what_is_right_is_good(problem: Problem, text: str) -> None:
    assert verdict(problem, text) == "good"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 * 6 = 25.\nThe answer is 25.", "wrong_answer"),
        ("The answer is 24.", "empty"),
        ("", "empty"),
        (" \n", "empty"),
        ("There are four boxes.", "no_answer"),
        ("We know the given answer is 24, so 4 * 6.\nThe answer is 24.", "gold_referring"),
        ("Since the answer is known to be 24, we divide 24 by 6.\nThe answer is 24.", "gold_referring"),
        ("We use the hint: 4 * 6 = 24.\nThe answer is 24.", "gold_referring"),
        ("<Solution Path> 4 * 6 = 24.\nThe answer is 24.", "placeholder"),
        ("[Your reasoning here]\nThe answer is 24.", "placeholder"),
        ("4 * 6 = 24.\nThe answer is X.", "placeholder"),
        ("4 * 6 = {answer}.\nThe answer is 24.", "placeholder"),
        ("We see that [the answer] = 24.\nThe answer is 24.", "placeholder"),
        ("4 * 6 = 24.\nThe answer is 24.\n\nProblem:\nHow many hats?", "placeholder"),
        ("Problem:\nHow many pens?\n4 * 6 = 24.\nThe answer is 24.", "placeholder"),
        ("We add four to it. " * 6 + "\nThe answer is 24.", "looping"),
        ("4 * 6 = " * 30, "looping"),
        ("and then the pens " * 40, "looping"),
    ],
)
def test_what_may_not_teach_is_called_by_its_fault(text: str, expected: str) -> None:
    assert verdict(PENS, text) == expected


def test_a_cut_rationale_is_truncated_even_where_it_states_the_answer() -> None:
    assert verdict(PENS, "4 * 6 = 24.\nThe answer is 24", "length") == "truncated"


def test_a_failed_request_is_an_attempt_too() -> None:
    examined = examine(PENS, Failure("HTTP 500, in 8 tries", final=False))
    assert (examined.text, examined.stated, examined.verdict) == ("", None, "no_response")
    assert {"good", "no_response"} < set(VERDICTS)


def test_the_rationale_comes_without_its_answer_sentence() -> None:
    examined = examine(PENS, Completion("4 * 6 = 24 pens.\nThe answer is 24.", 10, "stop", 10))
    assert (examined.text, examined.stated, examined.right) == ("4 * 6 = 24 pens.", "24", True)
