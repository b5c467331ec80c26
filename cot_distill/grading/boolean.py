"""Reading True or False from a completion; yes and no count as them."""

import re
from collections.abc import Callable

from cot_distill.grading import spans

_WORD = re.compile(r"(?<![a-z])(true|false|yes|no)(?![a-z])", re.I)
_OPENING = re.compile(r"[\s*\"'`:(\\{]*(?:text\{)?(?:(?:most\s+)?(?:likely|probably|definitely)\s+)?", re.I)
_STATEMENT = re.compile(
    r"\b(?:statement|claim|assertion|conclusion)\s+(?:is|would be)\s+(?:\w+\s+)?(?=true|false)", re.I
)


def read(text: str) -> tuple[str, str] | None:
    """True or False as a completion states it, and the name of the step that read it."""
    kept = spans.before_over_generation(text)
    for step in STEPS:
        found = step(kept)
        if found is not None:
            return found, step.__name__
    return None


def answer_sentence(text: str) -> str | None:
    """The last "the answer is …" that begins with true, false, yes or no."""
    return _first(spans.SENTENCE, text)


def boxed(text: str) -> str | None:
    r"""The last `\\boxed{…}` that holds true, false, yes or no."""
    inside = spans.last_boxed(text)
    return canonical(inside) if inside else None


def answer_label(text: str) -> str | None:
    """The last "Answer: …"."""
    return _first(spans.LABEL, text)


def statement(text: str) -> str | None:
    """The last "the statement is …"."""
    return _first(_STATEMENT, text)


def last_word(text: str) -> str | None:
    """The last true, false, yes or no of the whole text."""
    words = _WORD.findall(text)
    return canonical(words[-1]) if words else None


STEPS: tuple[Callable[[str], str | None], ...] = (answer_sentence, boxed, answer_label, statement, last_word)


def canonical(text: str) -> str | None:
    """ "True" or "False" for a text that begins with true, yes, false or no in any case; else None."""
    opening = _OPENING.match(text)
    match = _WORD.match(text, opening.end() if opening else 0)
    if not match:
        return None
    return "True" if match[1].lower() in ("true", "yes") else "False"


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    return next((found for said in spans.stated(pattern, text) if (found := canonical(said))), None)
