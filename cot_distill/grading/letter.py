"""Reading the letter of a choice from a completion, also where only the choice's text is stated."""

import re
from collections.abc import Callable, Sequence

from cot_distill.grading import spans

_KEPT = re.compile(r"[\W_]+")
_LETTER = re.compile(
    r"[\s*\"'`$:=.,–\-\\{]*(?:[Ii]s\s*)?(?:(?:[Tt]he\s+)?(?:[Oo]ption|OPTION|[Cc]hoice|[Ll]etter|text\{)\s*[:\-]?\s*)?"
    r"[\s*\"'`({\[]*([A-Z])(?![A-Za-z]|['’][a-z])"
    r"|[\s*\"'`]*[(\[]([a-z])[)\]]|[\s*\"'`]*([a-z])[\s.*\"'`]*$"
)
_CLAUSE_END = re.compile(r"[.;,](?=\s|$)| [(=]")
_THAT_IS = re.compile(r"(?:\bi\.?\s?e\.?|\b[Oo]ption|\b[Cc]hoice|[(\[=])[\s,:'\"]*\(?([A-Z])(?![A-Za-z]|['’][a-z])")
_AT_END = re.compile(r"(?:[\d.)=:]|\b(?:[Aa]ns|[Hh]ence|[Ss]o|[Ii]s))\s*\(?([A-Z])[)\s.:]*$")
_NAMED = re.compile(
    r"\b(?:option|choice)?\s*[(\[]?([A-Z])[)\]]?\s+is\s+(?:therefore\s+|thus\s+)?(?:the\s+)?(?:\w+\s+)?(?:answer|correct|right)\b"
)
_CAPITAL = re.compile(r"(?<![\w'’])\(?([B-Z]|A(?!\s+[a-z]))\)?(?![\w'’])")

_LONGEST_CHOICE = 300

Choices = Sequence[str] | None


def read(text: str, choices: Choices) -> tuple[str, str] | None:
    """The letter that a completion states, and the name of the step that read it."""
    kept = spans.before_over_generation(text)
    for step in STEPS:
        found = step(kept, choices)
        if found is not None:
            return found, step.__name__
    return None


def answer_sentence(text: str, choices: Choices) -> str | None:
    """The last "the answer is …" that states a letter or the text of a choice."""
    return _first(spans.stated(spans.SENTENCE, text), choices)


def boxed(text: str, choices: Choices) -> str | None:
    r"""The last `\\boxed{…}` that holds a letter."""
    inside = spans.last_boxed(text)
    return _first([inside], choices) if inside else None


def answer_label(text: str, choices: Choices) -> str | None:
    """The last "Answer: …" that states a letter or the text of a choice."""
    return _first(spans.stated(spans.LABEL, text), choices)


def named_choice(text: str, choices: Choices) -> str | None:
    """The last "D is the answer" or "choice E is correct"."""
    return _last([match[1] for match in _NAMED.finditer(text)], choices)


def last_letter(text: str, choices: Choices) -> str | None:
    """The last capital letter that stands alone: what is left for a model that never learned the answer line."""
    return _last([match[1] for match in _CAPITAL.finditer(text)], choices)


STEPS: tuple[Callable[[str, Choices], str | None], ...] = (
    *(answer_sentence, boxed, answer_label),
    *(named_choice, last_letter),
)


def canonical(text: str, choices: Choices) -> str | None:
    """The capital letter of a stated choice ("(b)", "Option B", "B: blue", "blue"), or None where there is none."""
    match = _LETTER.match(text)
    letter = (match[1] or match[2] or match[3]).upper() if match else None
    if letter and not _valid(letter, choices):
        letter = None
    # "A" may be an article: "A person who …" is choice C's text before it is the letter.
    article = letter == "A" and match is not None and text[match.end() :][:2].strip().islower()
    if letter and not article:
        return letter
    by_text = _by_text(text, choices)
    if by_text or letter:
        return by_text or letter
    named = _THAT_IS.search(text) or _AT_END.search(text)
    return named[1] if named and _valid(named[1], choices) else None


def _by_text(text: str, choices: Choices) -> str | None:
    """The choice whose text is stated: as the whole, or as its first clause ("30. So B")."""
    if not choices or len(text) > _LONGEST_CHOICE:
        return None
    keys = [_key(choice) for choice in choices]
    end = _CLAUSE_END.search(text)
    for said in (text, text[: end.start()] if end else ""):
        same = [index for index, one in enumerate(keys) if one and one == _key(said)]
        if len(same) == 1:
            return chr(ord("A") + same[0])
    return None


def _key(text: str) -> str:
    return _KEPT.sub("", text.casefold())


def _valid(letter: str, choices: Choices) -> bool:
    return "A" <= letter <= ("E" if choices is None else chr(ord("A") + len(choices) - 1))


def _first(statements: object, choices: Choices) -> str | None:
    for statement in statements:  # type: ignore[attr-defined]
        found = canonical(statement, choices)
        if found:
            return found
    return None


def _last(letters: list[str], choices: Choices) -> str | None:
    return next((letter for letter in reversed(letters) if _valid(letter, choices)), None)
