"""Parting a written chain of thought into the rationale proper and the answer that it states."""

import re

from cot_distill.grading import read

# No word boundary before it: published rationales run on, as in "= 21 piecesThe answer is 21".
_LAST_SENTENCE = re.compile(r"(?:\b(?:so|thus|hence|therefore)\s*,?\s*)?the answer is\b", re.I)


def part(text: str, answer_kind: str) -> tuple[str, str | None]:
    """(rationale without its answer sentence, stated answer in canonical form or None where none is stated)."""
    matches = list(_LAST_SENTENCE.finditer(text))
    if not matches:
        return text.strip(), None
    start = matches[-1].start()
    return text[:start].strip(), read(text[start:], answer_kind).answer
