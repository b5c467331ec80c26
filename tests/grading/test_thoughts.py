"""Thoughts are set aside, in whatever dialect."""

import pytest

from cot_distill.grading import read
from cot_distill.grading.thoughts import THOUGHTS, Parts, split

HARMONY = (
    "<|channel|>analysis<|message|>12*4=48, maybe 40?<|end|><|start|>assistant<|channel|>commentary<|message|>Hm."
    "<|end|><|start|>assistant<|channel|>final<|message|>She has **42** apples.<|return|>"
)


@pytest.mark.parametrize(("opens", "closes"), THOUGHTS)
def test_every_dialect_with_both_marks_and_with_the_closing_one_alone(opens: str, closes: str) -> None:
    for text in (f"{opens}5? No.{closes}\nIt is 6.", f"5? No.{closes}\nIt is 6."):
        assert split(text) == Parts("5? No.", "It is 6.", True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It is 6.", Parts("", "It is 6.", True)),
        ("<think>5? No", Parts("5? No", "", False)),
        ("It is 6.<think>Or", Parts("Or", "It is 6.", False)),
        ("<think>5</think>It is <THINK>6?</THINK>6.", Parts("56?", "It is 6.", True)),
        (HARMONY, Parts("12*4=48, maybe 40?Hm.", "She has **42** apples.", True)),
        ("<|channel|>analysis<|message|>12*4", Parts("12*4", "", False)),
        (
            "<|START_THINKING|>5?<|END_THINKING|><|START_RESPONSE|>It is 6.<|END_RESPONSE|>",
            Parts("5?", "It is 6.", True),
        ),
        ("<think>5?</think>\n<response>\nIt is 6.\n</response>", Parts("5?", "It is 6.", True)),
        (
            "<|open|>think<|sep|>5?<|close|>think<|sep|><|open|>response<|sep|>It is 6.<|close|>response<|sep|>",
            Parts("5?", "It is 6.", True),
        ),
        ("Here is my response: it is 6.", Parts("", "it is 6.", True)),
        ("analysisWe need 5.assistantfinalIt is 6.", Parts("We need 5.", "It is 6.", True)),
        ("analysis5? No. assistant final It is 6.", Parts("5? No.", "It is 6.", True)),
        ("analysisWe need 5", Parts("We need 5", "", False)),
        ("analysis of the data gives 5.", Parts("", "analysis of the data gives 5.", True)),
    ],
)
def test_parts(text: str, parts: Parts) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("<think>The answer is 5.</think>The answer is 6.", "6", None),
        (HARMONY, "42", None),
        ("analysisThe user asks 6*7 = 42.assistantfinalThe product is **42**.", "42", None),
        ("So 3*4=12, then 12+5=17, yes.</think>\nThe total comes to 17.", "17", None),
        ("<seed:think>10?</seed:think>Answer: 11", "11", None),
        ("<think>\nSo 9 - 2 = 7, and \\boxed{7}. Or does she mean", None, "truncated"),
        ("<think>\n9 - 2 = 7.\n\n**Final answer:** 7\n", None, "truncated"),
        ("The answer is 7.\n<think>\nOr 8?", "7", None),
        ("So 7 eggs are left.\n<think>\nThere are 15 in", None, "truncated"),
    ],
)
def test_only_what_is_said_beside_the_thoughts_counts(text: str, answer: str | None, reason: str | None) -> None:
    reading = read(text, "number")
    assert (reading.answer, reading.reason) == (answer, reason)
