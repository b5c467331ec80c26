"""Cleans published chains of thought by small named rules, each a function from text to text.

A rule removes text that is not reasoning (remains of the teacher's prompt, broken escapes, a degenerate tail) and
leaves the rest as written. `clean` also returns the names of the rules that changed the text, so that they can be
counted.
"""

import re
from collections.abc import Callable

# LaTeX commands whose backslash and first letter were read as a control character: "\frac" became form feed + "rac".
_DECODED = (
    ("\x0c", "f", r"rac|orall|box|lat"),
    ("\x08", "b", r"inom|ar|oxed|eta|egin|ig|mod|ullet|ullseye|ecause|ot"),
    ("\t", "t", r"imes|ext|riangle|o(?![a-z])|heta|an(?![a-z])|frac|au(?![a-z])|op(?![a-z])|ilde|herefore"),
    ("\r", "r", r"ight|ceil|floor|ho(?![a-z])|angle|m(?![a-z])"),
    ("\x0b", "v", r"ec|dots|ee|ert|arphi"),
    ("\x07", "a", r"lpha|pprox|ngle|st|rc"),
    ("\n", "n", r"eq(?![a-z])|otin(?![a-z])|mid(?![a-z])|abla(?![a-z])|eg(?![a-z])"),
)
_DECODED_COMMAND = re.compile("|".join(f"{control}(?={names})" for control, _, names in _DECODED))
_COMMAND_BEGINS = {control: f"\\{letter}" for control, letter, _ in _DECODED}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffc\ufffd]")
_MOJIBAKE = re.compile("[ÂÃâ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ¡-¿]")
_PART = (
    r"(?:step[- ]by[- ]step\b[^<>\n]{0,40}|(?:final |proposed )?(?:solution|explanation|answer|reasoning|rationale|"
    r"conclusion|thought|thinking|analysis|response|output|path|calculation|correction|rephrase|instruction|question|cot)"
    r"s?\b[^<>\n]{0,40}"
    r"|step \d+|finally|end|/)"
)
_TAG = re.compile(rf"</?\s*{_PART}\s*/?>", re.I)
_UNWRAPPED = re.compile(r"<((?:step )?\d+[.:][^<>]{1,400}|(?:the )?answer is[^<>]{1,40})>", re.I)
_HEADING = re.compile(
    r"\s*(?:#+\s*|\*\*)?(?:step[- ]by[- ]step\s+)?(?:solution path|solution steps?|solution|explanation|reasoning|"
    r"rationale|chain of thought|thought process)\s*(?:\*\*)?\s*(?::(?:\*\*)?\s*|(?=1\.|\n))"
    r"|\s*step[- ]by[- ]step\s*:\s*",
    re.I,
)
_TRIGGER = re.compile(
    r"\s*let's (?:think|solve|answer|do|work)[^.:\n]{0,60}(?:step[- ]by[- ]step|question|problem)[^.:\n]{0,30}[.:]\s*",
    re.I,
)
_BREAK = re.compile(r"<\s*/?\s*br\s*/?\s*>", re.I)
_SUPERSCRIPT = re.compile(r"<(sup|sub)>([^<>]{1,40})</\1>", re.I)
_GLUED_ANSWER = re.compile(r"(?<=[^\s(\"'“])(?:[Tt]he answer is|THE ANSWER IS)\b")
_SPACELESS = re.compile(r"[Tt]he\s*answeris\s*(?=[A-Z\d])")
# Each pattern begins with its rarest character, which makes the search several times faster.
_LIST_GLUED = re.compile(r"[.!?:;)](?=\d{1,2}\. ?[A-Z])(?<=[^\d\s].)")
_SENTENCE_GLUED = re.compile(r"\.(?=[A-Z][a-z])(?<=[a-z)\d].)")
_REPEATED_LINE = re.compile(r"((?:\S+\s+){0,4}\S+)(?:\s+\1){4,}", re.S)
_TRAILING, _EMPTY_LINES = re.compile(r" +\n"), re.compile(r"\n{3,}")
_PAUSE = re.compile(r"[.!?;:,()\n=+|\-–—*]")
_LONGEST_BREATH = 70
"""This many words in a row without punctuation make a text degenerate. Sensible prose of the release has at most about
sixty."""
_LONGEST_SEARCHED = 20_000


def restore_escapes(text: str) -> str:
    """Restore LaTeX commands that were decoded as control characters ("\\f" + "rac")."""
    return _DECODED_COMMAND.sub(lambda match: _COMMAND_BEGINS[match[0]], text)


def mend_encoding(text: str) -> str:
    """Repair UTF-8 that was read in another encoding (an arrow as "â‡’"), with ftfy."""
    if not _MOJIBAKE.search(text):
        return text
    import ftfy

    return ftfy.fix_encoding(text)


def drop_control_characters(text: str) -> str:
    """Remove invisible characters: controls, zero-width ones, replacement marks. A tab becomes a space."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").replace("\x85", "\n"))


def drop_prompt_parts(text: str) -> str:
    """Remove placeholders of the teacher's prompt: "<Solution Path>", "</explanation>". "<1. Add them>" loses its
    brackets."""
    return _TAG.sub("", _UNWRAPPED.sub(r"\1", text))


def html_as_text(text: str) -> str:
    """Turn HTML's line breaks and superscripts into text."""
    return _SUPERSCRIPT.sub(
        lambda match: ("^" if match[1].lower() == "sup" else "_") + match[2], _BREAK.sub("\n", text)
    )


def drop_heading(text: str) -> str:
    """Remove a heading at the beginning that was copied from the prompt: "Step-by-Step Solution Path:"."""
    return text[match.end() :] if (match := _HEADING.match(text)) else text


def drop_trigger(text: str) -> str:
    """Remove the prompt's "Let's think about the question step by step." at the beginning."""
    return text[match.end() :] if (match := _TRIGGER.match(text)) else text


def part_glued_answer(text: str) -> str:
    """Insert a missing space before "The answer is", or within it."""
    return _SPACELESS.sub("The answer is ", _GLUED_ANSWER.sub(r" \g<0>", text))


def part_glued_sentences(text: str) -> str:
    """Insert a missing space or line break between sentences ("… = 60.2. Divide")."""
    return _SENTENCE_GLUED.sub(". ", _LIST_GLUED.sub(r"\g<0>\n", text))


def cut_degenerate_tail(text: str) -> str:
    """Cut a tail of words without punctuation, or of one repeated phrase, at the last sentence before it.

    The answer sentence after the tail is kept.
    """
    start = _degenerate_from(text)
    if start is None:
        return text
    kept = text[:start].rstrip() + " "
    sentence_end = max(kept.rfind(mark) for mark in (". ", ".\n", "! ", "? "))
    kept = kept[: sentence_end + 1] if sentence_end > 0 else ""
    answer = text.casefold().rfind("the answer is")
    return f"{kept} {text[answer:]}" if answer >= start else kept


def trim(text: str) -> str:
    """Remove white space around the text, trailing spaces, and all but one of several empty lines."""
    return _EMPTY_LINES.sub("\n\n", _TRAILING.sub("\n", text)).strip()


RULES: tuple[Callable[[str], str], ...] = (
    *(restore_escapes, mend_encoding, drop_control_characters, html_as_text, drop_prompt_parts),
    *(trim, drop_heading, drop_trigger, part_glued_answer, part_glued_sentences, cut_degenerate_tail),
)
"""Every rule, in the order in which they are applied."""


def clean(text: str) -> tuple[str, list[str]]:
    """(the cleaned text, the names of the rules that changed it)."""
    changed = []
    for rule in RULES:
        cleaned = rule(text)
        if cleaned != text:
            changed.append(rule.__name__)
            text = cleaned
    return text.strip(), changed


def _degenerate_from(text: str) -> int | None:
    """The index where a tail of words without a pause, or of one repeated phrase, begins; None: there is none."""
    words = text.split()
    if len(words) < _LONGEST_BREATH:
        return None
    starts = []
    start = 0
    for pause in [*(match.span() for match in _PAUSE.finditer(text)), (len(text), len(text))]:
        if sum(word[0].isalpha() for word in text[start : pause[0]].split()) >= _LONGEST_BREATH:
            starts.append(start)
            break
        start = pause[1]
    # The search is slow, so it is skipped for texts with many different words: these do not repeat that often.
    if len(text) < _LONGEST_SEARCHED and len(set(words)) * 3 < len(words):
        repeated = _REPEATED_LINE.search(text)
        starts += [repeated.start()] if repeated else []
    return min(starts, default=None)
