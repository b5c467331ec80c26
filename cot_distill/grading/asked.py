"""What a question asks to count, to tell the answer from other numbers of one sentence.

"He sold 30 books and 23 pens." answers "How many pens did he sell?" with 23.
"""

import functools
import re
from typing import NamedTuple

_HOW = re.compile(r"\bhow\s+(many|much|far|long|old|big|deep|tall|fast|often|heavy)\b([^?]{0,200})", re.I)
_VERB = re.compile(
    r"\b(?:do|does|did|is|are|was|were|will|would|can|could|should|has|have|had|must|might|may|in|on|at|to|of|for|than|per|altogether|left"
    r"|[a-z]+(?:ed|ing))\b",
    re.I,
)
_COMPARED = re.compile(r"\b(?:more|fewer|less|lesser|farther|further|longer|older|deeper|taller|faster)\b", re.I)
_MONEY = re.compile(r"\b(?:money|cost|costs|pay|paid|spend|spent|earn|make|charge|price|profit|dollars?)\b", re.I)
_DOLLARS = re.compile(r"\s*(?:dollars?|bucks|USD)\b", re.I)
_WORD = re.compile(r"[a-z][a-z'-]*")
_REACH = 5
"""Words behind a number in which what it counts is looked for."""


class Asked(NamedTuple):
    """What a question asks for; empty where it says nothing of use."""

    noun: str = ""
    """What is counted, in the singular: "pen"."""
    compared: bool = False
    """Whether a difference is asked for: "how many more"."""
    money: bool = False
    """Whether an amount of money is asked for."""


NOTHING = Asked()


@functools.lru_cache(4096)
def asked(question: str | None) -> Asked:
    """What the last "how many" of a question asks for."""
    matches = list(_HOW.finditer(question[-1000:])) if question else []
    if not matches:
        return NOTHING
    kind, rest = matches[-1].groups()
    verb = _VERB.search(rest)
    words = _WORD.findall(rest[: verb.start()].casefold() if verb else "") if kind.lower() == "many" else []
    noun = _singular(words[-1]) if words and not {"and", "or"} & set(words) else ""
    money = kind.lower() == "much" and _MONEY.search(rest) is not None and "cents" not in rest.lower()
    return Asked(noun, _COMPARED.search(rest) is not None, money)


def picked(numbers: list[tuple[int, int, str]], said: str, wanted: Asked) -> str | None:
    """The one of a sentence's numbers (begin, end, value) that counts what is asked for, or None where that leaves
    none or several."""
    if not numbers:
        return None
    ends = [begin for begin, _, _ in numbers[1:]] + [len(said)]
    behind = [said[end:until].casefold() for (_, end, _), until in zip(numbers, ends, strict=True)]
    compares = [_COMPARED.search(" ".join(words.split()[:3])) is not None for words in behind]
    if wanted.compared:
        return _only([value for (_, _, value), one in zip(numbers, compares, strict=True) if one])
    if wanted.money:
        return _only([value for begin, end, value in numbers if "$" in said[begin:end] or _DOLLARS.match(said, end)])
    counts = [wanted.noun in map(_singular, _WORD.findall(words.partition(" and ")[0])[:_REACH]) for words in behind]
    return _only(
        [
            value
            for (_, _, value), one, other in zip(numbers, counts, compares, strict=True)
            if wanted.noun and one and not other
        ]
    )


def _only(values: list[str]) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word
