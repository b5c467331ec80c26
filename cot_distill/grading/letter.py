"""Reads the letter of one choice, or of several, from a completion. It may state a letter, label, text or value.

If several choices must be selected, their letters are compared as sets: "A, C".
"""

import re
from collections.abc import Sequence

from cot_distill.grading import choices, contract, numerals
from cot_distill.grading.reading import Fallback, Found, Given, Kind, Undecided

_LETTER = re.compile(
    r"[\s\"'“‘:=.,–\-#]*(?:(?i:it(?:\s+is|['’]s)|is|either|both|probably|(?:most\s+)?likely)\s+)*"
    r"(?:(?:the\s+)?(?i:options?|choices?|letters?|answers?)\s*(?:is\s+)?[:\-]?\s*)?[\"'“‘(\[]*"
    r"(?:([A-Z])(?![A-Za-z]|['’][a-z]|\.\w|-\w)|([a-z])(?=[)\].]*[\s\"'”’]*$|[)\]])|(\d{1,2})(?=[)\].:\"']*(?:\s|$)))"
)
_OTHER = re.compile(
    r"[\s)\].\"']*(?:,?\s*(?:or|and)\s+(?:also\s+)?|,\s*|/\s*|&\s*|;\s*|\s+)(?:(?i:option|choice)\s+)?[\"'(\[]*([A-Za-z])"
    r"(?=[)\].\"']*\s*(?:$|[.,;/&]|and\b|or\b|are\b|both\b))"
)
_RUN = re.compile(r"\W*([A-Z]{2,26})\W*")
_REST = re.compile(r"[\s,;.&/()\[\]\"'-]|\b(?:and|options?|choices?|letters?|both|only|are|correct)\b", re.I)


class Letter(Kind):
    """A capital letter."""

    def named_choice(self, text: str, given: Given) -> Found:
        """The single choice that the last sentence names, by its letter, text or value: "So I would say plum."."""
        for said, is_bold in contract.closing(text):
            if (found := _named(said, given)) is not None or not is_bold:
                return found
        return None

    fallbacks: Sequence[Fallback] = (named_choice,)

    def stated(self, said: str, given: Given) -> Found:
        """The letter that a statement gives: "(b), since A is wrong" is B, "A, B, and D" several, "plum" its letter."""
        bare = choices.plain(said).strip()
        exact = choices.by_text(said.strip(), given) if len(bare.strip(" .()\"'")) > 1 else None
        match = _LETTER.match(bare)
        name = next(filter(None, match.groups())) if match else ""
        letter = choices.named_by(name, given) if not name.isdigit() or given.labels else None
        if match is None or letter is None or (name in ("A", "I") and re.match(r"\s+[a-z]", bare[match.end() :])):
            return exact or _named(bare, given)
        if exact == letter or choices.by_text(bare[match.end() :].strip(" )].:-"), given) == letter:
            return letter  # "A) B and D", if choice A is "B and D"
        other = _OTHER.match(bare, match.end())
        second = choices.named_by(other[1], given) if other else None
        return Undecided.SEVERAL if second is not None and second != letter else letter

    def whole(self, said: str, given: Given) -> Found:
        """The letter of a text that is only a letter, with or without its choice's text: "B) plum." is B, "So it is B"
        gives none."""
        said = choices.plain(said).strip(" .*\n")
        match = _LETTER.match(said)
        behind = said[match.end() :].strip(" )].:-") if match else ""
        if match and "\n" not in said and (not behind or choices.by_text(behind, given)):
            return self.stated(said, given)
        return choices.by_text(said, given) if len(said) > 1 else None


class Letters(Letter):
    """Capital letters in order."""

    def named_choices(self, text: str, given: Given) -> Found:
        """The choices that the last sentence names: "B is too small. So only A and C fit." is A, C."""
        return self.stated(next(iter(contract.sentences(text)), ""), given)

    fallbacks = (named_choices,)

    def stated(self, said: str, given: Given) -> Found:
        """The letters that a statement lists: "A, C and D", "ACD" and their choices' texts are A, C, D."""
        said = contract.without_denied(choices.plain(said))
        run, alone = _RUN.fullmatch(said), choices.by_text(said.rstrip("."), given)
        names = choices.marked(" ".join(run[1]) if run else said, given)
        names = names or ([alone] if alone else choices.texts_named(said, given))
        return ", ".join(sorted(names)) or None

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The letters of all boxes together."""
        return self.stated(" and ".join(boxes), given)

    def whole(self, said: str, given: Given) -> Found:
        """The letters of a text that is only letters: "A and C" is A, C, "I think A fits" gives none."""
        rest = "".join(_REST.sub("", choices.plain(said)).split())
        return self.stated(said, given) if rest.isalpha() and rest.isupper() and rest.isascii() else None


def _named(sentence: str, given: Given) -> str | None:
    """The one choice that a sentence names."""
    gives_up = contract.GIVES_UP.search(sentence)  # this may be a choice: "Cannot be determined"
    said = sentence if gives_up else contract.without_denied(sentence)
    found = choices.marked(choices.plain(said), given) or choices.texts_named(choices.plain(said), given)
    numbers = [value for _, _, value in numerals.numbers(numerals.plain(said.rpartition("=")[2]))]
    if not found and numbers:
        return choices.by_value(numbers[-1], given)
    return found[0] if len(found) == 1 else None
