"""Comparing questions: what makes two the same, and the gate between train and test."""

import re
import string
import unicodedata
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem

_SHOWN = 5

_NO_LETTER = re.compile(r"[\W_]+")
_ASCII_NO_LETTER = {code: None for code in range(128) if not chr(code).isalnum()}
# Cyrillic and Greek letters that look Latin: a GSM8K question begins with a Cyrillic "А", which teachers wrote as "A".
# And signs that are written in several ways.
_ALIKE = str.maketrans("авекмнорстухіѕјαορν−–‐‑×⋅∙·÷∕⁄’‘′", "abekmhopctyxisjaopv----****///'''")
_RAISED = {"<super>": "^", "<sub>": "_", "<fraction>": " "}
"""What Unicode's plain form would lose of x², x₁ and 2½: they are x^2, x_1 and 2 1/2, not x2, x1 and 21/2."""
_DROPPED = r"\"”“„«»`$?—;\u00ad\u200b-\u200f\u2060\ufeff"
"""Quotation marks, dollars, what shows nothing."""
_PROSE = re.compile(
    # A set of signs comes first, and what must stand before one behind it: so the search skips all other text.
    rf"[{_DROPPED}_,.:!'()\[\]-](?:(?<=[{_DROPPED}])"
    r"|(?<=_)_+"  # a blank to be filled in
    r"|(?<=\d,)(?=\d{3}(?!\d))"  # 1,000
    r"|(?<=[^\W\d_][.,:])|(?<=[.,:])(?!\d)"  # Rs.5 and the end of a sentence, but no 1.5, .5 or 3:4
    r"|(?<=[^\W\d_]{2}!)|(?<=[^\W\d_]{2}\)!)"  # Oh!, but no 3!
    r"|(?<=')(?!\()"  # Ann's, but no f'(x)
    r"|(?<=[^\W\d_]{2}-)(?=\w)|(?<=\w-)(?=[^\W\d_]{2})"  # well-known and 5-gallon, but no x-1
    r"|(?<=[(\[])(?=[^\W\d_]{2})|(?<=[^\W\d_]{2}[)\]]))"  # (in all), but no (2 + 3)
)
_NUMBERS_APART = re.compile(r"\d\s+\d")


_BLANK, _STOPS, _QUIET = string.whitespace.encode() + b"\x1c\x1d\x1e\x1f", b".,:", b"'\"?$;`"
_KINDS = {string.ascii_letters.encode(): "a", string.digits.encode(): "0", _BLANK: " ", _STOPS: ".", _QUIET: "?"}
_SIGNS = bytes(ord(next((sign for kind, sign in _KINDS.items() if code in kind), "#")) for code in range(256))
"""Byte → what it is in plain prose: a letter, a digit, white space, a stop, what is dropped anywhere; # is all else."""
_OTHER = ord("#")
_NO_WORDS = _BLANK + _STOPS + _QUIET
_BESIDE_NO_NUMBERS = re.compile(r" (?:(?<!\d )|(?!\d))")

Identity = tuple[str, tuple[str, ...]]


def key(question: str) -> str:
    """What two equal questions share: words, numbers and signs.

    Case, white space, Unicode form and the punctuation of prose do not count; signs, brackets around numbers and
    decimal points do. "What is 12 + 5?" is "what is 12+5", and is not "What is 12 * 5?".
    """
    if question.isascii():
        plain = question.lower()
        # Most questions are plain prose, which loses all its signs: told, and done, in a fifth of the time.
        written = plain.encode()
        signs = written.translate(_SIGNS)
        if _OTHER not in signs and ".0" not in signs.decode():
            words = signs.translate(None, b".?").decode()
            if "0 0" not in words and "  " not in words:
                return written.translate(None, _NO_WORDS).decode()
    else:
        raised = (_RAISED.get(unicodedata.decomposition(char).partition(" ")[0], "") + char for char in question)
        plain = unicodedata.normalize("NFKC", "".join(raised)).casefold().translate(_ALIKE)
    text = " ".join(_PROSE.sub("", plain).split())
    # Numbers never run together: "1, 23" is not "12, 3".
    return _BESIDE_NO_NUMBERS.sub("", text) if _NUMBERS_APART.search(text) else text.replace(" ", "")


def letters(question: str) -> str:
    """A question's letters and digits alone, to find a loosely copied question; different questions may share them."""
    if question.isascii():
        return question.lower().translate(_ASCII_NO_LETTER)
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", question).casefold().translate(_ALIKE))


def identity(problem: Problem) -> Identity:
    """What makes a problem the same as another: its key, and its choices' keys in any order."""
    return key(problem.question), tuple(sorted(key(choice) for choice in problem.choices or ()))


def part_leaks(train: Sequence[Problem], test: Sequence[Problem]) -> tuple[list[Problem], list[tuple[str, str]]]:
    """(the training problems that repeat no test problem, the ids of each other one and of the problem it repeats)."""
    if not train:
        return [], []
    tested = {identity(problem): problem.id for problem in test}
    kept, leaks = [], []
    for problem in train:
        found = tested.get(identity(problem))
        if found is None:
            kept.append(problem)
        else:
            leaks.append((problem.id, found))
    return kept, leaks


def check_disjoint(train: Sequence[Problem], held_out: Sequence[Problem], split: str = "test") -> None:
    """The gate: raises UserError naming the rows where a question of `split` stands among the training questions."""
    _, leaks = part_leaks(train, held_out)
    if leaks:
        raise UserError(
            f"{len(leaks)} training questions are {split} questions ({_shown(leaks)}); remove them from the training "
            "split"
        )


def untaught(test: Sequence[Problem], train: Sequence[Problem]) -> tuple[list[Problem], int]:
    """(the test problems of another dataset that were not trained on, how many were).

    A transfer skips the latter. The training problems alone decide which these are, so that all arms of a dataset are
    asked the same problems. Raises UserError where all of them were trained on.
    """
    kept, leaks = part_leaks(test, train)
    if not kept:
        raise UserError(
            f"each of the {len(test)} test problems is a training problem ({_shown(leaks)}); "
            "take this dataset out of the param transfer"
        )
    return kept, len(leaks)


def _shown(leaks: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f"{one} = {other}" for one, other in leaks[:_SHOWN])
    return shown + (", …" if len(leaks) > _SHOWN else "")
