"""Whether gold stands anywhere in a completion."""

import pytest

from cot_distill.evaluation.mentions import contains

FRUIT = ("red apple", "a pear", "plum")


@pytest.mark.parametrize(
    ("text", "gold", "kind", "there"),
    [
        ("He had 4 boxes of 12. So 5.", "12", "number", True),
        ("He had 4 boxes of 2/3.", "0.67", "number", True),
        ("He had 4 boxes of 120.", "12", "number", False),
        ("It is (B), or a plum.", "B", "letter", True),
        ("It is (B), or a plum.", "C", "letter", True),
        ("It is (B), or a plum.", "A", "letter", False),
        ("B and C", "B, C", "letters", True),
        ("B alone", "B, C", "letters", False),
        ("Yes, it can.", "True", "boolean", True),
        ("No evidence.", "False", "boolean", False),
        (r"So \frac{1} {2} is left", r"\frac{1}{2}", "latex", True),
        ("x + 1", "x+2", "latex", False),
        ("It was the Marie Curie prize", "Pierre\nMarie Curie", "text", True),
        ("It was Curie", "Marie Curie", "text", False),
    ],
)
def test_contains(text: str, gold: str, kind: str, there: bool) -> None:
    assert contains(text, gold, kind, FRUIT) is there
