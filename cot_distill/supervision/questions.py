"""Comparing questions: the key by which rationales find their problem, and the gate between train and test."""

import unicodedata
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem

_SHOWN = 5


def key(question: str) -> str:
    """A question reduced to its letters and digits: Unicode form, case, spaces and punctuation do not count."""
    return "".join(char for char in unicodedata.normalize("NFKC", question).casefold() if char.isalnum())


def check_disjoint(train: Sequence[Problem], test: Sequence[Problem]) -> None:
    """The gate: raises UserError naming the rows where a test question stands among the training questions."""
    tested = {_identity(problem): problem.id for problem in test}
    leaks = [(problem.id, tested[_identity(problem)]) for problem in train if _identity(problem) in tested]
    if leaks:
        shown = ", ".join(f"{one} = {other}" for one, other in leaks[:_SHOWN])
        raise UserError(
            f"{len(leaks)} training questions are test questions ({shown}{', …' if len(leaks) > _SHOWN else ''}); "
            "remove them from the training split"
        )


def _identity(problem: Problem) -> tuple[str, tuple[str, ...]]:
    # Choices as a set: the same question with its choices in another order is the same problem.
    return key(problem.question), tuple(sorted(key(choice) for choice in problem.choices or ()))
