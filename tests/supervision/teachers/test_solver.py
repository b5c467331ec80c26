"""The solver: one graph with literal texts, and promises about every level and format over many problems."""

import dataclasses
import itertools
import operator
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cot_distill.errors import UserError
from cot_distill.problems.word_problems import generate
from cot_distill.problems.word_problems.graph import Fact, Graph, Step
from cot_distill.records import Problem
from cot_distill.supervision.teachers.solver import write
from cot_distill.supervision.teachers.solver.arithmetic import inverse, small_steps

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ("original", "least_to_most", "rephrase_and_respond", "symbolic")
LEVELS = range(1, 7)
EQUATION = re.compile(r"(\d+) ([-+*/]) (\d+) = (\d+)")
OPERATIONS: dict[str, Callable[[int, int], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip

PENCILS = Problem(
    id="pencils",
    dataset="word_problems",
    split="train",
    question="Mia buys 6 boxes of 14 pencils. Mia is 9 years old. She gives 5 pencils away. How many has she left?",
    choices=None,
    answer_kind="number",
    gold="79",
    rationale=None,
    solution=Graph(
        shape="boxes",
        facts=(
            Fact("boxes", 6, "boxes", "there are 6 boxes", True),
            Fact("each", 14, "pencils in each box", "each box holds 14 pencils", True),
            Fact("gone", 5, "pencils given away", "Mia gives away 5 pencils", True),
            Fact("extra1", 9, "", "Mia is 9 years old", False),
        ),
        steps=(
            Step("total", "*", ("boxes", "each"), 84, "pencils in the boxes", "the boxes hold # pencils",
                 "every box holds the same number", "How many pencils are in the boxes?"),
            Step("left", "-", ("total", "gone"), 79, "Mia's pencils at the end", "Mia has # pencils left",
                 "the given pencils are gone", "How many pencils has Mia left?"),
        ),
        goal="how many pencils Mia has left",
    ).to_json(),
)  # fmt: skip


def equations(text: str) -> list[tuple[str, str, str, str]]:
    return EQUATION.findall(text)


@pytest.fixture(scope="module")
def many() -> list[Problem]:
    return generate(seed=0, train=120, test=0)


def test_level_1_is_a_bare_plan() -> None:
    assert write(PENCILS, 1, "original") == (
        "Multiply the boxes by the pencils in each box, then subtract the pencils given away."
    )


def test_level_2_is_a_terse_chain() -> None:
    assert write(PENCILS, 2, "original") == (
        "Pencils in the boxes: 6 * 14 = 84. Mia's pencils at the end: 84 - 5 = 79."
    )


SENTENCES = (
    "There are 6 boxes and each box holds 14 pencils, so the boxes hold 6 * 14 = 84 pencils. "
    "Mia gives away 5 pencils, so Mia has 84 - 5 = 79 pencils left."
)


def test_level_3_is_a_sentence_a_step() -> None:
    assert write(PENCILS, 3, "original") == SENTENCES


def test_level_4_first_says_what_is_asked_and_what_matters() -> None:
    assert without_variety(write(PENCILS, 4, "original")) == (
        "<ask> how many pencils Mia has left. "
        "What matters: the boxes (6), the pencils in each box (14) and the pencils given away (5). " + SENTENCES
    )


def test_level_5_is_a_numbered_list_with_reasons() -> None:
    assert without_variety(write(PENCILS, 5, "original")) == (
        "1. <ask> how many pencils Mia has left.\n"
        "2. Known: there are 6 boxes; each box holds 14 pencils; Mia gives away 5 pencils.\n"
        "3. Not needed: Mia is 9 years old.\n"
        "4. Multiply 6 by 14, because every box holds the same number: 6 * 14 = 84. So the boxes hold 84 pencils.\n"
        "5. Subtract 5 from 84, because the given pencils are gone: 84 - 5 = 79. So Mia has 79 pencils left."
    )


def test_level_6_spells_out_and_checks_every_step() -> None:
    assert without_variety(write(PENCILS, 6, "original")) == (
        "1. <ask> how many pencils Mia has left.\n"
        "2. Known: there are 6 boxes; each box holds 14 pencils; Mia gives away 5 pencils.\n"
        "3. Not needed: Mia is 9 years old.\n"
        "4. Multiply 6 by 14, because every box holds the same number. "
        "In small steps: 10 * 6 = 60, 4 * 6 = 24, 60 + 24 = 84. "
        "So the boxes hold 6 * 14 = 84 pencils. <check>: 84 / 14 = 6.\n"
        "5. Subtract 5 from 84, because the given pencils are gone. "
        "In small steps: 84 - 4 = 80, 80 - 1 = 79. "
        "So Mia has 84 - 5 = 79 pencils left. <check>: 79 + 5 = 84.\n"
        "6. Back to the question, how many pencils Mia has left: Mia has 84 - 5 = 79 pencils left."
    )


def test_least_to_most_asks_before_it_answers() -> None:
    assert write(PENCILS, 2, "least_to_most") == (
        "Q1: How many pencils are in the boxes?\nA1: Pencils in the boxes: 6 * 14 = 84.\n"
        "Q2: How many pencils has Mia left?\nA2: Mia's pencils at the end: 84 - 5 = 79."
    )


def test_rephrase_and_respond_restates_and_then_solves() -> None:
    assert write(PENCILS, 3, "rephrase_and_respond") == (
        "In other words: there are 6 boxes; each box holds 14 pencils; Mia gives away 5 pencils. "
        "What has to be found is how many pencils Mia has left.\n" + SENTENCES
    )


def test_symbolic_derives_in_letters() -> None:
    assert write(PENCILS, 1, "symbolic") == (
        "Let b be the boxes, p the pencils in each box and e the pencils given away. "
        "∴ Mia's pencils at the end = b * p - e."
    )
    assert write(PENCILS, 3, "symbolic") == (
        "Let b = 6 (boxes), p = 14 (pencils in each box) and e = 5 (pencils given away). "
        "∴ n = b * p = 6 * 14 = 84, so the boxes hold 84 pencils. "
        "∴ m = n - e = 84 - 5 = 79, so Mia has 79 pencils left."
    )


def without_variety(text: str) -> str:
    text = re.sub(r"The question asks|We want to know|We have to find", "<ask>", text)
    return re.sub(r"(?:To check|Check):", "<check>:", text)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(FORMATS))
def test_every_equation_is_true_and_the_last_one_gives_gold(seed: int, format: str) -> None:
    for problem in generate(seed, train=12, test=0):
        for level in LEVELS:
            text = write(problem, level, format)
            found = equations(text)
            assert all(OPERATIONS[op](int(a), int(b)) == int(c) for a, op, b, c in found), text
            assert text.count(" = ") >= len(found)
            assert not re.search(r"[{}#|]|  |\.\.|\n\n", text) and text == text.strip()
            assert "answer is" not in text.lower()
            if level == 1:
                assert not found
            else:
                assert found[-1][3] == problem.gold and len(found) >= len(steps_of(problem))


def steps_of(problem: Problem) -> tuple[Step, ...]:
    assert problem.solution is not None
    return Graph.from_json(problem.solution).steps


@pytest.mark.parametrize("format", FORMATS)
def test_words_and_equations_grow_with_the_level(many: list[Problem], format: str) -> None:
    texts = [[write(problem, level, format) for problem in many] for level in LEVELS]
    words = [statistics.mean(len(text.split()) for text in level) for level in texts]
    assert all(a < b for a, b in itertools.pairwise(words)), words
    found = [statistics.mean(len(equations(text)) for text in level) for level in texts]
    assert found[0] == 0 < found[1] == found[2] == found[3] == found[4] < found[5] / 2


def test_level_4_and_below_never_speak_of_idle_facts_and_level_5_names_them(many: list[Problem]) -> None:
    for problem in many:
        assert problem.solution is not None
        for fact in Graph.from_json(problem.solution).facts:
            if not fact.needed:
                assert all(fact.clause not in write(problem, level, "original") for level in range(1, 5))
                assert fact.clause in write(problem, 5, "original")


@pytest.mark.parametrize("level", LEVELS)
def test_least_to_most_holds_every_sub_question(many: list[Problem], level: int) -> None:
    for problem in many[:40]:
        lines = write(problem, level, "least_to_most").splitlines()
        asked = [line.partition(": ")[2] for line in lines if re.match(r"Q\d: ", line)]
        assert asked == [step.ask for step in steps_of(problem)]
        assert all(question.endswith("?") for question in asked)
        assert sum(bool(re.match(r"A\d: ", line)) for line in lines) == len(asked)


def test_a_symbolic_formula_is_the_whole_computation(many: list[Problem]) -> None:
    for problem in many:
        letters = dict(re.findall(r"\b([a-z]) = (\d+) \(", write(problem, 2, "symbolic")))
        formula = write(problem, 1, "symbolic").rpartition(" = ")[2].removesuffix(".")
        assert re.fullmatch(r"[-+*/() a-z]+", formula)
        numbers = "".join(letters.get(character, character) for character in formula)
        assert eval(numbers) == int(problem.gold)  # only digits, operators and parentheses are left


def test_the_same_problem_gives_the_same_text_whatever_the_hash_seed(many: list[Problem]) -> None:
    script = (
        "from cot_distill.problems.word_problems import generate\n"
        "from cot_distill.supervision.teachers.solver import write\n"
        "for p in generate(0, 120, 0)[:10]:\n"
        "    print(*[write(p, l, f) for l in range(1, 7) for f in "
        "('original', 'least_to_most', 'rephrase_and_respond', 'symbolic')], sep='\\n')\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "9", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    there = subprocess.check_output([sys.executable, "-c", script], env=environment, encoding="utf-8")
    here = "".join(write(p, level, format) + "\n" for p in many[:10] for level in LEVELS for format in FORMATS)
    assert there == here


@given(st.integers(2, 240), st.integers(2, 240))
def test_small_steps_end_in_the_result_and_are_true(left: int, right: int) -> None:
    cases = [("+", left, right), ("*", left, right), ("/", left * right, right)]
    if left > right:
        cases.append(("-", left, right))
    for op, a, b in cases:
        result = str(int(OPERATIONS[op](a, b)))
        small = small_steps(op, a, b)
        for line in [*small, inverse(op, a, b)]:
            match = EQUATION.fullmatch(line)
            assert match is not None
            assert OPERATIONS[match[2]](int(match[1]), int(match[3])) == int(match[4]), line
        assert small[-1].endswith(f"= {result}")


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (("*", 6, 4), ["6 + 6 = 12", "12 + 6 = 18", "18 + 6 = 24"]),
        (("*", 7, 8), ["5 * 8 = 40", "2 * 8 = 16", "40 + 16 = 56"]),
        (("*", 23, 4), ["20 * 4 = 80", "3 * 4 = 12", "80 + 12 = 92"]),
        (("+", 47, 38), ["40 + 30 = 70", "7 + 8 = 15", "70 + 15 = 85"]),
        (("+", 47, 8), ["47 + 3 = 50", "50 + 5 = 55"]),
        (("-", 85, 38), ["85 - 30 = 55", "55 - 5 = 50", "50 - 3 = 47"]),
        (("/", 84, 4), ["84 - 80 = 4", "80 / 4 = 20", "4 / 4 = 1", "20 + 1 = 21"]),
        (("+", 3, 4), ["3 + 4 = 7"]),
    ],
)
def test_small_steps(case: tuple[str, int, int], expected: list[str]) -> None:
    assert small_steps(*case) == expected


def test_what_cannot_be_written_ends_with_one_line() -> None:
    for problem, level, format, fault in (
        (dataclasses.replace(PENCILS, solution=None), 3, "original", "only writes for word_problems"),
        (dataclasses.replace(PENCILS, solution="{}"), 3, "original", "broken solution graph"),
        (PENCILS, 0, "original", "granularity is 0"),
        (PENCILS, 3, "sonnet", "format is 'sonnet'"),
    ):
        with pytest.raises(UserError, match=fault) as caught:
            write(problem, level, format)
        assert "\n" not in str(caught.value)
