"""Measuring rationales: how long and how fine they are, whatever level they claim."""

import re

_STEP_END = re.compile(r"[.!?;](?=\s|$)|\n|(?<=[.!?])(?=\d+\.\s)")


def words(text: str) -> int:
    """Words, split at white space."""
    return len(text.split())


def steps(text: str) -> int:
    """Steps: the sentences and lines that hold more than a list number."""
    return sum(1 for part in _STEP_END.split(text) if any(char.isalpha() for char in part) or "=" in part)
