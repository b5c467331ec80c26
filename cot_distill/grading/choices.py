"""Finds a question's choices in a text: by their letters, labels, texts and values."""

import functools
import re
from collections.abc import Callable

from cot_distill.grading import numerals
from cot_distill.grading.reading import Given

_LOOKS = re.compile(
    r"\\(?:text(?:bf|rm|it)?|math(?:bf|rm|it)|mbox|boxed|left|right|displaystyle)(?![a-z])|\\[()\[\],!;: ]|[{}$*`_]"
)
_MARK = re.compile(
    r"(?<![\w'’.\\-])(?:(?i:options?|choices?|letters?)\s+[(\[\"']?([A-Za-z]|\d{1,2})\b[)\]\"']?(?!['’]?\w)"
    r"|[(\[]([A-Za-z])[)\]]|([A-Z])(?![\w'’]|\.\w|-\w)|([a-z])\)(?=\s|$))"
)
_WORD_A_OR_I = re.compile(r"\s+(?!(?:is|was|and|or|nor|because|since|seems?|fits?|works?|remains?|alone|only)\b)[a-z]")
_ARTICLE = re.compile(r"^\W*(?:(?:an?|the|to|in|at|on|that|it\s+is|it['’]s)\s+)+", re.I)
_KEPT = re.compile(r"[\W_]+")
_LONGEST = 300


def letter_of(index: int) -> str:
    """The letter of the choice with this index, from 0."""
    return chr(ord("A") + index)


def plain(text: str) -> str:
    r"""A statement without LaTeX and Markdown around its letters: `\textbf{(B)}` is `(B)`."""
    return " ".join(_LOOKS.sub(" ", text).split()) if any(sign in text for sign in "\\{}$*`_") else text


def named_by(name: str, given: Given) -> str | None:
    """The letter of the choice with this letter or label; None if there is none. "3" among labels 1 to 4 is C."""
    if name in given.labels:
        return letter_of(given.labels.index(name))
    letter = name.upper()
    return letter if len(letter) == 1 and "A" <= letter < letter_of(len(given.choices) or 26) else None


def marked(sentence: str, given: Given) -> list[str]:
    """The letters that a plain text marks as choices, each once, but not words: H, B of "I say H, a cat or (b)"."""
    found = []
    for match in _MARK.finditer(sentence):
        letter = named_by(next(filter(None, match.groups())), given)
        is_word = match[3] in ("A", "I") and _WORD_A_OR_I.match(sentence, match.end())
        if letter is not None and letter not in found and not is_word:
            found.append(letter)
    return found


def by_text(said: str, given: Given) -> str | None:
    """The letter of the only choice that equals a short text, word for word or by its number: "The plum.", "666" for
    "Rs. 666"."""
    if not given.choices or len(said) > _LONGEST:
        return None
    letter = _one_like(given, _exact, _exact(said)) or _one_like(given, _key, _key(said))
    return letter or (by_value(number, given) if (number := _number(said)) is not None else None)


def texts_named(sentence: str, given: Given) -> list[str]:
    """The letters of the choices whose texts are in a sentence. A text inside a longer one does not count: "sugar and
    water" does not name "sugar"."""
    spoken = f" {' '.join(_words(sentence))} "
    texts = {letter_of(index): _phrase(choice) for index, choice in enumerate(given.choices)}
    found = {letter: text for letter, text in texts.items() if text.strip() and text in spoken}
    longer = found.values()
    return [letter for letter, phrase in found.items() if not any(phrase in one and phrase != one for one in longer)]


def by_value(value: str, given: Given) -> str | None:
    """The letter of the only choice whose number equals a canonical number: "1200" for "1,200 m"."""
    return _one_like(given, _number, value)


def _one_like(given: Given, form: Callable[[str], str | None], wanted: str) -> str | None:
    """The letter of the only choice whose `form` is `wanted`."""
    found = [index for index, choice in enumerate(given.choices) if form(choice) == wanted] if wanted else []
    return letter_of(found[0]) if len(found) == 1 else None


@functools.lru_cache(4096)
def _exact(text: str) -> str:
    """A text's words with its signs: "x - 2" is not "x + 2"."""
    return "".join(text.casefold().split()).strip("$.*\"'")


@functools.lru_cache(4096)
def _key(text: str) -> str:
    return "".join(_words(_ARTICLE.sub("", text)))


@functools.lru_cache(4096)
def _phrase(choice: str) -> str:
    """The words of a choice's text between spaces; none if the text is a number."""
    return f" {' '.join(_words(_ARTICLE.sub('', choice)) if _number(choice) is None else ())} "


def _words(text: str) -> list[str]:
    """The words of a text without the s of their plurals."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _KEPT.split(text.casefold()) if word]


@functools.lru_cache(4096)
def _number(text: str) -> str | None:
    """The number of a text that is only a number with a unit."""
    said = numerals.plain(text).replace("Rs.", " ").replace("Rs", " ")
    found = list(numerals.numbers(said))
    if len(found) != 1:
        return None
    begin, end, value = found[0]
    around = said[:begin] + re.split(r"[.;,]\s|\s[(=]", said[end:])[0]
    return value if len(_words(around)) <= 3 and not any(sign in around for sign in "+*/^√") else None
