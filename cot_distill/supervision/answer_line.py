"""Parting a written chain of thought into the rationale proper and the answer that it states."""

import dataclasses
import re
from collections.abc import Sequence

from cot_distill.grading import canonical, read

# No word boundary before it: published rationales run on, as in "= 21 piecesThe answer is 21".
_SENTENCE = re.compile(
    r"(?:\b(?:so|thus|hence|therefore|and|finally|then)\s*,?\s*)?(?:the\s+)?(?:(?:correct|final|best|logical|right|appropriate|"
    r"most \w+)\s+)?(?:answers?|(?:answer )?(?:choice|option))(?:\s+to\s+[^.\n]{1,80})?\s*(?:is|:)(?![a-z])\s*:?",
    re.I,
)
_PLAIN = re.compile(r"(?:\b\w+\s*,?\s*)?the\s+answer\s+is", re.I)
_EXPLICIT_STEPS = ("boxed", "hashes", "answer_label", "named_choice", "statement")
_LETTER_OR_BOOLEAN = re.compile(r"\W*(?:option|choice)?\W*(?:[A-Z](?![A-Za-z])|true|false|yes|no)\b[\s):.,;-]*", re.I)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_WORDS_THAT_EXPLAIN = 5
"""More words than these behind a stated answer are reasoning, and not its unit or the choice's text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Parted:
    """A rationale without its answer sentence, the answer that it states, and what had to be mended to find it."""

    text: str
    stated: str | None
    """In canonical form, or None where none is stated."""
    rules: tuple[str, ...]
    """`answer_reworded` (not "The answer is …"), `answer_with_text` ("D: text"), `answer_moved` (it stood before the
    reasoning), `answer_repeated` (stated twice at the end)."""


def part(text: str, answer_kind: str, choices: Sequence[str] | None = None) -> Parted:
    """Part a chain of thought; only an answer that is stated in so many words counts."""
    for match in reversed(list(_SENTENCE.finditer(text))):
        reading = read(f"The answer is {text[match.end() :].lstrip()}", answer_kind, choices)
        if reading.answer is None or reading.step != "answer_sentence":
            continue
        rules = [] if _PLAIN.fullmatch(match[0].rstrip(" :")) else ["answer_reworded"]
        behind = text[match.end() :].lstrip()
        said, explanation = _explanation(behind, answer_kind, choices)
        if explanation:
            rules.append("answer_moved")
        elif said.strip(" .*$") != reading.answer:
            rules.append("answer_with_text")
        rationale = text[: match.start()].strip()
        trimmed = _without_repeats(rationale, reading.answer, answer_kind, choices)
        if trimmed != rationale:
            rules.append("answer_repeated")
        return Parted(f"{trimmed} {explanation}".strip(), reading.answer, tuple(rules))
    reading = read(text, answer_kind, choices)
    if reading.step in _EXPLICIT_STEPS:
        return Parted(text.strip(), reading.answer, ("answer_reworded",))
    return Parted(text.strip(), None, ())


def _explanation(behind: str, answer_kind: str, choices: Sequence[str] | None) -> tuple[str, str]:
    """(the stated answer's own words, the reasoning behind them: empty in most rationales)."""
    end = _SENTENCE_END.search(behind)
    said, rest = (behind[: end.start()], behind[end.end() :].strip()) if end else (behind, "")
    letter = _LETTER_OR_BOOLEAN.match(said) if answer_kind in ("letter", "boolean") else None
    if letter:
        more = said[letter.end() :].strip()
        text_of_choice = any(canonical(more, "letter", choices) and more.casefold() == one.casefold() for one in choices or ())
        if not text_of_choice and len(more.split()) > _WORDS_THAT_EXPLAIN:
            said, rest = said[: letter.end()], f"{more}. {rest}".strip() if rest else more
    return said, rest if len(rest.split()) > _WORDS_THAT_EXPLAIN else ""


def _without_repeats(rationale: str, stated: str, answer_kind: str, choices: Sequence[str] | None) -> str:
    """The rationale without answer sentences at its end that state the same answer."""
    while True:
        matches = list(_SENTENCE.finditer(rationale))
        if not matches:
            return rationale
        behind = rationale[matches[-1].end() :].strip()
        if _SENTENCE_END.search(behind.rstrip(".!? ")) or canonical(behind.rstrip("."), answer_kind, choices) != stated:
            return rationale
        rationale = rationale[: matches[-1].start()].strip()
