"""Where a completion goes on, behind its answer, to a problem that is worded as its question is."""

import re

from cot_distill.grading import spans

_PARAGRAPH = re.compile(r"\n[ \t]*\n[\s*_#>]{0,8}([^\n]+)")
_OPENING = re.compile(r"\s*([A-Za-z][\w'’-]*)\s+(?:(?:\$|\\\(|\\\[)|([A-Za-z][\w'’-]*))")
_LAYOUT = re.compile(r"\\[()\[\]]|[\s$*_.?]")


def before_similar(text: str, question: str) -> str:
    """The text up to a paragraph that, behind a stated answer, begins with the first two words of the question (the
    second may be a formula) and asks for something else.

    Where the question has a question mark the paragraph needs one too: "Ann and Tom pay $9" only tells something.
    """
    opening, asked = _opening(question), _LAYOUT.sub("", question)
    stated = spans.STATED.search(text, text.rfind(spans.THOUGHT_END) + 1)
    if opening is None or stated is None:
        return text
    for paragraph in _PARAGRAPH.finditer(text, stated.end()):
        line = paragraph[1]
        if _opening(line) != opening or ("?" in question and "?" not in line):
            continue
        before, said = text[: paragraph.start()].rstrip(), _LAYOUT.sub("", line)
        repeats = said in asked or said.startswith(asked)
        if not repeats and not before.endswith(":"):
            return before
    return text


def _opening(text: str) -> tuple[str | None, ...] | None:
    """The first two words of a text, the second being None where a formula stands there; None for any other text."""
    match = _OPENING.match(text)
    return match.groups() if match else None
