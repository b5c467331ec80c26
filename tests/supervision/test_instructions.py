"""What a teacher is told: complete for every level, format and kind, and true to its own rules."""

from itertools import pairwise

import pytest

from cot_distill.decoding import Completion
from cot_distill.grading import KINDS, read
from cot_distill.records import Problem
from cot_distill.supervision import FORMATS, LEVELS, LONG_TO_SHORT
from cot_distill.supervision.instructions import ask_for_format, ask_for_level
from cot_distill.supervision.measures import words
from cot_distill.supervision.verification import examine

GOLD = {
    **{"number": "9", "letter": "B", "boolean": "False", "latex": r"\frac{1}{9}"},
    **{"letters": "A, C", "text": "Mercury"},
}
assert set(GOLD) == set(KINDS)
CHOICES = ("cupboard", "refrigerator", "windowsill", "oven", "garage shelf")


def problem(kind: str, gold: str = "") -> Problem:
    choices = CHOICES if kind in ("letter", "letters") else None
    return Problem("p-1", "svamp", "train", "How many pens?", choices, kind, gold or GOLD[kind], None, None)


def test_the_turns_of_a_request() -> None:
    first, shown, last = ask_for_level(problem("number", "24"), 3, gold_hint=True)
    assert first[0] == last[0] == "user"
    assert 'ends with the line "The answer is X.", where X is a number without a unit.' in " ".join(first[1].split())
    assert "must not say or suggest that it was known" in " ".join(first[1].split())
    assert "Style: the main steps." in first[1]
    assert first[1].endswith("How many bags does it fill?\n\n(The answer is known: 9)")
    assert shown == (
        "assistant",
        "The bakery bakes 6 * 12 = 72 rolls. After the sale 72 - 45 = 27 rolls are left. They fill 27 / 3 = 9 bags.\n"
        "The answer is 9.",
    )
    assert last[1] == "Problem:\nHow many pens?\n\n(The answer is known: 24)"


def test_without_the_hint_the_gold_answer_is_nowhere() -> None:
    turns = ask_for_level(problem("number", "24601"), 5, gold_hint=False)
    assert not any("24601" in turn[1] or "known" in turn[1] for turn in turns)


def test_choices_stand_with_their_letters() -> None:
    last = ask_for_level(problem("letter"), 1, gold_hint=True)[-1][1]
    assert "(A) cupboard\n(B) refrigerator\n" in last
    assert last.endswith("(The answer is known: B)")


@pytest.mark.parametrize("kind", GOLD)
def test_the_opening_is_the_same_for_all_problems_of_a_kind(kind: str) -> None:
    one = ask_for_level(problem(kind), 4, gold_hint=True)
    other = ask_for_level(problem(kind, {"boolean": "True", "letter": "A", "letters": "A, B"}.get(kind, "3")), 4, True)
    assert one[:2] == other[:2]
    assert one[2] != other[2]


@pytest.mark.parametrize("kind", GOLD)
def test_every_demonstration_passes_the_verification_that_it_demonstrates(kind: str) -> None:
    for level in LEVELS:
        text = ask_for_level(problem(kind), level, gold_hint=True)[1][1]
        assert examine(problem(kind), Completion(text, 9, "stop", 9)).verdict == "good", (kind, level)
    for format in set(FORMATS) - {"original", LONG_TO_SHORT}:
        text = ask_for_format(problem(kind), "We count.", GOLD[kind], format)[1][1]
        assert examine(problem(kind), Completion(text, 9, "stop", 9)).verdict == "good", (kind, format)


@pytest.mark.parametrize("kind", GOLD)
def test_levels_differ_in_length_and_in_kind(kind: str) -> None:
    shown = [ask_for_level(problem(kind), level, gold_hint=True)[1][1] for level in LEVELS]
    assert all(words(coarse) <= words(fine) for coarse, fine in pairwise(shown))
    assert ["\n2. " in text for text in shown] == [False, False, False, False, True, True]
    plan = shown[0].rpartition("\n")[0]
    assert not read(plan, kind, CHOICES).stated, plan
    assert "Check:" in shown[5]


def test_a_rewrite_is_asked_for_with_the_rationale_and_the_answer_that_it_states() -> None:
    turns = ask_for_format(problem("number", "24"), "4 * 6 = 25.", "25", "least_to_most")
    assert "Style: least to most." in turns[0][1]
    assert turns[1][1].startswith("Sub-question 1: ")
    assert turns[2][1] == "Problem:\nHow many pens?\n\nSolution:\n4 * 6 = 25.\nThe answer is 25."
    assert ask_for_format(problem("number"), "x", "9", "symbolic")[1][1].startswith("Let b = ")
    assert ask_for_format(problem("number"), "x", "9", "rephrase_and_respond")[1][1].startswith("In other words, ")
