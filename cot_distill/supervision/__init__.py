"""Supervision: the six levels, the formats, and the processing of rationales before they teach."""

LEVELS = range(1, 7)
"""The paper's levels: 1 (a bare plan) to 6 (every sub-step spelled out and checked)."""

MIXED = "mixed"
"""The level of each problem is drawn by declared weights."""

PADDED = "padded"
"""Level 1, padded with empty words to the length of level 5: a control for length."""

THOUGHTS = "thoughts"
"""The teacher is asked plainly, and its thoughts before the answer teach. (Granularity None: the text after them.)"""

GRANULARITIES = (0, *LEVELS, MIXED, PADDED, THOUGHTS, None)
"""An arm's granularity. 0: answer-only. None: as the teacher writes unprompted."""

Level = int | str | None
"""The level that a teacher is asked for: 1 to 6, THOUGHTS, or None."""

LONG_TO_SHORT = "long_to_short"
"""A format: the teacher rewrites its thoughts, or its unprompted text, in the same way but without detours."""

FORMATS = ("original", "least_to_most", "rephrase_and_respond", "symbolic", LONG_TO_SHORT)
"""The formats: as written; sub-questions with answers; the question restated first; with variables; shortened."""


def in_words(granularity: int | str | None) -> str:
    """An arm's granularity as tables and titles show it."""
    if granularity is None:
        return "as written"
    if " : " in str(granularity):  # a mixture, which is in words already
        return str(granularity)
    named = {MIXED: "mixed levels", PADDED: "level 1 padded", THOUGHTS: "thoughts", "0": "answer only"}
    return named.get(str(granularity), f"level {granularity}")
