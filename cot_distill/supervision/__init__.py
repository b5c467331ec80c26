"""Supervision: what the six levels and four formats are, and what is done to a rationale before it teaches."""

LEVELS = range(1, 7)
"""The paper's levels: 1 (a bare plan) to 6 (every sub-step spelled out and checked)."""

MIXED = "mixed"
"""Each problem is taught at a level of its own, drawn by declared weights."""

PADDED = "padded"
"""Level 1, padded with words that say nothing to the length of level 5: the control for length alone."""

GRANULARITIES = (0, *LEVELS, MIXED, PADDED)
"""What an arm's granularity may be; 0 is answer-only."""

FORMATS = ("original", "least_to_most", "rephrase_and_respond", "symbolic")
"""How a rationale is laid out: as written, as sub-questions and answers, restated first, or with variables."""


def in_words(granularity: int | str | None) -> str:
    """An arm's granularity as tables and titles show it."""
    if granularity is None:
        return "no level"
    return {MIXED: "mixed levels", PADDED: "level 1 padded", "0": "answer only"}.get(
        str(granularity), f"level {granularity}"
    )
