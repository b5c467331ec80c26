"""Where in a text an answer is stated: the places that every kind of answer is read from."""

import re
from collections.abc import Iterator

_OVER_GENERATION = re.compile(
    r"\n[^\S\n]*(?:Problem|Question|Q|User|Human|### ?Instruction)\s*:|<\|im_(?:start|end)\|>", re.I
)

# How a stated answer begins; it ends with its line or where the next one begins. White space is optional, since
# published rationales run on ("= 21 piecesThe answer is 21") and some lost every space ("TheanswerisD").
SENTENCE = re.compile(r"answer(?:\s+to\s+[^.\n]{1,80})?\s*(?:is|was|=)(?![a-z])\s*:?|answeris(?=[A-Z\d])", re.I)
LABEL = re.compile(r"\banswer\**\s*[:=]|\banswer\s+(?=\(?[A-E]\b)", re.I)
BOXED = re.compile(r"\\(?:boxed|fbox)\s*(?=[{\d])")
HASHES = re.compile(r"####")

_LONGEST = 200


def before_over_generation(text: str) -> str:
    """The text up to where the model goes on to invent another problem."""
    match = _OVER_GENERATION.search(text)
    return text[: match.start()] if match else text


def stated(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """What stands behind each match, to the end of its line or the next match, the last one first."""
    end = len(text)
    for match in reversed(list(pattern.finditer(text))):
        yield text[match.end() : min(end, match.end() + _LONGEST)].lstrip().partition("\n")[0]
        end = match.start()


def last_boxed(text: str) -> str | None:
    r"""The content of the last balanced `\boxed{…}` (or `\boxed 7`, `\fbox{…}`), or None where there is none."""
    closings = None
    for match in reversed(list(BOXED.finditer(text))):
        if text[match.end()] != "{":
            return text[match.end()]
        if closings is None:
            closings = _closings(text)
        if match.end() in closings:
            return text[match.end() + 1 : closings[match.end()]].strip()
    return None


def _closings(text: str) -> dict[int, int]:
    """Where each closed brace opens → where it closes, in one pass whatever the text; escaped braces are text."""
    opened: list[int] = []
    closings = {}
    for index, character in enumerate(text):
        if character not in "{}" or (text[index - 1 : index] == "\\" and text[index - 2 : index - 1] != "\\"):
            continue
        if character == "{":
            opened.append(index)
        elif opened:
            closings[opened.pop()] = index
    return closings
