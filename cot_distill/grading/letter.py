"""The letter of one choice: read from a completion, also where it states the choice's label, text or value."""

import re
from collections.abc import Callable, Sequence

from cot_distill.grading import choices, contract, numerals
from cot_distill.grading.reading import Found, Given, Kind, Undecided

_LETTER = re.compile(
    r"[\s\"'“‘:=.,–\-#]*(?:(?i:it(?:\s+is|['’]s)|is|either|both|probably|(?:most\s+)?likely)\s+)*"
    r"(?:(?:the\s+)?(?i:options?|choices?|letters?|answers?)\s*(?:is\s+)?[:\-]?\s*)?[\"'“‘(\[]*"
    r"(?:([A-Z])(?![A-Za-z]|['’][a-z]|\.\w|-\w)|([a-z])(?=[)\].]*[\s\"'”’]*$|[)\]])|(\d{1,2})(?=[)\].:\"']*(?:\s|$)))"
)
_OTHER = re.compile(
    r"[\s)\].\"']*(?:,?\s*(?:or|and)\s+(?:also\s+)?|,\s*|/\s*|&\s*|;\s*|\s+)(?:(?i:option|choice)\s+)?[\"'(\[]*([A-Za-z])"
    r"(?=[)\].\"']*\s*(?:$|[.,;/&]|and\b|or\b|are\b|both\b))"
)
_NOT_BUT = re.compile(r"\W*(?:not|n't|neither)\b(?:[^.\n]*?\bbut\s+(?:rather\s+)?|.*)", re.I)
_OPENING = re.compile(
    r"\W*(?:(?i:option|choice)\s+)?[(\[]?([A-Z])"
    r"(?:[)\]:]|\.(?!\w)|\s*$|\s*\n|\s+[-–—]\s(?![A-Z\d]\b)|,(?!\s*(?:and\s+|or\s+)?[A-Z]\b))"
)
_LIST_ITEM = re.compile(r"(?:^|\n)[ \t*_(\-•]{0,8}[A-Za-z][*_]{0,2}[).:]")
_CROSSED = re.compile(r"[✗❌✘✖]")
_LOWER = re.compile(r"\s+[a-z]")


def opening(text: str, given: Given) -> Found:
    """The letter that a completion begins with, where it lists no choices: "B. It is the plum." is B."""
    match = _OPENING.match(text)
    return choices.named_by(match[1], given) if match and len(_LIST_ITEM.findall(text)) < 2 else None


def named_choice(text: str, given: Given) -> Found:
    """The single choice that the last sentence names, by its letter, text or value: "So I would say plum."."""
    sentence = next(iter(contract.sentences(text)), "")
    if _CROSSED.search(sentence):
        return None
    bold = [found for one in contract.bold(sentence) if (found := _named(one, given))]
    found = bold[-1] if bold else _named(sentence, given)
    if found is None and contract.GIVES_UP.search(sentence):
        return choices.open_choice(given) or Undecided.REFUSED
    return found


class Letter(Kind):
    """A capital letter."""

    fallbacks: Sequence[Callable[[str, Given], Found]] = (opening, named_choice)

    def stated(self, said: str, given: Given) -> Found:
        """The letter that a statement gives: "(b), since A is wrong" is B, "A, B, and D" several, "plum" its letter."""
        words, said = said.strip(), choices.plain(said).strip()
        if given.choices and len(words) > 3 and (named := choices.word_for_word(words.rstrip("."), given)):
            return named
        if (denied := _NOT_BUT.match(said)) and not contract.GIVES_UP.search(said):
            words = said = said[denied.end() :]
        exact = choices.by_text(words, given) if len(said.strip(" .()\"'")) > 1 else None
        match = _LETTER.match(said)
        name = next(filter(None, match.groups())) if match else ""
        letter = choices.named_by(name, given) if not name.isdigit() or given.labels else None
        word_follows = match is not None and _LOWER.match(said, match.end()) is not None
        if match is None or letter is None or (name == "I" and word_follows):
            named = exact or _only(choices.marked(choices.without_denied(said), given))
            gives_up = named is None and contract.GIVES_UP.search(said)
            return choices.open_choice(given) or Undecided.REFUSED if gives_up else named
        if exact and exact != letter and name == "A" and word_follows:
            return exact  # "A pear" is a text
        if given.choices and choices.by_text(said[match.end() :].strip(" )].:-"), given) == letter:
            return letter  # "A) B and D" where A is "B and D"
        other = _OTHER.match(said, match.end())
        second = choices.named_by(other[1], given) if other else None
        return Undecided.SEVERAL if second is not None and second != letter else letter

    def whole(self, said: str, given: Given) -> Found:
        """The letter that a text is, with or without its choice's text: "B) plum." is B, "So it is B" none."""
        said = choices.plain(said).strip(" .*\n")
        match = _LETTER.match(said)
        behind = said[match.end() :].strip(" )].:-") if match else ""
        if match and "\n" not in said and (not behind or choices.by_text(behind, given)):
            return self.stated(said, given)
        return choices.word_for_word(said, given) if len(said) > 1 else None

    def contains(self, text: str, gold: str, given: Given) -> bool:
        said = choices.plain(text[-20_000:])
        return gold in choices.marked(said, given) or gold in choices.texts_named(said, given)


def _named(sentence: str, given: Given) -> str | None:
    """The one choice that a sentence names."""
    said = choices.without_denied(sentence)
    found = choices.marked(choices.plain(said), given) or sorted(choices.texts_named(choices.plain(said), given))
    if found:
        return _only(found)
    numbers = [value for _, _, value in numerals.numbers(numerals.plain(said.rpartition("=")[2]))]
    return choices.by_value(numbers[-1], given) if numbers else None


def _only(letters: Sequence[str]) -> str | None:
    return letters[0] if len(letters) == 1 else None
