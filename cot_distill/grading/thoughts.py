"""Separates a model's thoughts from its answer, in the dialects in which models mark their thoughts.

<think>5? No.</think>It is 6.          a pair of marks, `THOUGHTS`
5? No.</think>It is 6.                 only the closing mark, since the prompt opened the thoughts
<think>5? No                           only the opening mark: the thoughts did not end
analysis5? No.assistantfinalIt is 6.   harmony (gpt-oss) with its channel marks, or with them stripped
"""

import re
from pathlib import Path
from typing import NamedTuple

_PAIRS, _, _OTHERS = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").partition("\n\n")
THOUGHTS = tuple((opens, closes) for opens, _, closes in (line.partition("  ") for line in _PAIRS.splitlines()[1:]))
"""The opening and closing marks of each dialect; each is a line of thoughts.txt."""
_SAID = _OTHERS.split()
"""Marks that some models write around the text after the thoughts."""
_SIGNS = ("<", "[", "◁", " my thought process:", " my response:")
"""Every mark contains one of these."""

_MARK = re.compile(
    "|".join(
        f"(?P<{side}>{'|'.join(re.escape(pair[index]) for pair in THOUGHTS)})"
        for index, side in enumerate(("open", "close"))
    ),
    re.I,
)
_OTHER_CHANNEL = r"(?:<\|start\|>\s*assistant)?<\|channel\|>\s*\w+[^<\n]{0,80}<\|message\|>"
_HARMONY = (
    (re.compile(_OTHER_CHANNEL.replace(r"\w+", "final"), re.I), "</think>"),
    (re.compile(_OTHER_CHANNEL, re.I), "<think>"),
    (re.compile(r"<\|(?:end|return|call)\|>"), ""),
)
_STRIPPED = re.compile(
    r"\s*analysis(?:(?=.*?assistant\s{0,3}final)|(?=[A-Z]))(.*?)(?:assistant\s{0,3}final(.*)|$)", re.S
)


class Parts(NamedTuple):
    """A completion's two parts."""

    thoughts: str
    text: str
    finished: bool
    """Whether the thoughts ended; true if there were none."""


def split(completion: str) -> Parts:
    """A model's thoughts and its text after them, without the marks. If the thoughts did not end, the text is empty.

    >>> split("<think>5? No.</think>It is 6.")
    Parts(thoughts='5? No.', text='It is 6.', finished=True)
    """
    if stripped := _STRIPPED.match(completion):
        return Parts(stripped[1].strip(), (stripped[2] or "").strip(), stripped[2] is not None)
    if not any(sign in completion for sign in _SIGNS):
        return Parts("", completion, True)
    for mark in _SAID:
        completion = completion.replace(mark, "")
    if "<|channel|>" in completion:  # all channels but `final` (analysis, commentary) are thoughts
        for pattern, tag in _HARMONY:
            completion = pattern.sub(tag, completion)
    thought: list[str] = []
    said: list[str] = []
    begin, inside = 0, False
    for found in _MARK.finditer(completion):
        piece, begin = completion[begin : found.start()], found.end()
        if found["close"]:
            # without an opening mark, all before the closing one was thought
            thought += [piece] if inside else [*said, piece]
            said = said if inside else []
        else:
            (thought if inside else said).append(piece)
        inside = found["open"] is not None
    (thought if inside else said).append(completion[begin:])
    return Parts("".join(thought).strip(), "".join(said).strip() if thought or begin else completion, not inside)
