"""Setting a model's thoughts aside: the dialects in which models that think mark what they think.

<think>5? No.</think>It is 6.          a pair of marks, `THOUGHTS`
5? No.</think>It is 6.                 the closing mark alone, if the prompt opened the thoughts
<think>5? No                           the opening mark alone: the thoughts never ended
analysis5? No.assistantfinalIt is 6.   harmony (gpt-oss) with its channel marks, or with them stripped
"""

import re
from pathlib import Path
from typing import NamedTuple

_PAIRS, _, _OTHERS = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").partition("\n\n")
THOUGHTS = tuple((opens, closes) for opens, _, closes in (line.partition("  ") for line in _PAIRS.splitlines()[1:]))
"""What opens and what closes the thoughts, by dialect; each is a line of thoughts.txt."""
_SAID = _OTHERS.split()
"""What some write around that which is no thought."""
_SIGNS = ("<", "[", "◁", " my thought process:", " my response:")
"""One of these is part of every mark."""

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
    """A completion in its two parts."""

    thoughts: str
    text: str
    finished: bool
    """Whether the thoughts ended, or there were none."""


def split(completion: str) -> Parts:
    """What a model thought and what it then said, without the marks; unfinished thoughts leave nothing said.

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
            thought += [piece] if inside else [*said, piece]  # the closing mark alone: all before it was thought
            said = said if inside else []
        else:
            (thought if inside else said).append(piece)
        inside = found["open"] is not None
    (thought if inside else said).append(completion[begin:])
    return Parts("".join(thought).strip(), "".join(said).strip() if thought or begin else completion, not inside)
