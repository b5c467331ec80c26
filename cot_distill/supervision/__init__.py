"""Supervision: what the six levels and four formats are, and what is done to a rationale before it teaches."""

GRANULARITIES = range(7)
"""0 is answer-only; 1 (a bare plan) to 6 (every sub-step spelled out and checked) are the paper's levels."""

FORMATS = ("original", "least_to_most", "rephrase_and_respond", "symbolic")
"""How a rationale is laid out: as written, as sub-questions and answers, restated first, or with variables."""
