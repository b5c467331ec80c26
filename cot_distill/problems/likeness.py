"""Near-duplicates: training questions that are almost a test question, for the account of the data."""

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cot_distill.problems.questions import letters
from cot_distill.records import Problem

_NEAR = 90.0
"""Similarity in percent (rapidfuzz's ratio of letters and digits) from which two questions count as near-duplicates."""
_TRIPLE = 3
_SHARED = 0.4
"""Share of a question's word triples that a near-duplicate must hold before the two are compared in full."""
_EVERYWHERE = 50
"""A phrase that more test questions hold than these says nothing."""
_CHUNK = 20_000
"""Training questions that are looked at together."""
_WORD = re.compile(r"\w+")
_FACTOR = 0x9E3779B97F4A7C15
"""Odd, of 64 bits: by it several numbers become one that others hardly ever become."""


def near_duplicates(train: Sequence[Problem], test: Sequence[Problem]) -> list[tuple[str, str, float]]:
    """(train id, test id, similarity in percent) of pairs whose questions are alike, the most alike first.

    Pairs with the same question and other choices are among them, at 100. Only pairs that share enough word triples
    are compared in full, so that the cost grows with the number of questions and not with that of pairs.
    """
    from rapidfuzz import fuzz

    holders = _Holders(_phrases(test))
    keys = [letters(problem.question) for problem in test]
    found = []
    for start in range(0, len(train), _CHUNK):
        chunk = train[start : start + _CHUNK]
        for number, index in holders.sharing(_phrases(chunk)):
            similarity = fuzz.ratio(letters(chunk[number].question), keys[index], score_cutoff=_NEAR)
            if similarity:
                found.append((chunk[number].id, test[index].id, round(similarity, 1)))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


class _Phrases(NamedTuple):
    """The distinct word triples of some questions; a question of fewer words is one."""

    triple: Any
    """uint64, a number for each triple."""
    question: Any
    """int64, whose it is."""
    sizes: Any
    """int64, how many each question has."""


def _phrases(problems: Sequence[Problem]) -> _Phrases:
    import numpy as np

    words, lengths = array("q"), array("q")
    for problem in problems:
        said = list(map(hash, _WORD.findall(problem.question.casefold())))
        said += [0] * (_TRIPLE - len(said))
        words.extend(said)
        lengths.append(len(said))
    if not problems:
        return _Phrases(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))
    word, length = np.frombuffer(words, np.uint64), np.frombuffer(lengths, np.int64)
    begins = np.ones(len(word), bool)
    ends = np.cumsum(length)
    begins[np.concatenate([ends - 1, ends - 2])] = False
    first = np.flatnonzero(begins)
    triple = (word[first] * np.uint64(_FACTOR) + word[first + 1]) * np.uint64(_FACTOR) + word[first + 2]
    question = np.repeat(np.arange(len(length)), length - _TRIPLE + 1)
    _, once = np.unique(triple ^ question.astype(np.uint64) * np.uint64(_FACTOR), return_index=True)
    question = question[once]
    return _Phrases(triple[once], question, np.bincount(question, minlength=len(length)))


class _Holders:
    """Which questions hold a triple, of those triples that not everybody says."""

    def __init__(self, told: _Phrases) -> None:
        import numpy as np

        order = np.argsort(told.triple)
        self._triples, self._starts, self._counts = np.unique(told.triple[order], return_index=True, return_counts=True)
        self._questions, self._sizes = told.question[order], told.sizes

    def sharing(self, told: _Phrases) -> Iterator[tuple[int, int]]:
        """(the number of a question told of, the number of one held) of the pairs that share enough."""
        import numpy as np

        if not len(self._triples):
            return
        order = np.argsort(told.triple)  # a search for numbers in order is several times as fast
        triple, question = told.triple[order], told.question[order]
        place = np.minimum(np.searchsorted(self._triples, triple), len(self._triples) - 1)
        says = (self._triples[place] == triple) & (self._counts[place] <= _EVERYWHERE)
        place, question = place[says], question[says]
        counts = self._counts[place]
        behind = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        held = self._questions[np.repeat(self._starts[place], counts) + behind]
        pairs, shared = np.unique(np.repeat(question, counts) * len(self._sizes) + held, return_counts=True)
        number, index = np.divmod(pairs, len(self._sizes))
        enough = shared >= _SHARED * np.minimum(told.sizes[number], self._sizes[index])
        yield from zip(number[enough].tolist(), index[enough].tolist(), strict=True)
