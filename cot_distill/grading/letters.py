"""The letters of several choices, all of which must be selected; equal as sets: "A, C"."""

import re
from collections.abc import Sequence

from cot_distill.grading import contract
from cot_distill.grading.choices import by_text, marked, plain, texts_named, without_denied
from cot_distill.grading.reading import Found, Given, Undecided

_RUN = re.compile(r"\W*([A-Z]{2,26})\W*")
_REST = re.compile(r"[\s,;.&/()\[\]\"'-]|\b(?:and|options?|choices?|letters?|both|only|are|correct)\b", re.I)


def stated(said: str, given: Given) -> Found:
    """The letters that a statement lists.

    >>> stated("A, C and D.", Given()), stated("ACD", Given()), stated("pears and plums", Given(("pears", "figs", "plums")))
    ('A, C, D', 'A, C, D', 'A, C')
    """
    said = without_denied(plain(said))
    run = _RUN.fullmatch(said)
    names = marked(" ".join(run[1]) if run else said, given)
    if not names and given.choices:
        alone = by_text(said, given)
        names = [alone] if alone else sorted(texts_named(said, given))
    if names:
        return ", ".join(sorted(names))
    return Undecided.REFUSED if contract.GIVES_UP.search(said) else None


def joined(said: Sequence[str], given: Given) -> Found:
    """The letters of several boxes together.

    >>> joined(["C", "A"], Given())
    'A, C'
    """
    return stated(" and ".join(said), given)


def whole(said: str, given: Given) -> Found:
    """The letters that a text is, and nothing else.

    >>> whole("A and C", Given()), whole("I think A fits", Given())
    ('A, C', None)
    """
    bare = plain(said)
    rest = "".join(_REST.sub("", bare).split())
    return stated(said, given) if rest.isalpha() and rest.isupper() and rest.isascii() else None


def named_choices(text: str, given: Given) -> Found:
    """The choices that the last sentence names.

    >>> named_choices("B is too small. So only A and C fit.", Given())
    'A, C'
    """
    return stated(next(iter(contract.sentences(text)), ""), given)


FALLBACKS = (named_choices,)


def canonical(said: str, given: Given) -> str | None:
    """The letters in order, or None where there are none."""
    found = stated(said, given)
    return found if isinstance(found, str) else None
