"""Reads True or False from a completion. Yes and no count too, and so do A and B if the choices are True and False."""

import re

from cot_distill.grading import choices, contract
from cot_distill.grading.letter import Letter
from cot_distill.grading.reading import Found, Given, Kind, Undecided

_HEDGES = re.compile(
    r"(?:[\W_]|\b(?:most|very|likely|probably|definitely|certainly|technically|generally|clearly|therefore|so|thus|hence|"
    r"it|is|that|an?|statement|the|option|choice|[AB]\))\b)*",
    re.I,
)
_WORD = re.compile(r"(not\s+)?(?:(true|yes|yep|yeah)|false|nope|no)(?![a-z])", re.I)
_NO_THING = re.compile(
    r"no\s+(?!(?:or|and|as|because|since|it|they|he|she|in|by|the|this|that|there|you|we|not|but|for|if|at)\b)[a-z]",
    re.I,
)
_OTHER = re.compile(r"\W{0,4}\s*(?:and|or|/)\W{0,4}\s*(?:also\s+)?", re.I)
_CLOSING = re.compile(r"(?:^|[\s*\"'“(:,])(?<!or\s)((?:not\s+)?(?:true|false|yes|no))[\s.!*\"'”)]*$", re.I)


class Boolean(Kind):
    """True or False."""

    def opening(self, text: str, given: Given) -> Found:
        """The word that a completion begins with: "Yes, since it is light." is True."""
        found = _word(choices.plain(text[:80]).lstrip(" \n#\"'"))
        return found if isinstance(found, str) else None

    def closing(self, text: str, given: Given) -> Found:
        """The word that the last sentence begins or ends with: "So the statement is false." is False."""
        sentence = next(iter(contract.sentences(text)), "")
        ends = _CLOSING.search(sentence)
        return _word(_HEDGES.sub("", sentence, count=1)) or (_word(ends[1]) if ends else None)

    def named_choice(self, text: str, given: Given) -> Found:
        """The value of the choice that the last sentence names, if the choices are True and False: "So it is (A)."."""
        return _of_choice(Letter().named_choice(text, given), given) if given.choices else None

    fallbacks = (opening, closing, named_choice)

    def stated(self, said: str, given: Given) -> Found:
        """The word that a statement begins with: "no, since it sinks" is False, "yes and no" is several."""
        bare = _HEDGES.sub("", choices.plain(said), count=1)
        return _word(bare) or (_of_choice(Letter().stated(said, given), given) if given.choices else None)

    def whole(self, said: str, given: Given) -> Found:
        """The value of a text that is only a word: "Yes." is True, "Yes, it can." gives none."""
        return self.stated(said, given) if len(said.split()) == 1 else None


def _word(said: str) -> Found:
    """The value of the word that a text begins with: "not true" is False, "no evidence" gives none."""
    match = _WORD.match(said)
    if match is None or _NO_THING.match(said):
        return None
    joint = _OTHER.match(said, match.end())
    other = _WORD.match(said, joint.end()) if joint else None
    return Undecided.SEVERAL if other and bool(other[2]) != bool(match[2]) else str(bool(match[2]) != bool(match[1]))


def _of_choice(letter: Found, given: Given) -> Found:
    return _word(given.choices[ord(letter) - ord("A")]) if isinstance(letter, str) else letter
