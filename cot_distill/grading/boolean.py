"""True or False: read from a completion; yes and no count as them, and A and B where True and False are the choices."""

import re

from cot_distill.grading import choices, contract, letter
from cot_distill.grading.reading import Found, Given, Kind, Undecided

_TRUE = ("true", "yes", "yep", "yeah")
_HEDGES = re.compile(
    r"(?:[\W_]|\b(?:most|very|more|likely|probably|definitely|certainly|technically|generally|simply|clearly|almost|"
    r"usually|typically|obviously|essentially|therefore|so|thus|hence|it|is|that|an?|resounding|statement|the|option|choice|[AB]\))\b)*",
    re.I,
)
_WORD = re.compile(r"(not\s+)?(true|false|yes|yep|yeah|nope|no)(?![a-z])", re.I)
_NO_THING = re.compile(
    r"\s+(?!(?:or|and|as|because|since|it|they|he|she|in|by|the|this|that|there|you|we|not|but|for|if|at)\b)[a-z]"
)
_OTHER = re.compile(r"\W{0,4}\s*(?:and|or|/)\W{0,4}\s*(?:also\s+)?(true|false|yes|no)(?![a-z])", re.I)
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:\w+ly\s+)?(?:uncertain|maybe|perhaps|possibl|inconclusive|subjective|debatable"
    r"|depends?\b|neither|not\s+(?:clear|certain|known|possible|sure|definitive|enough|determin|applicable)|impossible|both|n/a\b"
    r"|(?:cannot|can't|can\s?not|could\s+not)\s)",
    re.I,
)
_EITHER = re.compile(r"\b(?:true|yes)\W+(?:and|or)\W+(?:false|no)\b|\bdepends\b", re.I)
_RESTATED = re.compile(r"\W*(?:true\s+or\s+false|yes\s+or\s+no)\s*[?:]", re.I)
_CLOSING = re.compile(r"(?:^|[\s*\"'“(:,])(not\s+)?(true|false|yes|no)[\s.!*\"'”)]*$", re.I)
_LETTER = re.compile(r"\W*(?:(?i:option|choice)\s+)?([A-Z]|[a-z](?=[).\s]*$))(?![\w'’])")


def opening(text: str, given: Given) -> Found:
    """The word that a completion begins with, a restated question aside: "Yes, since it is light." is True."""
    restated = _RESTATED.match(text)
    said = choices.plain(text[restated.end() if restated else 0 :][:80]).lstrip(" \n#")
    return _stated(said, Given()) if _WORD.match(said) else None


def closing(text: str, given: Given) -> Found:
    """The word that the last sentence begins or ends with: "So the statement is false." is False."""
    sentence = next(iter(contract.sentences(text)), "")
    begins, ends = opening(sentence, given), _CLOSING.search(sentence)
    if begins is None and ends:
        return Undecided.REFUSED if contract.GIVES_UP.search(sentence) or _EITHER.search(sentence) else _truth(ends)
    return begins


def named_choice(text: str, given: Given) -> Found:
    """What the choice says that the last sentence names, where True and False are the choices: "So it is (A)."."""
    found = letter.named_choice(text, given) if given.choices else None
    return _stated(found, given) if isinstance(found, str) else None


class Boolean(Kind):
    """True or False."""

    fallbacks = (opening, closing, named_choice)

    def stated(self, said: str, given: Given) -> Found:
        """What a statement begins with: "no, since it sinks" is False, "yes and no" is several."""
        return _stated(said, given)

    def whole(self, said: str, given: Given) -> Found:
        """The word that a text is: "Yes." is True, "Yes, it can." none."""
        bare = choices.plain(said).strip(" .!*\n\"'")
        return _stated(bare, given) if len(bare.split()) == 1 else None

    def contains(self, text: str, gold: str, given: Given) -> bool:
        words = re.finditer(r"\b(?:true|false|yes|no(?!\s+[a-z]))\b", text, re.I)
        return any(_stated(word[0], Given()) == gold for word in words)


def _stated(said: str, given: Given) -> Found:
    said = choices.plain(said)
    hedges = _HEDGES.match(said)
    match = _WORD.match(said, hedges.end() if hedges else 0)
    if match is None or (match[2].lower() == "no" and _NO_THING.match(said, match.end())):
        named = _LETTER.match(said) if given.choices else None
        index = choices.named_by(named[1], given) if named else None
        if index is not None:
            return _stated(given.choices[ord(index) - ord("A")], Given())
        return Undecided.REFUSED if _REFUSED.match(said) or contract.GIVES_UP.search(said) else None
    other = _OTHER.match(said, match.end())
    if other and (other[1].lower() in _TRUE) != (match[2].lower() in _TRUE):
        return Undecided.SEVERAL
    return _truth(match)


def _truth(word: re.Match[str]) -> str:
    return str((word[2].lower() in _TRUE) != bool(word[1]))
