"""Comparing questions: the key by which rationales find their problem, and the gate between train and test."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.records import Problem

_SHOWN = 5
_NEAR = 90.0
"""Similarity in percent (rapidfuzz's ratio of the keys) from which two questions count as near-duplicates."""
_SHINGLE = 3
_SHARED = 0.4
"""Share of a question's word triples that a near-duplicate must hold before the two are compared in full."""

_ASCII_DROPPED = {code: None for code in range(128) if not chr(code).isalnum()}
_DROPPED = re.compile(r"[\W_]+")
# Cyrillic and Greek letters that look Latin: a GSM8K question begins with a Cyrillic "А", which teachers wrote as "A".
_LOOKALIKES = str.maketrans("авекмнорстухіѕјαορν", "abekmhopctyxisjaopv")

Identity = tuple[str, tuple[str, ...]]


def key(question: str) -> str:
    """A question reduced to its letters and digits: Unicode form, case, spaces and punctuation do not count."""
    if question.isascii():
        return question.lower().translate(_ASCII_DROPPED)
    return _DROPPED.sub("", unicodedata.normalize("NFKC", question).casefold().translate(_LOOKALIKES))


def formula_key(question: str) -> str:
    """A question without white space and case: in formulas, signs and brackets do count (x^4 + z is not x^4 - z)."""
    return "".join(unicodedata.normalize("NFKC", question).casefold().split())


def identity(problem: Problem) -> Identity:
    """What makes a problem the same as another: its key, and its choices' keys in any order."""
    if problem.answer_kind == "latex":
        return formula_key(problem.question), ()
    return key(problem.question), tuple(sorted(key(choice) for choice in problem.choices or ()))


def part_leaks(train: Sequence[Problem], test: Sequence[Problem]) -> tuple[list[Problem], list[tuple[str, str]]]:
    """(the training problems that are no test problem, the ids of those that are with the test problem's id)."""
    tested = {identity(problem): problem.id for problem in test}
    leaks = [(problem.id, tested[identity(problem)]) for problem in train if identity(problem) in tested]
    leaked = {one for one, _ in leaks}
    return [problem for problem in train if problem.id not in leaked], leaks


def check_disjoint(train: Sequence[Problem], test: Sequence[Problem]) -> None:
    """The gate: raises UserError naming the rows where a test question stands among the training questions."""
    _, leaks = part_leaks(train, test)
    if leaks:
        shown = ", ".join(f"{one} = {other}" for one, other in leaks[:_SHOWN])
        raise UserError(
            f"{len(leaks)} training questions are test questions ({shown}{', …' if len(leaks) > _SHOWN else ''}); "
            "remove them from the training split"
        )


def near_duplicates(train: Sequence[Problem], test: Sequence[Problem]) -> list[tuple[str, str, float]]:
    """(train id, test id, similarity in percent) of pairs whose questions are alike, the most alike first.

    Pairs with the same question and other choices are among them, at 100. Only pairs that share enough word triples
    are compared in full, so that the cost grows with the number of questions and not with that of pairs.
    """
    from rapidfuzz import fuzz

    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    test_triples = [_triples(problem.question) for problem in test]
    for index, triples in enumerate(test_triples):
        for triple in triples:
            holders[triple].append(index)
    test_keys = [key(problem.question) for problem in test]
    found = []
    for problem in train:
        triples = _triples(problem.question)
        shared: Counter[int] = Counter()
        for triple in triples:
            if len(here := holders.get(triple, ())) <= 50:  # a phrase that stands everywhere says nothing
                shared.update(here)
        for index, count in shared.items():
            if count < _SHARED * min(len(triples), len(test_triples[index])):
                continue
            similarity = fuzz.ratio(key(problem.question), test_keys[index], score_cutoff=_NEAR)
            if similarity:
                found.append((problem.id, test[index].id, round(similarity, 1)))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _triples(question: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", question.casefold())
    if len(words) < _SHINGLE:
        return {tuple(words)}
    return {tuple(words[index : index + _SHINGLE]) for index in range(len(words) - _SHINGLE + 1)}
