"""What a text says of a question's choices: their letters, their labels, their texts and their values."""

import functools
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import numerals
from cot_distill.grading.contract import GIVES_UP
from cot_distill.grading.reading import Given

_LOOKS = re.compile(
    r"\\(?:text(?:bf|rm|it)?|math(?:bf|rm|it)|mbox|boxed|left|right|displaystyle)(?![a-z])|\\[()\[\],!;: ]|[{}$*`_]"
)
_MARK = re.compile(
    r"(?<![\w'’.\\-])(?:(?i:options?|choices?|letters?)\s+[(\[\"']?([A-Za-z]|\d{1,2})\b[)\]\"']?(?!['’]?\w)|[(\[]([A-Za-z])[)\]]"
    r"|([A-Z])(?![\w'’]|\.\w|-\w)|([a-z])\)(?=\s|$))"
)
_WORD_A_OR_I = re.compile(r"\s+(?!(?:is|was|and|or|nor|because|since|seems?|fits?|works?|remains?|alone|only)\b)[a-z]")
_DENIED = re.compile(
    r"(?:\b(?:not|neither|nor|cannot|never|than|instead\s+of|except|unlike|eliminat\w+|rules?\s+out|exclud\w+)\b|n['’]t\b)[^,.;:]*", re.I
)
_ARTICLE = re.compile(r"^\W*(?:(?:an?|the|to|in|at|on|that|it\s+is|it['’]s)\s+)+", re.I)
_LABEL = re.compile(r"\s*(?:\(([A-Za-z])\)|([A-Za-z])\s?[).:])\s*")
_CLAUSE_END = re.compile(r"[.;,](?=\s|$)|\s[(=]|\s+(?:since|because|as)\b")
_NONE_OF_THESE = re.compile(
    r"(?:none|no\s+one)(?:\s+of\s+(?:the\s+)?(?:these|those|above|them|given|options?|choices?)\b.*)?|not\s+(?:given|listed)", re.I
)
_KEPT = re.compile(r"[\W_]+")
_LONGEST = 300


def offered(choices: Any) -> Given:
    """The texts of choices in letter order: a list of texts or numbers, {"A": text, …}, [{"label": "A", "text": …}, …]
    or the hub's {"label": […], "text": […]}. Letters that every text begins with ("A) 5") are left out; labels may
    also be 1, 2, 3 … or 0, 1, 2 ….

    Raises UserError for anything else.
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
    if len(texts) > 26:
        raise UserError(f"choices holds {len(texts)} choices; letters go to 26")
    kinds = [[chr(ord("A") + index) for index in range(len(texts))]]
    kinds += [[str(index + first) for index in range(len(texts))] for first in (1, 0)]
    names = None if labels is None else [str(label) for label in labels] if isinstance(labels, list) else []
    if names is not None and names not in kinds:
        raise UserError("choices are not labelled A, B, C … in order, nor 1, 2, 3 … or 0, 1, 2 …")
    bare = _unlabelled([str(text).strip() for text in texts])
    return Given(bare, tuple(names) if names and names[0].isdigit() else ())


def letter_of(index: int) -> str:
    """The letter of a choice by its place, from 0."""
    return chr(ord("A") + index)


def plain(text: str) -> str:
    """A statement without LaTeX and Markdown around its letters."""
    return _LOOKS.sub(" ", text) if any(sign in text for sign in "\\{$*`_") else text


def marked(sentence: str, given: Given) -> list[str]:
    """The letters that a plain text marks as choices, in order, each once; "I" and "A" as words are none.

    >>> marked("I would choose H, not (b).", Given()), marked("A cat, so option c", Given())
    (['H', 'B'], ['C'])
    """
    found = []
    for match in _MARK.finditer(sentence):
        named = next(filter(None, match.groups()))
        if match[3] in ("A", "I") and _WORD_A_OR_I.match(sentence, match.end()):
            continue
        letter = named_by(named, given)
        if letter is not None and letter not in found:
            found.append(letter)
    return found


def named_by(name: str, given: Given) -> str | None:
    """The letter of the choice with a letter or label, None where there is no such choice."""
    if name in given.labels:
        return letter_of(given.labels.index(name))
    letter = name.upper()
    count = len(given.choices) or 26
    return letter if len(letter) == 1 and "A" <= letter < chr(ord("A") + count) else None


def without_denied(sentence: str) -> str:
    """A sentence without what it denies or compares with: "B, not A" is "B, "."""
    return _DENIED.sub(" ", sentence)


def by_text(said: str, given: Given) -> str | None:
    """The letter of the one choice that a short text states: word for word, as its first clause ("30. So B"), as a
    number ("666" for "Rs. 666"), or by beginning with it ("the library, since …").

    >>> by_text("the library, since it is quiet", Given(("a bank", "library")))
    'B'
    """
    if not given.choices or len(said) > _LONGEST:
        return None
    known = _known(given.choices)
    end = _CLAUSE_END.search(said)
    letter = word_for_word(said, given) or word_for_word(said[: end.start()] if end else "", given)
    if letter:
        return letter
    if _NONE_OF_THESE.match(said.strip(" *\"'.")) and known.none_of_these:
        return known.none_of_these
    number = _number(said)
    if number is not None:
        return by_value(number, given)
    opening = _words(said)
    begins = [
        (len(words), letter) for letter, words in known.words.items() if words and opening[: len(words)] == words
    ]
    return max(begins)[1] if begins else None


def word_for_word(said: str, given: Given) -> str | None:
    """The letter of the one choice that a text is, articles, signs and case aside."""
    known = _known(given.choices)
    return known.exact.get(_exact(said)) or known.keys.get(_key(said))


def open_choice(given: Given) -> str | None:
    """The letter of the one choice that nothing can be determined."""
    return _known(given.choices).undetermined


def texts_named(sentence: str, given: Given) -> set[str]:
    """The letters of the choices whose texts stand in a sentence, texts inside longer ones aside.

    >>> texts_named("So it is sugar and water.", Given(("sugar", "sugar and water", "salt")))
    {'B'}
    """
    if not given.choices:
        return set()
    spoken = f" {' '.join(_words(sentence, False))} "
    found = {
        letter: phrase
        for letter, words in _known(given.choices).words.items()
        if words and (phrase := f" {' '.join(words)} ") in spoken
    }
    return {
        letter
        for letter, phrase in found.items()
        if not any(phrase in other and phrase != other for other in found.values())
    }


def by_value(value: str, given: Given) -> str | None:
    """The letter of the one choice whose number a canonical number is; 0.25 is also 25% among percentages."""
    if not given.choices:
        return None
    numbers = _known(given.choices).numbers
    found = numbers.get(value)
    if found is None and all("%" in choice for choice in given.choices):
        found = numbers.get(numerals.written(Fraction(value) * 100))
    return found


class _Known:
    """Choices by all that they are known by; what stands for two of them stands for none."""

    def __init__(self, choices: Sequence[str]) -> None:
        pairs = [(letter_of(index), choice) for index, choice in enumerate(choices)]
        self.exact = _unique([(_exact(choice), letter) for letter, choice in pairs])
        self.keys = _unique([(_key(choice), letter) for letter, choice in pairs])
        self.numbers = _unique([(_number(choice), letter) for letter, choice in pairs])
        self.words = {letter: _words(choice) for letter, choice in pairs if _number(choice) is None}
        none = [letter for letter, choice in pairs if _NONE_OF_THESE.fullmatch(choice.strip(" ."))]
        self.none_of_these = none[0] if len(none) == 1 else None
        undetermined = [letter for letter, choice in pairs if GIVES_UP.search(choice)]
        self.undetermined = undetermined[0] if len(undetermined) == 1 else None


@functools.lru_cache(256)
def _known(choices: tuple[str, ...]) -> _Known:
    return _Known(choices)


def _unlabelled(texts: list[str]) -> tuple[str, ...]:
    marks = [_LABEL.match(text) for text in texts]
    if all(mark and (mark[1] or mark[2]).upper() == letter_of(index) for index, mark in enumerate(marks)):
        return tuple(text[mark.end() :] for text, mark in zip(texts, marks, strict=True) if mark)
    return tuple(texts)


def _unique(pairs: Sequence[tuple[str | None, str]]) -> dict[str, str]:
    keys = [key for key, _ in pairs]
    return {key: letter for key, letter in pairs if key and keys.count(key) == 1}


def _exact(text: str) -> str:
    """With its signs: "x - 2" is not "x + 2"."""
    return "".join(text.casefold().split()).strip("$.*\"'")


def _key(text: str) -> str:
    return _KEPT.sub("", _ARTICLE.sub("", text.casefold()))


def _words(text: str, bare: bool = True) -> list[str]:
    """The words of a text without the s of their plurals, with `bare` without the articles that it begins with."""
    found = _KEPT.split(_ARTICLE.sub("", text.casefold()) if bare else text.casefold())
    return [word.removesuffix("s") if len(word) > 3 else word for word in found if word]


def _number(text: str) -> str | None:
    """The number of a text that is nothing but a number and its unit."""
    said = numerals.plain(text).replace("Rs.", " ").replace("Rs", " ")
    found = list(numerals.numbers(said))
    if len(found) != 1:
        return None
    begin, end, value = found[0]
    around = said[:begin] + re.split(r"[.;,]\s|\s[(=]", said[end:])[0]
    return value if len(_words(around, False)) <= 3 and not any(sign in around for sign in "+*/^√") else None
