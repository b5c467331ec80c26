"""True or False: read from a completion; yes and no count as them, and A and B where True and False are the choices."""

import re
from collections.abc import Sequence

from cot_distill.grading import contract
from cot_distill.grading.choices import named_by, plain
from cot_distill.grading.reading import Found, Given, Undecided

_TRUE = ("true", "yes", "yep", "yeah")
_OPENING = re.compile(
    r"(?:[\W_]|\b(?:most|very|more|likely|probably|definitely|certainly|technically|generally|simply|clearly|almost|"
    r"usually|typically|obviously|essentially|therefore|so|thus|hence|it|is|that|a|an|resounding|statement|the|option|choice|[AB]\))\b)*",
    re.I,
)
_WORD = re.compile(r"(not\s+)?(true|false|yes|yep|yeah|nope|no)(?![a-z])", re.I)
_NO_OF = re.compile(r"\s+(?!or\b|and\b|as\b|because\b|since\b|it\b|they\b|he\b|she\b|in\b|by\b|the\b|this\b|that\b|there\b|you\b|we\b|not\b|but\b|for\b|if\b|at\b)[a-z]")
_OTHER = re.compile(r"\W{0,4}\s*(?:and|or|/)\W{0,4}\s*(?:also\s+)?(true|false|yes|no)(?![a-z])", re.I)
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:\w+ly\s+)?(?:unclear|unknown|uncertain|maybe|perhaps|possibl|undetermined|inconclusive|subjective|"
    r"debatable|depends?\b|neither|not\s+(?:clear|certain|known|possible|sure|definitive|enough|determin|applicable)|"
    r"(?:cannot|can't|can\s?not|could\s+not)\s|impossible|indeterminate|both|n/a\b)",
    re.I,
)
_EITHER = re.compile(r"\W*(?:true\s+or\s+false|yes\s+or\s+no)\s*[?:]", re.I)
_EITHER_WORD = re.compile(r"\b(?:true|yes)\W+(?:and|or)\W+(?:false|no)\b|\bdepends\b", re.I)
_CLOSING = re.compile(r"(?:^|[\s*\"'“(:,])(not\s+)?(true|false|yes|no)[\s.!*\"'”)]*$", re.I)
_LETTER = re.compile(r"\W*(?:(?i:option|choice)\s+)?([A-Z]|[a-z](?=[).\s]*$))(?![\w'’])")


def stated(said: str, given: Given) -> Found:
    """What a statement begins with.

    >>> stated("no, since it sinks", Given()), stated("yes and no", Given()), stated("B", Given(("True", "False")))
    ('False', <Undecided.SEVERAL: 'several_answers'>, 'False')
    """
    said = plain(said)
    match = _WORD.match(said, _OPENING.match(said).end())  # type: ignore[union-attr]
    if match is None or (match[2].lower() == "no" and _NO_OF.match(said, match.end())):
        letter = _LETTER.match(said) if given.choices else None
        index = named_by(letter[1], given) if letter else None
        if index is not None:
            return stated(given.choices[ord(index) - ord("A")], Given())
        return Undecided.REFUSED if _REFUSED.match(said) else None
    other = _OTHER.match(said, match.end())
    if other and (other[1].lower() in _TRUE) != (match[2].lower() in _TRUE):
        return Undecided.SEVERAL
    return str((match[2].lower() in _TRUE) != bool(match[1]))


def joined(said: Sequence[str], given: Given) -> Found:
    """The one answer of several boxes.

    >>> joined(["yes", "no"], Given())
    <Undecided.SEVERAL: 'several_answers'>
    """
    found = {stated(one, given) for one in said}
    return found.pop() if len(found) == 1 else Undecided.SEVERAL


def whole(said: str, given: Given) -> Found:
    """The word that a text is.

    >>> whole("Yes.", Given()), whole("Yes, it can.", Given())
    ('True', None)
    """
    bare = plain(said).strip(" .!*\n\"'")
    return stated(bare, given) if bare and len(bare.split()) == 1 else None


def opening(text: str, given: Given) -> Found:
    """The word that a completion begins with, a restated question aside.

    >>> opening("Yes, since it is light.", Given()), opening("No evidence exists.", Given())
    ('True', None)
    """
    restated = _EITHER.match(text)
    said = plain(text[restated.end() if restated else 0 :][:80]).lstrip(" \n#")
    return stated(said, Given()) if _WORD.match(said) else None


def closing(text: str, given: Given) -> Found:
    """The word that the last sentence begins or ends with.

    >>> closing("It is lighter. So the statement is false.", Given())
    'False'
    """
    sentence = next(iter(contract.sentences(text)), "")
    begins = opening(sentence, given)
    match = _CLOSING.search(sentence)
    if begins is None and match:
        if contract.GIVES_UP.search(sentence) or _EITHER_WORD.search(sentence):
            return Undecided.REFUSED
        return str((match[2].lower() in _TRUE) != bool(match[1]))
    return begins


FALLBACKS = (opening, closing)


def canonical(said: str, given: Given) -> str | None:
    """True or False, or None for anything else."""
    found = stated(said, given)
    return found if isinstance(found, str) else None


def contains(text: str, gold: str) -> bool:
    """Whether a word that says the same as gold stands in a text; "no pears" is no "no"."""
    return any(stated(match[0], Given()) == gold for match in re.finditer(r"\b(?:true|false|yes|no(?!\s+[a-z]))\b", text, re.I))
