"""Short texts: a name, a place, a date. Two are equal if their words are; token F1 measures how close they are.

Words are normalised as in SQuAD's evaluation (Rajpurkar et al., 2016): case, punctuation and articles do not count. A
gold may have several accepted texts, one a line.
"""

import re
from collections import Counter
from collections.abc import Sequence

from cot_distill.grading import contract
from cot_distill.grading.reading import Found, Given, Kind

_MARKUP = re.compile(r"\\(?:text(?:bf|it|rm)?|mathrm|mbox)\s?\{([^{}]*)\}|[*_`$]{1,3}")
_DROPPED = re.compile(r"\b(?:a|an|the)\b|[^\w\s]|_")
_BEHIND = re.compile(r"\b(?:is|are|was|were|be|by|equals|called|named)\s+(?!not\b)|:\s+")
_END = re.compile(r"(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\bMrs)[.;](?:\s|$)|,?\s+(?:since|because|as|which|who)\b|\s\(|\n")
_LONGEST_WHOLE = 8
"""The most words of a text that may be an answer by itself."""


class Text(Kind):
    """Words. Each line of a gold is an accepted answer."""

    def last_words(self, text: str, given: Given) -> Found:
        """The bold words of the last sentence. Otherwise its words after "is" or "by": "So the prize was shared by Ann
        Lee." is Ann Lee."""
        said, is_bold = next(contract.closing(text), ("", True))
        return self.stated(said if is_bold else _BEHIND.split(said)[-1], given)

    fallbacks = (last_words,)

    def stated(self, said: str, given: Given) -> Found:
        """The words of a statement, to the end of its clause: "**Marie Curie**, who …" is Marie Curie."""
        if contract.GIVES_UP.search(said):
            return None
        bare = _MARKUP.sub(lambda match: match[1] or "", said).strip()
        return _END.split(bare, maxsplit=1)[0].strip(" \"'“”‘’.,;:") or None

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The words of all boxes as a list."""
        return self.stated(", ".join(boxes), given)

    def whole(self, said: str, given: Given) -> Found:
        """The words of a short text without a verb: "Marie Curie", but not "It is Marie Curie."."""
        is_long = "\n" in said or len(said.split()) > _LONGEST_WHOLE
        return None if is_long or _BEHIND.search(said) else self.stated(said, given)

    def canonical(self, said: str, given: Given) -> str | None:
        return said.strip() if any(map(str.isalnum, said)) else None

    def equal(self, answer: str, gold: str) -> bool:
        """Whether the words of an answer are those of an accepted gold: "the Marie Curie." is "Marie Curie"."""
        return any(words(answer) == words(one) for one in gold.split("\n"))


def f1(answer: str, gold: str) -> float:
    """Token F1 (0 to 1) of an answer and the closest accepted gold: "Curie" for "Marie Curie" gives 2/3."""
    return max(_f1(words(answer), words(one)) for one in gold.split("\n"))


def words(text: str) -> list[str]:
    """A text's words without case, punctuation and articles."""
    return _DROPPED.sub(" ", text.casefold()).split()


def _f1(answer: list[str], gold: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    return 2 * shared / (len(answer) + len(gold)) if shared else float(answer == gold)
