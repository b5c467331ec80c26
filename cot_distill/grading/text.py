"""Short spans of text: a name, a place, a date. Equal where their words are; token F1 tells how near they are.

Normalised as SQuAD's evaluation does (Rajpurkar et al., 2016): case, punctuation and articles do not count.
Several accepted golds stand in one, a line each.
"""

import re
from collections import Counter
from collections.abc import Sequence

from cot_distill.grading import contract
from cot_distill.grading.reading import Found, Given, Undecided

_MARKUP = re.compile(r"\\(?:text(?:bf|it|rm)?|mathrm|mbox)\s?\{([^{}]*)\}|[*_`$]{1,3}")
_DROPPED = re.compile(r"\b(?:a|an|the)\b|[^\w\s]|_")
_BEHIND = re.compile(r"\b(?:is|are|was|were|be|by|equals|called|named)\s+(?!not\b)|:\s+")
_END = re.compile(r"(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\bMr)(?<!\bMrs)(?<!\bDr)[.;](?:\s|$)|,?\s+(?:since|because|as|which|who)\b|\s\(|\n")
_LONGEST_WHOLE = 8
"""Words of a text that may be an answer by itself."""


def stated(said: str, given: Given) -> Found:
    """The words of a statement, to the end of its clause.

    >>> stated("**Marie Curie**, who won two prizes.", Given())
    'Marie Curie'
    """
    if contract.GIVES_UP.search(said):
        return Undecided.REFUSED
    bare = _MARKUP.sub(lambda match: match[1] or "", said).strip()
    words = _END.split(bare, maxsplit=1)[0].strip(" \"'“”‘’.,;:")
    return words or None


def joined(said: Sequence[str], given: Given) -> Found:
    """The words of several boxes as a list.

    >>> joined(["Ann", "Tom"], Given())
    'Ann, Tom'
    """
    return ", ".join(said) or None


def whole(said: str, given: Given) -> Found:
    """The words that a short text without a verb is.

    >>> whole("Marie Curie", Given()), whole("It is Marie Curie.", Given())
    ('Marie Curie', None)
    """
    if "\n" in said or len(said.split()) > _LONGEST_WHOLE or _BEHIND.search(said):
        return None
    return stated(said, given)


def last_words(text: str, given: Given) -> Found:
    """What the last sentence puts in bold type, or else what it says that something is or was done by.

    >>> last_words("Two won it. So the prize was shared by Ann Lee.", Given())
    'Ann Lee'
    """
    sentence = next(iter(contract.sentences(text)), "")
    marked = contract.bold(sentence)
    return stated(marked[-1] if marked else _BEHIND.split(sentence)[-1], given)


FALLBACKS = (last_words,)


def canonical(said: str) -> str | None:
    """The text without space around it, or None where no letter or digit is left."""
    return said.strip() if any(map(str.isalnum, said)) else None


def equal(answer: str, gold: str) -> bool:
    """Whether the words of an answer are those of an accepted gold.

    >>> equal("the Marie Curie.", "Skłodowska\\nMarie Curie")
    True
    """
    return any(_words(answer) == _words(one) for one in gold.split("\n"))


def f1(answer: str, gold: str) -> float:
    """Token F1 of an answer and the nearest accepted gold, 0 to 1.

    >>> f1("Curie", "Marie Curie")
    0.6666666666666666
    """
    return max(_f1(_words(answer), _words(one)) for one in gold.split("\n"))


def contains(text: str, gold: str) -> bool:
    """Whether the words of an accepted gold stand in a text."""
    said = f" {' '.join(_words(text))} "
    return any(f" {' '.join(_words(one))} " in said for one in gold.split("\n"))


def _words(text: str) -> list[str]:
    return _DROPPED.sub(" ", text.casefold()).split()


def _f1(answer: list[str], gold: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    return 2 * shared / (len(answer) + len(gold)) if shared else float(answer == gold)
