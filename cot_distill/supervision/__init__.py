"""Supervision: what the six levels and four formats are, and what is done to a rationale before it teaches."""

LEVELS = range(1, 7)
"""The paper's levels: 1 (a bare plan) to 6 (every sub-step spelled out and checked)."""

MIXED = "mixed"
"""Each problem is taught at a level of its own, drawn by declared weights."""

PADDED = "padded"
"""Level 1, padded with words that say nothing to the length of level 5: the control for length alone."""

THOUGHTS = "thoughts"
"""What the teacher thought before it answered, asked the problem plainly; what it then wrote is granularity None."""

GRANULARITIES = (0, *LEVELS, MIXED, PADDED, THOUGHTS, None)
"""What an arm's granularity may be; 0 is answer-only, None as the teacher writes of its own accord."""

Level = int | str | None
"""What a teacher is asked for: 1 to 6, THOUGHTS, or None."""

LONG_TO_SHORT = "long_to_short"
"""What the teacher makes of its own thoughts, or of what it wrote of its own accord: the same way, without detours."""

FORMATS = ("original", "least_to_most", "rephrase_and_respond", "symbolic", LONG_TO_SHORT)
"""How a rationale is laid out: as written, as sub-questions and answers, restated first, with variables, shortened."""


def in_words(granularity: int | str | None) -> str:
    """An arm's granularity as tables and titles show it."""
    if granularity is None:
        return "as written"
    if " : " in str(granularity):  # a mixture, which is in words
        return str(granularity)
    named = {MIXED: "mixed levels", PADDED: "level 1 padded", THOUGHTS: "thoughts", "0": "answer only"}
    return named.get(str(granularity), f"level {granularity}")
