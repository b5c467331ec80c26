"""Mixtures: which problems each arm teaches, and what a mixture is called."""

from collections import Counter

import pytest

from cot_distill.records import Problem
from cot_distill.supervision import in_words, mixture
from cot_distill.supervision.mixture import Part

PROBLEMS = [
    Problem(f"p-{number:04}", "own", "train", f"Sum {number}?", None, "number", "7", None, None)
    for number in range(1000)
]
LONG, SHORT = Part("thinker", "thoughts", "original", 1), Part("gpt", 3, "original", 4)


def drawn(seed: int, *parts: Part) -> list[list[str]]:
    return [[problem.id for problem in share] for _, share in mixture.shares(PROBLEMS, parts, seed)]


def test_each_problem_is_taught_by_one_arm_drawn_by_weight_and_seed() -> None:
    long, short = drawn(1, LONG, SHORT)
    assert sorted(long + short) == [problem.id for problem in PROBLEMS]
    assert 160 < len(long) < 240
    assert drawn(1, LONG, SHORT) == [long, short] != drawn(2, LONG, SHORT)


def test_the_draw_is_a_problems_own_and_the_same_for_other_teachers() -> None:
    long, _ = drawn(1, LONG, SHORT)
    other = Part("other", 6, "symbolic", 1), Part("another", 1, "original", 4)
    assert drawn(1, *other)[0] == long
    some = mixture.shares(PROBLEMS[:10], (LONG, SHORT), 1)[0][1]
    assert [problem.id for problem in some] == [name for name in long if name < "p-0010"]


def test_an_arm_without_a_mixture_teaches_all_problems() -> None:
    assert mixture.shares(PROBLEMS, (SHORT,), 1) == [(SHORT, PROBLEMS)]


@pytest.mark.parametrize("given", [{}, {"mixture": None}])
def test_without_a_mixture_there_is_one_arm(given: dict[str, None]) -> None:
    params = {"teacher": "gpt", "granularity": None, "format": "original", **given}
    assert mixture.parts(params) == (Part("gpt", None, "original"),)


def test_an_arm_of_a_mixture_has_of_the_params_what_it_does_not_say() -> None:
    listed = [{"weight": 1, "granularity": None}, {"weight": 4, "teacher": "other"}]
    parts = mixture.parts({"teacher": "gpt", "granularity": 3, "format": "original", "mixture": listed})
    assert parts == (Part("gpt", None, "original", 1), Part("other", 3, "original", 4))
    assert mixture.granularity(parts) == in_words(mixture.granularity(parts)) == "as written 1 : level 3 4"
    assert mixture.named(parts, lambda part: part.teacher) == "gpt 1 : other 4"
    assert Counter(part.format for part in parts) == {"original": 2}


def test_a_mixture_of_teachers_at_one_level_keeps_that_level() -> None:
    parts = (Part("a", 3, "original", 1), Part("b", 3, "original", 1))
    assert mixture.granularity(parts) == 3
