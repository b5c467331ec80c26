"""Which choice a text states, by the choice's own text or its value rather than its letter."""

import functools
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import numerals, spans
from cot_distill.grading.words import stem

Choices = Sequence[str] | None

_KEPT = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^\W*(?:(?:an?|the|to|in|at|on|that|it\s+is)\s+)+", re.I)
_CLAUSE_END = re.compile(r"[.;,](?=\s|$)| [(=]")
_NONE_OF_THESE = re.compile(
    r"(?:none|no\s+one)(?:\s+of\s+(?:the\s+)?(?:these|those|above|them|given|options?|choices?)\b.*)?|not\s+(?:given|listed)",
    re.I,
)
_UNDETERMINED = re.compile(
    r"\b(?:undetermined|indeterminate|not\s+(?:\w+ly\s+)?determined|(?:data|information)\s+(?:is\s+|are\s+)?(?:inadequate|insufficient|not\s+sufficient)"
    r"|(?:inadequate|insufficient)\s+(?:data|information)|(?:can['’]?t|can\s?not)\s+(?:be\s+)?(?:said?|say|tell|told|find|found|known))\b",
    re.I,
)
_DETERMINERS = frozenset("a an the their his her its your my our".split())
_IDLE = frozenset("s of in on at to for from by with and or is are be feel get go have make do".split())
_LONGEST = 300
_LABEL = re.compile(r"\s*(?:\(([A-Za-z])\)|([A-Za-z])\s?[).:])\s*")


def offered(choices: Any) -> Choices:
    """The texts of choices in letter order: a list of texts or numbers, {"A": text, …}, [{"label": "A", "text": …}, …]
    or the hub's {"label": […], "text": […]}. Letters that every text begins with ("A) 5") are left out.

    Raises UserError for anything else, and for labels that are not A, B, C … in order.
    """
    if isinstance(choices, dict) and isinstance(choices.get("text"), list):
        labels, texts = choices.get("label"), choices["text"]
    elif isinstance(choices, dict):
        labels, texts = list(choices), list(choices.values())
    elif isinstance(choices, list) and choices and all(isinstance(one, dict) for one in choices):
        labels, texts = [one.get("label") for one in choices], [one.get("text") for one in choices]
    else:
        labels, texts = None, [] if choices is None else choices
    if not isinstance(texts, list) or any(not isinstance(text, str | int | float) for text in texts):
        raise UserError("choices is no list of texts")
    if labels is not None and labels != [chr(ord("A") + index) for index in range(len(texts))]:
        raise UserError("choices are not labelled A, B, C … in order")
    return _unlabelled([str(text).strip() for text in texts]) or None


def _unlabelled(texts: list[str]) -> tuple[str, ...]:
    bare = []
    for index, text in enumerate(texts):
        mark = _LABEL.match(text)
        if mark is None or (mark[1] or mark[2]).upper() != chr(ord("A") + index):
            return tuple(texts)
        bare.append(text[mark.end() :])
    return tuple(bare)


def stated_by_text(said: str, choices: Choices) -> str | None:
    """The letter of the one choice that a text is word for word, a lone letter aside."""
    if not choices or len(said.strip(" ().")) < 2:
        return None
    return _known(tuple(choices)).exact.get(_exact(said))


def by_text(said: str, choices: Choices) -> str | None:
    """The letter of the one choice that a short text states: word for word, as its first clause ("30. So B"), as a
    number ("666" for "Rs. 666"), or by beginning with it ("the library, since …")."""
    if not choices or len(said) > _LONGEST:
        return None
    known = _known(tuple(choices))
    exact = known.exact.get(_exact(said))
    if exact:
        return exact
    end = _CLAUSE_END.search(said)
    for part in (said, said[: end.start()] if end else ""):
        key, shorter = _key(part), _ARTICLE.sub("", part)
        letter = known.letters.get(key) or known.letters.get(_key(shorter)) or known.stems.get(_stems(shorter))
        if key and letter:
            return letter
    if _NONE_OF_THESE.match(said.strip(" *\"'.")):
        return known.none_of_these
    number = _number(said)
    if number is not None:
        return known.numbers.get(number)
    opening, numbered = _words(_ARTICLE.sub("", said)), set(known.numbers.values())
    begins = [
        (len(words), letter)
        for words, letter in known.words
        if words and letter not in numbered and opening[: len(words)] == words
    ]
    return max(begins)[1] if begins else None


def undetermined(sentence: str, choices: Choices) -> str | None:
    """The letter of the one choice that nothing can be determined, where a sentence says so."""
    return _known(tuple(choices)).undetermined if choices and _gives_up(sentence) else None


def none_of_these(choices: Choices) -> str | None:
    """The letter of the one choice that is none of the others."""
    return _known(tuple(choices)).none_of_these if choices else None


def only_named(sentence: str, choices: Choices) -> str | None:
    """The letter of the only choice whose text stands in a sentence."""
    found = named(sentence, choices)
    return next(iter(found)) if len(found) == 1 else None


def in_other_words(sentence: str, choices: Choices) -> str | None:
    """The letter of the one choice of several words all of which a sentence holds, in any order: "the moon pulls on
    the water" for "the moon's pull"."""
    if not choices:
        return None
    known, spoken = _known(tuple(choices)), set(_stems(sentence).split())
    numbered = set(known.numbers.values())
    found = []
    for one, letter in known.words:
        words = set(_stems(" ".join(one)).split()) - _IDLE
        if len(one) > 1 and letter not in numbered and words and words <= spoken:
            found.append((words, letter))
    fullest = [letter for words, letter in found if not any(words < other for other, _ in found)]
    return fullest[0] if len(fullest) == 1 else None


def named(sentence: str, choices: Choices) -> set[str]:
    """The letters of the choices whose texts stand in a sentence, inflected or not, texts inside longer ones aside."""
    if not choices:
        return set()
    known = _known(tuple(choices))
    spoken = f" {_stems(sentence)} "
    found: list[tuple[str, str]] = []
    numbered = set(known.numbers.values())
    for words, letter in known.words:
        if letter in numbered:
            continue  # "2/5" is not in "12/5": such choices are told by their value
        phrase = f" {_stems(' '.join(words))} "
        if phrase.strip() and phrase in spoken:
            found.append((phrase, letter))
    return {one[1] for one in found if not any(one[0] in other[0] and one is not other for other in found)}


def by_value(value: str, choices: Choices) -> str | None:
    """The letter of the one choice whose number a canonical number is; 0.25 is also 25% among percentages."""
    if not choices:
        return None
    numbers = _known(tuple(choices)).numbers
    found = numbers.get(value)
    if found is None and all("%" in choice for choice in choices):
        found = numbers.get(numerals.written(Fraction(value) * 100))
    return found


def only_value(sentence: str, choices: Choices) -> str | None:
    """The letter of the only choice whose number stands in a sentence."""
    letters = {by_value(value, choices) for _, _, value in numerals.numbers(numerals.plain(sentence))} - {None}
    return letters.pop() if len(letters) == 1 else None


def all_numbers(choices: Choices) -> bool:
    """Whether all choices but "none of these" are different numbers."""
    known = _known(tuple(choices or ()))
    return len(known.numbers) + (known.none_of_these is not None) == len(choices or ())


def by_values(sentence: str, choices: Choices) -> str | None:
    """The letter of the one choice of several numbers that a sentence states in the same order: "62, 34"."""
    if not choices or not any(map(str.isdigit, sentence)):
        return None
    return _known(tuple(choices)).lists.get(_numbers(sentence) or "")


class _Known:
    def __init__(self, choices: tuple[str, ...]) -> None:
        letters = [chr(ord("A") + index) for index in range(len(choices))]
        self.letters = _unique([(_key(choice), letter) for choice, letter in zip(choices, letters, strict=True)])
        self.exact = _unique([(_exact(choice), letter) for choice, letter in zip(choices, letters, strict=True)])
        shortened = _unique(
            [(_key(_ARTICLE.sub("", choice)), letter) for choice, letter in zip(choices, letters, strict=True)]
        )
        self.letters = shortened | self.letters
        self.numbers = _unique([(_number(choice), letter) for choice, letter in zip(choices, letters, strict=True)])
        self.stems = _unique(
            [(_stems(_ARTICLE.sub("", choice)), letter) for choice, letter in zip(choices, letters, strict=True)]
        )
        self.lists = _unique([(_numbers(choice), letter) for choice, letter in zip(choices, letters, strict=True)])
        self.words = [
            (_words(_ARTICLE.sub("", choice)), letter) for choice, letter in zip(choices, letters, strict=True)
        ]
        none = [
            letter
            for choice, letter in zip(choices, letters, strict=True)
            if _NONE_OF_THESE.fullmatch(choice.strip(" ."))
        ]
        self.none_of_these = none[0] if len(none) == 1 else None
        open_ones = [letter for choice, letter in zip(choices, letters, strict=True) if _gives_up(choice)]
        self.undetermined = open_ones[0] if len(open_ones) == 1 else None


@functools.lru_cache(256)
def _known(choices: tuple[str, ...]) -> _Known:
    return _Known(choices)


def _gives_up(text: str) -> bool:
    return spans.GIVES_UP.search(text) is not None or _UNDETERMINED.search(text) is not None


def _unique(pairs: Sequence[tuple[str | None, str]]) -> dict[str, str]:
    """Only what stands once: two choices that read alike are told apart by their letters alone."""
    keys = [key for key, _ in pairs]
    return {key: letter for key, letter in pairs if key and keys.count(key) == 1}


def _key(text: str) -> str:
    return _KEPT.sub("", text.casefold())


def _exact(text: str) -> str:
    """With its signs: "x - 2" is not "x + 2"."""
    return "".join(text.casefold().split()).strip("$.*\"'")


def _words(text: str) -> list[str]:
    return [word for word in _KEPT.split(text.casefold()) if word]


def _stems(text: str) -> str:
    return " ".join(stem(word) for word in _words(text) if word not in _DETERMINERS)


def _numbers(text: str) -> str | None:
    """The numbers of a text that holds several, in order."""
    found = [value for _, _, value in numerals.numbers(numerals.plain(text))]
    return " ".join(found) if len(found) > 1 else None


def _number(text: str) -> str | None:
    """The number of a text that is nothing but a number and its unit."""
    said = numerals.plain(text).replace("Rs.", " ").replace("Rs", " ")
    found = list(numerals.numbers(said))
    if len(found) != 1:
        return None
    begin, end, value = found[0]
    rest = re.split(r"[.;,]\s|\s[(=]", said[end:])[0]
    around = _words(said[:begin]) + _words(rest)
    return value if len(around) <= 3 and not any(sign in said[:begin] + rest for sign in "+*/^√") else None
