"""The letters of several choices, all of which must be selected; equal as sets: "A, C"."""

import re
from collections.abc import Sequence

from cot_distill.grading import choices, contract
from cot_distill.grading.letter import Letter
from cot_distill.grading.reading import Found, Given, Undecided

_RUN = re.compile(r"\W*([A-Z]{2,26})\W*")
_REST = re.compile(r"[\s,;.&/()\[\]\"'-]|\b(?:and|options?|choices?|letters?|both|only|are|correct)\b", re.I)


def named_choices(text: str, given: Given) -> Found:
    """The choices that the last sentence names: "B is too small. So only A and C fit." is A, C."""
    return Letters().stated(next(iter(contract.sentences(text)), ""), given)


class Letters(Letter):
    """Capital letters in order."""

    fallbacks = (named_choices,)

    def stated(self, said: str, given: Given) -> Found:
        """The letters that a statement lists: "A, C and D", "ACD" and their choices' texts are A, C, D."""
        said = contract.without_denied(choices.plain(said))
        run, alone = _RUN.fullmatch(said), choices.by_text(said.rstrip("."), given)
        names = choices.marked(" ".join(run[1]) if run else said, given)
        names = names or ([alone] if alone else choices.texts_named(said, given))
        return ", ".join(sorted(names)) or (Undecided.REFUSED if contract.GIVES_UP.search(said) else None)

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The letters of all boxes together."""
        return self.stated(" and ".join(boxes), given)

    def whole(self, said: str, given: Given) -> Found:
        """The letters that a text is, and nothing else: "A and C" is A, C, "I think A fits" none."""
        rest = "".join(_REST.sub("", choices.plain(said)).split())
        return self.stated(said, given) if rest.isalpha() and rest.isupper() and rest.isascii() else None

    def contains(self, text: str, gold: str, given: Given) -> bool:
        return all(super(Letters, self).contains(text, one, given) for one in gold.split(", "))
