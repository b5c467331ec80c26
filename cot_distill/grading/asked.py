"""What a question asks for: what is counted, whose, for what unit, and by which words.

`picking` tells by it that "He sold 30 books and 23 pens." answers "How many pens did he sell?" with 23.
"""

import functools
import re
from typing import NamedTuple

from cot_distill.grading import numerals
from cot_distill.grading.words import stem

_HOW = re.compile(r"\bhow\s+(many|much|far|long|old|big|deep|tall|fast|often|heavy)\b([^?]{0,200})", re.I)
_VERB = re.compile(
    r"\b(?:do|does|did|is|are|was|were|will|would|can|could|should|has|have|had|must|might|may|in|on|at|to|for|than|per|altogether|left"
    r"|[a-z]{2,}(?:ed|ing))\b",
    re.I,
)
COMPARED = re.compile(r"\b(?:more|fewer|less|lesser|farther|further|longer|older|deeper|taller|faster)\b", re.I)
IN_TOTAL = re.compile(r"\b(?:in\s+all|altogether|total|together|sum)\b", re.I)
"""Tells a sum, which is no difference."""
_MONEY = re.compile(r"\b(?:money|cost|costs|pay|paid|spend|spent|earn|make|charge|price|profit|dollars?)\b", re.I)
_WHO = re.compile(r"\b(?:do|does|did|is|are|was|were|will|would|can|could|should|has|have|had)\s+([A-Z][a-z]+)\b")
_EACH = re.compile(r"\b(?:each|per|every)\b", re.I)
_UNIT = re.compile(
    r"(?<!\d )\b(?:a|an|per|each|every|one)\s+(year|month|week|day|hour|minute)\b(?![^?]*\bhow\b)[^.?!]{0,30}\?", re.I
)
_PERCENT = re.compile(r"%|\b(?:percent\w*|fraction|share|probability|chance|rate|ratio)\b", re.I)
_PERCENTAGE = re.compile(r"\bwhat\s+(?:is\s+the\s+)?percent\w*|\bpercent\w*\s*\?|\bas\s+a\s+percent\w*", re.I)
_LEFT = re.compile(r"\b(?:left|remain\w*|still|have|has|now|over|un\w+)\b", re.I)
REMAINDER = re.compile(
    r"\b(?:left(?!\s+(?:for|to\s+go|home|at|the|out)\b)|remain\w*|leftover|change|over(?=\W*$)|to\s+spare)\b", re.I
)
"""Tells what is left of something."""
_ASKS = re.compile(r"\b(?:how|what|which|who|find|calculate)\b", re.I)
_COMMON = frozenset(
    "how many much what which who find calculate is are was were be do does did has have had will would can could "
    "should must the a an of in on at to for from by with and or than that this it its he she they his her their "
    "total number amount in all altogether together there".split()
)
NAME = re.compile(r"\b[A-Z][a-z]+")
_IDLE = frozenset("the his her their its more many such different total of a all other".split())
WORD = re.compile(r"[a-z][a-z'-]*")


class Asked(NamedTuple):
    """What a question asks for; empty where it says nothing of use."""

    noun: str = ""
    """What is counted, in the singular: "pen"."""
    which: frozenset[str] = frozenset()
    """Words that say which of these: "red", "grape"."""
    who: str = ""
    """Who is asked about: "Ann"."""
    names: frozenset[str] = frozenset()
    """Everybody whom the question names."""
    given: frozenset[str] = frozenset()
    """The question's own numbers."""
    unit: str = ""
    """What it is asked for: "year" of "how much a year"."""
    percent: bool = False
    """Whether a share of something is asked for."""
    percentage: bool = False
    """Whether it is asked for in percent."""
    left: bool = True
    """Whether what is left may be asked for."""
    each: bool = False
    """Whether a share is asked for: "how many are in each box"."""
    compared: bool = False
    """Whether a difference is asked for: "how many more"."""
    money: bool = False
    """Whether an amount of money is asked for."""
    remainder: bool = False
    """Whether what is left is asked for."""
    total: bool = False
    """Whether a sum is asked for."""
    words: frozenset[str] = frozenset()
    """The stems of the words that ask: "wash", "orange" of "How many oranges were washed?"."""


NOTHING = Asked()


@functools.lru_cache(4096)
def asked(question: str | None) -> Asked:
    """What a question asks for, by its last "how many" and its own numbers."""
    if not question:
        return NOTHING
    question = question[-1000:]
    units = _UNIT.findall(question)
    last = re.split(r"[.!?]\s", question.strip())[-1]
    wanted = Asked(
        given=frozenset(value for _, _, value in numerals.numbers(numerals.plain(question))),
        unit=units[-1].casefold() if units else "",
        percent=_PERCENT.search(question) is not None,
        percentage=_PERCENTAGE.search(last) is not None,
        left=_LEFT.search(re.split(r"[.!]\s", question.strip())[-1]) is not None,
        total=IN_TOTAL.search(last) is not None,
        remainder=REMAINDER.search(last) is not None,
        words=stems(last[asks.start() :] if (asks := _ASKS.search(last)) else last),
    )
    matches = list(_HOW.finditer(question))
    return _counted(wanted, *matches[-1].groups()) if matches else wanted


def _counted(wanted: Asked, kind: str, rest: str) -> Asked:
    """With what stands behind "how many" or "how much"."""
    verb, who = _VERB.search(rest), _WHO.search(rest)
    phrase = rest[: verb.start()].casefold() if verb and kind.lower() == "many" else ""
    counted, _, of_what = phrase.partition(" of ")
    counts, whats = WORD.findall(counted), WORD.findall(of_what)
    listed = {"and", "or"} & {*counts, *whats}
    noun = singular((counts or whats)[-1]) if (counts or whats) and not listed else ""
    return wanted._replace(
        noun=noun,
        which=frozenset(map(singular, {*counts, *whats} - _IDLE)) - {noun} if noun else frozenset[str](),
        who=who[1] if who else "",
        names=frozenset(NAME.findall(rest)),
        each=verb is not None and _EACH.search(rest, verb.start()) is not None,
        compared=COMPARED.search(rest) is not None or (kind.lower() == "much" and " than " in rest),
        money=kind.lower() == "much" and _MONEY.search(rest) is not None and "cents" not in rest.lower(),
    )


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words but for those that every question may have."""
    return frozenset(stem(word) for word in WORD.findall(text.casefold()) if word not in _COMMON)


def singular(word: str) -> str:
    """A word in lower case without the s of its plural."""
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word
