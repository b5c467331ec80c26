"""The letter of one choice: read from a completion, also where it states the choice's label, text or value."""

import re
from collections.abc import Sequence

from cot_distill.grading import contract, numerals
from cot_distill.grading.choices import (
    by_text,
    by_value,
    marked,
    named_by,
    open_choice,
    plain,
    texts_named,
    without_denied,
    word_for_word,
)
from cot_distill.grading.reading import Found, Given, Undecided

_LETTER = re.compile(
    r"[\s\"'“‘:=.,–\-#]*(?:(?i:it(?:\s+is|['’]s)|is|either|both|probably|(?:most\s+)?likely)\s+)*(?:(?:the\s+)?(?i:options?|choices?|letters?|answers?)\s*(?:is\s+)?[:\-]?\s*)?"
    r"[\"'“‘(\[]*(?:([A-Z])(?![A-Za-z]|['’][a-z]|\.\w|-\w)|([a-z])(?=[)\].]*[\s\"'”’]*$|[)\]])|(\d{1,2})(?=[)\].:\"']*(?:\s|$)))"
)
_OTHER = re.compile(
    r"[\s)\].\"']*(?:,?\s*(?:or|and)\s+(?:also\s+)?|,\s*|/\s*|&\s*|;\s*|\s+)(?:(?i:option|choice)\s+)?[\"'(\[]*([A-Za-z])(?=[)\].\"']*\s*(?:$|[.,;/&]|and\b|or\b|are\b|both\b))"
)
_REFUSED = re.compile(r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:unclear|unknown|undetermined|insufficient|impossible|n/a\b)", re.I)
_NOT_BUT = re.compile(r"\W*(?:not|n't|neither)\b(?:[^.\n]*?\bbut\s+(?:rather\s+)?|.*)", re.I)
_CROSSED = re.compile(r"[✗❌✘✖]")
_OPENING = re.compile(
    r"\W*(?:(?i:option|choice)\s+)?[(\[]?([A-Z])(?:[)\]:]|\.(?!\w)|\s*$|\s*\n|\s+[-–—]\s(?![A-Z\d]\b)|,(?!\s*(?:and\s+|or\s+)?[A-Z]\b))"
)
_LIST_ITEM = re.compile(r"(?:^|\n)[ \t*_(\-•]{0,8}[A-Za-z][*_]{0,2}[).:]")


def stated(said: str, given: Given) -> Found:
    """The letter that a statement gives.

    >>> stated("(b), since A is wrong", Given()), stated("A, B, and D.", Given()), stated("plum", Given(("pear", "plum")))
    ('B', <Undecided.SEVERAL: 'several_answers'>, 'B')
    """
    by_words, said = said.strip(), plain(said).strip()
    if (denied := _NOT_BUT.match(said)) and not contract.GIVES_UP.search(said):
        by_words = said = said[denied.end() :]
    exact = by_text(by_words, given) if len(said.strip(" .()\"'")) > 1 else None
    match = _LETTER.match(said)
    name = match and next(filter(None, match.groups()))
    letter = named_by(name, given) if name and (not name.isdigit() or given.labels) else None
    if match is None or letter is None or (name == "I" and re.match(r"\s+[a-z]", said[match.end() :])):
        refused = contract.GIVES_UP.search(said) and (open_choice(given) or Undecided.REFUSED)
        return exact or _only(marked(without_denied(said), given)) or refused or (Undecided.REFUSED if _REFUSED.match(said) else None)
    if exact and exact != letter and name == "A" and re.match(r"\s+[a-z]", said[match.end() :]):
        return exact  # "A pear" is a text
    other = _OTHER.match(said, match.end())
    second = named_by(other[1], given) if other else None
    return Undecided.SEVERAL if second is not None and second != letter else letter


def joined(said: Sequence[str], given: Given) -> Found:
    """The one letter of several boxes.

    >>> joined(["A", "C"], Given())
    <Undecided.SEVERAL: 'several_answers'>
    """
    found = {stated(one, given) for one in said}
    return found.pop() if len(found) == 1 else Undecided.SEVERAL


def whole(said: str, given: Given) -> Found:
    """The letter that a text is, its choice's text behind it or instead of it.

    >>> whole("B) plum.", Given(("pear", "plum"))), whole("So it is B", Given())
    ('B', None)
    """
    said = plain(said).strip(" .*\n")
    match = _LETTER.match(said)
    behind = said[match.end() :].strip(" )].:-") if match else ""
    if match and (not behind or by_text(behind, given)) and "\n" not in said:
        return stated(said, given)
    return word_for_word(said, given) if len(said) > 1 else None


def opening(text: str, given: Given) -> Found:
    """The letter that a completion begins with, where it lists no choices.

    >>> opening("B. It is the plum, for pears are green.", Given())
    'B'
    """
    match = _OPENING.match(text)
    if match is None or len(_LIST_ITEM.findall(text)) > 1:
        return None
    return named_by(match[1], given)


def named_choice(text: str, given: Given) -> Found:
    """The single choice that the last sentence names: by its letter, its text, or its value.

    >>> named_choice("Pears are green. So I would say plum.", Given(("pear", "plum")))
    'B'
    """
    sentence = next(iter(contract.sentences(text)), "")
    if _CROSSED.search(sentence):
        return None
    bold = [found for one in contract.bold(sentence) if (found := _named(one, given))]
    found = bold[-1] if bold else _named(sentence, given)
    if found is None and contract.GIVES_UP.search(sentence):
        return open_choice(given) or Undecided.REFUSED
    return found


FALLBACKS = (opening, named_choice)


def canonical(said: str, given: Given) -> str | None:
    """The letter of a stated answer ("(b)", "B) plum", a label, a choice's text), or None where it is none."""
    found = stated(said, given) if said.strip() else None
    return found if isinstance(found, str) else None


def contains(text: str, gold: str, given: Given) -> bool:
    """Whether a choice's letter or text stands anywhere in a text."""
    said = plain(text[-20_000:])
    return gold in marked(said, given) or gold in texts_named(said, given)


def _named(sentence: str, given: Given) -> str | None:
    """The one choice that a sentence names."""
    said = without_denied(plain(sentence))
    letters = marked(said, given)
    if letters:
        return _only(letters)
    texts = texts_named(said, given)
    if texts:
        return _only(sorted(texts))
    numbers = [value for _, _, value in numerals.numbers(numerals.plain(without_denied(sentence).rpartition("=")[2]))]
    return by_value(numbers[-1], given) if numbers else None


def _only(letters: Sequence[str]) -> str | None:
    return letters[0] if len(letters) == 1 else None
