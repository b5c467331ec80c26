"""Cleaning published rationales rule by rule, and parting them from their answers."""

import pytest

from cot_distill.supervision.answer_line import Parted, split_answer
from cot_distill.supervision.cleaning import clean

PROSE = "Leaves catch light. They make sugar from it. "
RUN_ON = " ".join(["thereby", "proving", "steadfast", "verdict"] * 25)


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("It is \x0crac{1}{2} and 2 \times 3.", "It is \\frac{1}{2} and 2 \\times 3.", ["restore_escapes"]),
        ("\x08inom{4}{2} or \rightarrow x\neq 3", "\\binom{4}{2} or \\rightarrow x\\neq 3", ["restore_escapes"]),
        ("First\tthen\u200b last", "First then last", ["drop_control_characters"]),
        ("so â‡’ 4 and 5â€“6", "so ⇒ 4 and 5–6", ["mend_encoding"]),
        ("<Solution Path>\nAdd 2.", "Add 2.", ["drop_prompt_parts", "trim"]),
        ("<explanation>Add 2.</explanation>", "Add 2.", ["drop_prompt_parts"]),
        ("<Step-by-step Solution Path> Add 2.", "Add 2.", ["drop_prompt_parts", "trim"]),
        ("<1. Add 2.> <2. Take 1.>", "1. Add 2. 2. Take 1.", ["drop_prompt_parts"]),
        ("If 2 < x and x > 1, then -3 < y < 7.", "If 2 < x and x > 1, then -3 < y < 7.", []),
        ("10<sup>2</sup><br>Done.", "10^2\nDone.", ["html_as_text"]),
        ("Step-by-Step Solution Path:1. Add 2.", "1. Add 2.", ["drop_heading"]),
        ("**Solution:** Add 2.", "Add 2.", ["drop_heading"]),
        ("Solution A holds salt.", "Solution A holds salt.", []),
        ("Let's think about the multi-choice question step by step. Add 2.", "Add 2.", ["drop_trigger"]),
        ("Let's say x is 3.", "Let's say x is 3.", []),
        ("= 21 piecesThe answer is 21", "= 21 pieces The answer is 21", ["part_glued_answer"]),
        ("mostlyTheanswerisD", "mostlyThe answer is D", ["part_glued_answer"]),
        ("It has 60.2. Divide by 2.Then add 1.5.", "It has 60.2. Divide by 2. Then add 1.5.", ["part_glued_sentences"]),
        ("It is energy.2. Analyze it.", "It is energy.\n2. Analyze it.", ["part_glued_sentences"]),
        (PROSE + RUN_ON + " The answer is True", PROSE + "The answer is True", ["cut_degenerate_tail"]),
        ("again and " * 80 + "The answer is B", "The answer is B", ["cut_degenerate_tail"]),
        (PROSE * 20, (PROSE * 20).strip(), ["trim"]),
    ],
)  # fmt: skip
def test_clean(text: str, expected: str, rules: list[str]) -> None:
    assert clean(text) == (expected, rules)


def test_cleaning_twice_changes_nothing_more() -> None:
    for text in ("<Solution Path>\nAdd 2.The answer is 3", "It is \x0crac{1}{2}.2. Then", PROSE + RUN_ON + " The answer is True"):  # fmt: skip
        once, _ = clean(text)
        assert clean(once) == (once, [])


CHOICES = ("a rock", "a plant", "the sun", "a lake")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("6 * 4 = 24. The answer is 24", "number", Parted("6 * 4 = 24.", "24", ())),
        ("6 * 4 = 24The answer is 24", "number", Parted("6 * 4 = 24", "24", ())),
        ("So 3. So, the answer is $1,200.", "number", Parted("So 3.", "1200", ("answer_with_text",))),
        ("Take 6 / 2. The answer is 18.0", "number", Parted("Take 6 / 2.", "18", ("answer_with_text",))),
        ("It is bright. The answer is C: the sun", "letter", Parted("It is bright.", "C", ("answer_with_text",))),
        ("It is bright. Therefore, the correct answer is C.", "letter", Parted("It is bright.", "C", ("answer_reworded",))),
        ("It is bright. The answer is the sun. The answer is C", "letter", Parted("It is bright.", "C", ("answer_repeated",))),
        ("The answer is C since only the sun shines by itself at all.", "letter", Parted("since only the sun shines by itself at all", "C", ("answer_moved",))),
        ("It is bright, so C is the correct answer.", "letter", Parted("It is bright, so C is the correct answer.", "C", ("answer_reworded",))),
        ("The answer is not given here.", "letter", Parted("The answer is not given here.", None, ())),
        ("The answer is none of these. The answer is B", "letter", Parted("The answer is none of these.", "B", ())),
        ("Cats sleep. Therefore, the statement is False.", "boolean", Parted("Cats sleep. Therefore, the statement is False.", None, ())),
        ("Half. The answer is $\\frac{1}{2}$.", "latex", Parted("Half.", "\\frac{1}{2}", ())),
        ("It is $\\boxed{5}$.", "latex", Parted("It is $5$.", "5", ("answer_reworded",))),
        ("The answer is 5", "number", Parted("", "5", ())),
        ("It leaves 13 of them.", "number", Parted("It leaves 13 of them.", None, ())),
    ],
)  # fmt: skip
def test_split_answer(text: str, kind: str, expected: Parted) -> None:
    assert split_answer(text, kind, CHOICES if kind == "letter" else None) == expected
