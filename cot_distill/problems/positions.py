"""The places of right choices: shuffling them, and what a student would score that looks at nothing else."""

import random
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from string import ascii_uppercase

from cot_distill.problems.offered import letter
from cot_distill.records import Problem

JUDGED_FROM = 20
"""Fewer golds than these may fall on one position by chance."""
ONE_SIDED = 0.95
"""The share of golds on one position from which always naming it would solve the file."""

_OF_OTHERS = re.compile(
    r"\W*(?:all|none|both|neither|any|either|some|two|most)\b(?:.*\b(?:above|below|these|them|those|choices|options|answers)\b"
    r"|(?:\s+correct)?\W*$)",
    re.I,
)
_ABOVE = re.compile(r"\b(?:above|below)\b", re.I)
_LETTERS_ALONE = re.compile(
    r"(?:\W|\b(?:[A-Z]|(?i:both|only|neither|either|and|or|nor|options?|choices?|answers?))\b)+"
)
_LETTER = re.compile(r"\b[A-Z]\b")
_OF_A_FEW = re.compile(r"[A-Z](?:, [A-Z])*|True|False")
"""A gold that names choices, or one of two truths."""


def shuffled(choices: Sequence[str], right: Sequence[int], seed: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """(the choices in an order that `seed` draws, the places of the right ones there).

    A choice that speaks of others stays in its place: "all of the above" with those above it above it, "A and B" with
    A and B where they are.
    """
    fixed = _fixed(choices)
    groups: list[list[int]] = [[]]
    for place, text in enumerate(choices):
        if place not in fixed:
            groups[-1].append(place)
        elif _ABOVE.search(text):
            groups.append([])
    draw, order = random.Random(seed), list(range(len(choices)))
    for free in groups:
        for place, source in zip(free, draw.sample(free, len(free)), strict=True):
            order[place] = source
    places = tuple(place for place, source in enumerate(order) if source in right)
    return tuple(choices[source] for source in order), places


def _fixed(choices: Sequence[str]) -> set[int]:
    """The places of choices that speak of others, and of those that they name by letter."""
    fixed = set()
    for place, text in enumerate(choices):
        letters = _LETTER.findall(text) if _LETTERS_ALONE.fullmatch(text) else []
        named = [ascii_uppercase.index(one) for one in letters]
        if named and max(named) < len(choices) and len(text.strip(" ().")) > 1:
            fixed |= {place, *named}
        elif _OF_OTHERS.match(text):
            fixed.add(place)
    return fixed


def golds_by_position(problems: Sequence[Problem]) -> Counter[str]:
    """How many golds are each letter, of problems whose answer is one letter."""
    return Counter(problem.gold for problem in problems if problem.choices and problem.answer_kind == "letter")


def one_sided(problems: Sequence[Problem]) -> tuple[str, int, int] | None:
    """(the letter, its golds, all golds) where nearly all golds are one letter; None where they are not, or few."""
    golds = golds_by_position(problems)
    if golds.total() < JUDGED_FROM:
        return None
    [(most, count)] = golds.most_common(1)
    return (most, count, golds.total()) if count >= ONE_SIDED * golds.total() else None


def longest_is_right(problem: Problem) -> bool | None:
    """Whether a problem's longest choice (by characters; of several equally long ones the first) is gold; None where it
    offers none."""
    if not problem.choices:
        return None
    lengths = [len(choice) for choice in problem.choices]
    return problem.gold == letter(lengths.index(max(lengths)))


def baselines(problems: Sequence[Problem]) -> dict[str, float]:
    """`unread` of these problems."""
    return unread([(problem.gold, longest_is_right(problem)) for problem in problems])


def unread(asked: Collection[tuple[str, bool | None]]) -> dict[str, float]:
    """Accuracies, 0 to 1, of who reads no question, from gold and `longest_is_right` of each problem: always naming the
    most frequent gold and, among choices, the longest one. Empty where golds are not letters, True or False."""
    golds = Counter(gold for gold, _ in asked)
    if not golds or not all(map(_OF_A_FEW.fullmatch, golds)):
        return {}
    found = {"majority": round(max(golds.values()) / len(asked), 4)}
    longest = [right for _, right in asked if right is not None]
    return found | ({"longest_choice": round(sum(longest) / len(asked), 4)} if len(longest) == len(asked) else {})


def told(without: Mapping[str, float]) -> str:
    """Such accuracies in words: "majority 42.4%, longest choice 37.3%"."""
    return ", ".join(f"{name.replace('_', ' ')} {share:.1%}" for name, share in without.items())
