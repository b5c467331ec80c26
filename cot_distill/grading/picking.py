"""Which number of a sentence, or which of two sentences, tells what a question asks for."""

import re
from collections.abc import Sequence

from cot_distill.grading import numerals
from cot_distill.grading.asked import COMPARED, IN_TOTAL, NAME, REMAINDER, WORD, Asked, singular, stems
from cot_distill.grading.words import stem

_REFERS = re.compile(r"\b(?:that|this|which)(?:['’]s|\s+(?:is|are|makes|gives|means|comes))\b", re.I)
_DOLLARS = re.compile(r"\s*(?:dollars?|bucks|USD)\b", re.I)
_CLAUSE = re.compile(r"\b(?:and|per|at|in|for|from|each|every|with|while|but)\b|[;(]|,\s")
_RATE = re.compile(r"\s*(?:[a-z]+\s+)?an?\s+(year|month|week|day|hour|minute)\b")
_LAST_WORD = re.compile(r"[A-Za-z]+(?=\W*$)")
_NAMED = re.compile(r"\b([A-Za-z]{3,})\s+(?:of|is|was|comes\s+to)\s+\W{0,2}$")
_IN_COMMON = frozenset({"left", "remain"})
"""Words behind a list that belong to each of its parts."""
_DRAWS = re.compile(r"\b(?:so|therefore|thus|hence)\b", re.I)
_IT_IS = re.compile(r"\bit(?:['’]s|\s+(?:is|was|comes))\b", re.I)
_PART = re.compile(r"[,;]\s+(?:(?:and|but|while|whereas|so)\s+)?|\s+(?:and|but|while|whereas)\s+")
_REACH = 5
"""Words behind a number in which what it counts is looked for."""


def picked(numbers: list[tuple[int, int, str]], said: str, wanted: Asked) -> str | None:
    """The one of a sentence's numbers (begin, end, value) that counts what is asked for, or None where that leaves
    none or several."""
    if not numbers:
        return None
    ends = [begin for begin, _, _ in numbers[1:]] + [len(said)]
    behind = [said[end:until].casefold() for (_, end, _), until in zip(numbers, ends, strict=True)]
    compares = [COMPARED.search(" ".join(words.split()[:3])) is not None for words in behind]
    if wanted.compared:
        return _only([value for (_, _, value), one in zip(numbers, compares, strict=True) if one])
    leads = [
        _ended(said[end:begin]) for end, (begin, _, _) in zip([0] + [one[1] for one in numbers], numbers, strict=False)
    ]
    if wanted.who and len(leads) > 1 and all(map(NAME.search, leads)):
        owned = _only([one[2] for lead, one in zip(leads, numbers, strict=True) if wanted.who in lead])
        if owned is not None:
            return owned
    if wanted.money:
        return _only([value for begin, end, value in numbers if "$" in said[begin:end] or _DOLLARS.match(said, end)])
    begins = [0] + [end for _, end, _ in numbers[:-1]]
    found = []
    for (begin, _, value), start, words, compared in zip(numbers, begins, behind, compares, strict=True):
        if (rate := _RATE.match(words)) and rate[1] == wanted.noun:
            continue
        counted = list(map(singular, WORD.findall(_CLAUSE.split(words, maxsplit=1)[0])[:_REACH]))
        if wanted.noun and wanted.noun in counted and not compared:
            found.append((len(wanted.which.intersection(counted)), _ended(said[start:begin]), value))
    best = max((which for which, _, _ in found), default=0)
    found = [one for one in found if one[0] == best]
    if wanted.who and all(NAME.search(clause) for _, clause, _ in found):
        found = [one for one in found if wanted.who in one[1]] or found
    return _only([value for _, _, value in found])


def by_clause(numbers: Sequence[tuple[int, int, str]], said: str, wanted: Asked) -> str | None:
    """The number of the clause that has the words that ask, where each clause has one number and the others have fewer:
    "39" of "The frog jumped 42 inches and the mouse jumped 39 inches." for "How far did the mouse jump?"."""
    parts: list[tuple[int, int]] = []
    begin = 0
    for end in [*(match.start() for match in _PART.finditer(said)), len(said)]:
        if any(begin <= one[0] < end for one in numbers):
            parts.append((begin, end))
            begin = end
    if parts:
        parts[-1] = parts[-1][0], len(said)
    values = [{value for place, _, value in numbers if begin <= place < end} for begin, end in parts]
    sums = wanted.total or IN_TOTAL.search(said) or _IT_IS.search(said)
    if sums or len(parts) < 2 or any(len(one) != 1 for one in values) or numerals.is_compound(said):
        return None
    words = wanted.words
    if any(_PART.sub("", said[begin:end], 1)[:2].strip(" $").isdigit() for begin, end in parts[1:]):
        parts = [(next(one[0] for one in numbers if one[0] >= begin), end) for begin, end in parts]  # a list
        words = words - _IN_COMMON
    verb = _LAST_WORD.search(said, 0, numbers[0][0])  # which the other parts may leave out: "and the shirt $20"
    for left_out in (frozenset[str](), frozenset({stem(verb[0].casefold())}) if verb else None):
        shared = [words & stems(said[begin:end]) - left_out for begin, end in parts] if left_out is not None else []
        best = max(shared, key=len, default=frozenset[str]())
        if shared and all(one < best for one in shared if one is not best):
            return values[shared.index(best)].pop()
    return None


def by_name(numbers: Sequence[tuple[int, int, str]], said: str, wanted: Asked) -> str | None:
    """The one number that a word of the question leads up to: "a discount of $10", "the new price is $40"."""
    names = ((_NAMED.search(said, 0, begin), value) for begin, _, value in numbers if value not in wanted.given)
    words = wanted.words - {stem(wanted.noun)}
    return _only([value for name, value in names if name and stem(name[1].casefold()) in words])


def tells_other_part(last: str, before: str, wanted: Asked) -> bool:
    """Whether of two sentences the last one tells what is left where what was spent is asked for, or the other way
    round, and the one before tells what is asked: "She spent $21. She has $29 left."."""
    left, before_left = REMAINDER.search(last) is not None, REMAINDER.search(before) is not None
    draws = "=" in last or _REFERS.search(last) or _DRAWS.search(last) or len(list(numerals.numbers(last))) != 1
    if left == before_left or left == wanted.remainder or draws:
        return False
    return wanted.remainder or bool(wanted.words & stems(before) - stems(last))


def counts_another(said: str, wanted: Asked) -> bool:
    """Whether a sentence with a number is about another thing than what is to be counted, or tells no difference where
    one is asked for; one that goes on from the sentence before ("That makes 12.") is not.
    """
    goes_on = "=" in said or (_REFERS.search(said) and not IN_TOTAL.search(said))
    if goes_on or wanted.money or not any(map(str.isdigit, said)):
        return False
    if wanted.compared:
        return COMPARED.search(said) is None
    return bool(wanted.noun) and wanted.noun not in map(singular, WORD.findall(said.casefold()))


def for_unit(numbers: Sequence[tuple[int, int, str]], said: str, wanted: Asked) -> str | None:
    """The one number that is given for the unit asked for: "$2304" of "$192 a month, or $2304 a year"."""
    if not wanted.unit:
        return None
    numbers = [one for one in numbers if one[0] > said.rfind("=")]
    behind = re.compile(rf"\s*%?\s*(?:[a-z]+\s+){{0,3}}?(?:(?:an?|per|each|every|one)\s+|/\s?){wanted.unit}\b", re.I)
    return _only([value for _, end, value in numbers if behind.match(said, end)])


def _ended(text: str) -> str:
    """What stands behind the last "and" or comma: it belongs to the number that follows."""
    return re.split(r"\band\b|,", text)[-1]


def _only(values: Sequence[str]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
