"""Splits a chain of thought into the rationale and the answer that it states."""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from cot_distill.grading import canonical, read, read_sentence

# Without a word boundary before it, since published rationales lack spaces: "= 21 piecesThe answer is 21".
_SENTENCE = re.compile(
    r"[Aa](?:nswers?|NSWER)(?:\s+(?:choice|option))?(?:\s+to\s+[^.\n]{1,80})?\s*(?:is|IS|:)(?![a-z])\s*:?"
)
_LEAD_IN = re.compile(
    r"(?:\b(?:so|thus|hence|therefore|and|finally|then)\s*,?\s*)?(?:the\s+)?(?:(?:correct|final|best|logical|right|"
    r"appropriate|most \w+)\s+)?$",
    re.I,
)
_LONGEST_LEAD_IN = 40
_TAIL = 400
"""The answer is searched first in this many characters at a text's end."""
_PLAIN = re.compile(r"(?:\b\w+\s*,?\s*)?the\s+answer\s+is", re.I)
_LETTER_OR_BOOLEAN = re.compile(r"\W*(?:option|choice)?\W*(?:[A-Z](?![A-Za-z])|true|false|yes|no)\b[\s):.,;-]*", re.I)
_BOX = re.compile(r"\\f?box(?:ed)?\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_DANGLING = re.compile(r"(?:^|\n)[\s*_#>]+$")
"""Marks that open a heading or bold type before an answer sentence."""
_WORD = re.compile(r"\b(?!(?:final|answer)\b)\w", re.I)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_WORDS_THAT_EXPLAIN = 5
"""More words than these after a stated answer are reasoning, not the answer's unit or the choice's text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Parted:
    """A rationale without its answer sentence, its stated answer, and how that sentence differed from ours."""

    text: str
    stated: str | None
    """The stated answer in canonical form, or None."""
    rules: tuple[str, ...]
    """`answer_reworded` (not "The answer is …"), `answer_with_text` ("D: text"), `answer_moved` (it came before the
    reasoning), `answer_repeated` (stated twice at the end)."""


def split_answer(text: str, answer_kind: str, choices: Sequence[str] | None = None) -> Parted:
    """Split a chain of thought. Only an explicit statement of the answer counts."""
    for begin, match in _sentences(text):
        stated = read_sentence(f"The answer is {text[match.end() :].lstrip()}", answer_kind, choices)
        if stated is None:
            continue
        rules = [] if _PLAIN.fullmatch(text[begin : match.end()].rstrip(" :")) else ["answer_reworded"]
        behind = text[match.end() :].lstrip()
        said, explanation = _explanation(behind, answer_kind, choices)
        if explanation:
            rules.append("answer_moved")
        elif said.strip(" .*$") != stated:
            rules.append("answer_with_text")
        rationale = _DANGLING.sub("", text[:begin]).strip()
        trimmed = _without_repeats(rationale, stated, answer_kind, choices)
        if trimmed != rationale:
            rules.append("answer_repeated")
        return Parted(f"{trimmed} {explanation}".strip(), stated, tuple(rules))
    reading = read(text, answer_kind, choices)
    if reading.stated and reading.answer is not None:
        return Parted(_without_mark(text.strip(), reading.step), reading.answer, ("answer_reworded",))
    return Parted(text.strip(), None, ())


def _without_mark(text: str, step: str | None) -> str:
    """The text without the mark of its answer. `#### 9` is removed, and so is a box alone on the last line. Of a box
    within a sentence, the content is kept. A text that is only its answer becomes empty."""
    if step == "whole":
        return ""
    if step == "hashes":
        return text[: text.rfind("####")].rstrip()
    if step != "boxed":
        return text
    before, _, last = text.rpartition("\n")
    alone = _BOX.search(last) and not _WORD.search(_BOX.sub("", last))
    return _BOX.sub(r"\1", before if alone else text).rstrip()


def _explanation(behind: str, answer_kind: str, choices: Sequence[str] | None) -> tuple[str, str]:
    """(the stated answer's own words, the reasoning after them). The latter is empty in most rationales."""
    end = _SENTENCE_END.search(behind)
    said, rest = (behind[: end.start()], behind[end.end() :].strip()) if end else (behind, "")
    letter = _LETTER_OR_BOOLEAN.match(said) if answer_kind in ("letter", "boolean") else None
    if letter:
        more = said[letter.end() :].strip()
        if len(more.split()) > _WORDS_THAT_EXPLAIN and more.casefold() not in map(str.casefold, choices or ()):
            said, rest = said[: letter.end()], f"{more}. {rest}".strip() if rest else more
    return said, rest if len(rest.split()) > _WORDS_THAT_EXPLAIN else ""


def _sentences(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """(where the sentence begins, its core) for each place that may state an answer, the last one first."""
    border = max(0, len(text) - _TAIL)
    for region in ((border, len(text)), (0, min(len(text), border + _LONGEST_LEAD_IN))):
        for match in reversed(list(_SENTENCE.finditer(text, *region))):
            begin = max(0, match.start() - _LONGEST_LEAD_IN, text.rfind(".", 0, match.start()) + 1)
            lead_in = _LEAD_IN.search(text, begin, match.start())
            yield lead_in.start() if lead_in else match.start(), match
        if border == 0:
            return


def _without_repeats(rationale: str, stated: str, answer_kind: str, choices: Sequence[str] | None) -> str:
    """The rationale without answer sentences at its end that state the same answer."""
    while "nswer" in rationale[-_TAIL:] or "NSWER" in rationale[-_TAIL:]:
        begin, match = next(_sentences(rationale[-_TAIL:]), (0, None))
        if match is None:
            return rationale
        start = max(0, len(rationale) - _TAIL)
        behind = rationale[start + match.end() :].strip()
        if _SENTENCE_END.search(behind.rstrip(".!? ")) or canonical(behind.rstrip("."), answer_kind, choices) != stated:
            return rationale
        rationale = rationale[: start + begin].strip()
    return rationale
