"""Parting, measuring, choosing and gating supervision."""

import dataclasses

import pytest

from cot_distill.errors import UserError
from cot_distill.problems.likeness import near_duplicates
from cot_distill.problems.matching import read_matched
from cot_distill.problems.questions import check_disjoint, key, untaught
from cot_distill.records import Problem
from cot_distill.supervision.examples import Filters, choose
from cot_distill.supervision.measures import (
    Spread,
    compression_ratio,
    distinct,
    refers_to_gold,
    spread,
    steps,
    vocabulary,
    words,
)
from cot_distill.supervision.selection import Selection
from cot_distill.supervision.teachers import record

PROBLEM = Problem("p-1", "word_problems", "train", "How many pens?", None, "number", "24", None, None)


def test_measures() -> None:
    text = "First, 2 + 2 = 4.\nThen 4 / 2 = 2. 3. Done"
    assert words(text) == 14
    assert steps(text) == 3
    assert (words(""), steps("")) == (0, 0)


def test_key_ignores_form_case_spaces_and_punctuation() -> None:
    assert key("Ann’s  pens: 3?") == key("ann's pens, ３") == "annspens3"
    assert key("\u0410nn") == key("Ann")  # a Cyrillic capital A


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Tom's cost: $5, or `6`;  how\tmany?", "tomscost5or6howmany"),
        ("1. 5, then 12 34", "1 5then12 34"),
        ("It is 1.5, 3:4 or .5", "itis1.5 3:4or.5"),
        ("1,000 and 3,4", "1000and3,4"),
        ("a , b . 7 ? 8", "ab7 8"),
        ("f'(x) and Ann's", "f'(x)andanns"),
        ('"5"? "6"', "5 6"),
        ("", ""),
    ],
)
def test_the_key_of_plain_prose_and_of_other_texts(question: str, found: str) -> None:
    assert key(question) == found
    assert key(f"{question} \u00e9") == (f"{found}\u00e9" if found else "\u00e9")  # as what is no plain prose is read


def test_diversity() -> None:
    texts = ["a b a b", "A c"]
    assert (vocabulary(texts), distinct(texts, 1), distinct(texts, 2), distinct([], 2)) == (3, 0.5, 0.75, 0.0)
    assert distinct(["a b a b"], 3) == 1.0
    assert compression_ratio(["the same words again"] * 100) > 20 > compression_ratio(["abc"])
    assert spread([1, 2, 3]) == Spread(2.0, 0.82, 1, 3)
    assert spread([]) == Spread(0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("The given answer is 5.", True),
        ("This is inconsistent with the provided answer.", True),
        ("The answer given in the task is 5", True),
        ("Since the answer is known to be 5, we divide.", True),
        ("We use the hint.", True),
        ("So the answer is 5.", False),
        ("Ann has given 5 pens.", False),
    ],
)
def test_refers_to_gold(text: str, leaks: bool) -> None:
    assert refers_to_gold(text) is leaks


DEFAULT = Selection(samples=1, keep="first", rationales_per_problem=None, match_by="problems", pass_rate=None)
PROBLEMS = [dataclasses.replace(PROBLEM, id=f"p-{number}") for number in range(5)]
RATIONALES = [
    record(problem, "t", 3, "original", "One two." + " and" * number, stated, model="m", revision="1")
    for number, (problem, stated) in enumerate(zip(PROBLEMS, ["24", "5", None, "24"], strict=False))
]


@pytest.mark.parametrize(
    ("filters", "kept", "dropped"),
    [
        (Filters(None, False, None), ["p-0", "p-1", "p-3"], {"no_answer": 1, "no_rationale": 1}),
        (Filters(None, True, None), ["p-0", "p-3"], {"no_answer": 1, "no_rationale": 1, "wrong_answer": 1}),
        (Filters(None, False, 4), ["p-0", "p-1"], {"no_answer": 1, "no_rationale": 1, "too_long": 1}),
        (Filters({"p-0"}, False, None), ["p-0"], {"no_answer": 1, "no_rationale": 1, "not_matched": 2}),
    ],
)
def test_every_problem_is_in_one_count(filters: Filters, kept: list[str], dropped: dict[str, int]) -> None:
    chosen, account = choose(PROBLEMS, RATIONALES, filters, DEFAULT, {}, 1)
    assert [rationale.problem_id for rationale in chosen] == kept
    assert (account.problems, account.examples, account.dropped) == (5, len(kept), dropped)


def test_an_arm_that_cannot_teach_a_matched_problem_is_refused() -> None:
    with pytest.raises(UserError, match=r"match_arms names 1 problems that this arm cannot teach \(p-1\)"):
        choose(PROBLEMS, RATIONALES, Filters({"p-0", "p-1", "elsewhere"}, True, None), DEFAULT, {}, 1)


def test_a_match_file(tmp_path) -> None:
    path = tmp_path / "match.txt"
    path.write_text("# two arms\np-1\n\np-0\n")
    assert read_matched(path) == {"p-0", "p-1"}
    path.write_text("# nothing\n")
    assert read_matched(path) is None
    with pytest.raises(UserError, match="write it with `cot-distill match`"):
        read_matched(tmp_path / "none.txt")


def test_near_duplicates_are_listed_with_their_likeness() -> None:
    one = dataclasses.replace(PROBLEM, question="Ann buys three red pens and four blue ones, how many is that?")
    near = dataclasses.replace(one, id="t-1", question="Ann buys three red pens and five blue ones, how many is that?")
    far = dataclasses.replace(one, id="t-2", question="How far is the moon from the nearest star tonight?")
    assert [(a, b) for a, b, _ in near_duplicates([one], [near, far])] == [("p-1", "t-1")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 12 + 5?", "What is 12 * 5?"),
        ("What is 12 - 5?", "What is 12 / 5?"),
        ("Simplify x-1", "Simplify x+1"),
        ("Simplify x-1", "Simplify x1"),
        ("Simplify x-y", "Simplify xy"),
        ("What is 1.5 * 2?", "What is 15 * 2?"),
        ("What is (2 + 3) * 4?", "What is 2 + (3 * 4)?"),
        ("What is 2^3?", "What is 23?"),
        ("What is 3!?", "What is 3?"),
        ("Which is true? x < -7", "Which is true? x > -7"),
        ("What is .5 + 2?", "What is 5 + 2?"),
        ("What is 3²?", "What is 32?"),
        ("What is 2½ + 1?", "What is 21/2 + 1?"),
        ("How much is x₁?", "How much is x1?"),
        ("Simplify (n+1)!/n!", "Simplify (n+1)/n"),
        ("Mix 3:4 of it", "Mix 34 of it"),
        ("Add 1, 23 and 4", "Add 12, 3 and 4"),
        ("Take 50% of 8", "Take 50 of 8"),
        ("Is a < b?", "Is a > b?"),
        ("Is a ≤ b?", "Is a ≥ b?"),
        ("What is -5 + 2?", "What is 5 + 2?"),
        ("What is 2 − 1?", "What is 2 + 1?"),
        ("What is f'(2)?", "What is f(2)?"),
    ],
)
def test_signs_tell_questions_apart(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 12 + 5?", "what is 12+5"),
        ("What is 2 × 3 − 1?", "What is 2 * 3 - 1?"),
        ("It costs $1,000.", "it costs 1000"),
        ("It costs Rs.5", "It costs Rs. 5"),
        ("What is 3² − ½?", "What is 3^2-1/2?"),
        ("A well-known 5-gallon jar (of glass)!", "a well known 5 gallon jar of glass"),
        ("Ice is ____.", "Ice is"),
        ("“Who?” he asked; nobody…", '"Who" he asked, nobody.'),
    ],
)
def test_the_punctuation_of_prose_does_not(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_a_transfer_asks_nothing_that_was_trained_on() -> None:
    test = [dataclasses.replace(PROBLEM, id=f"t-{number}", question=f"What is {number} + 1?") for number in range(4)]
    train = [dataclasses.replace(PROBLEM, question=question) for question in ("what is 2+1", "What is 3 - 1?")]
    assert untaught(test, train) == ([test[0], test[1], test[3]], 1)
    assert untaught(test, train[1:]) == (test, 0)
    superset = [*train, *test[1:], dataclasses.replace(PROBLEM, question="What is 0 + 1")]
    with pytest.raises(UserError, match=r"each of the 4 test problems is a training problem \(t-0 = p-1, t-1 = t-1"):
        untaught(test, superset)


def test_signs_count_in_formulas() -> None:
    one = dataclasses.replace(PROBLEM, answer_kind="latex", question="Roots of $z^4 + z^2$?")
    other = dataclasses.replace(one, id="t", question="Roots of $z^4 - z^2$?")
    check_disjoint([one], [other])
    with pytest.raises(UserError):
        check_disjoint([one], [dataclasses.replace(one, id="t", question="Roots of  $z^4+z^2$?")])


def test_the_gate_names_the_rows() -> None:
    same = dataclasses.replace(PROBLEM, id="t-1", split="test", question="how many PENS")
    with pytest.raises(UserError, match=r"1 training questions are test questions \(p-1 = t-1\)"):
        check_disjoint([PROBLEM], [same])
    check_disjoint([PROBLEM], [dataclasses.replace(same, question="How many pins?")])


def test_the_gate_takes_choices_as_a_set() -> None:
    one = dataclasses.replace(PROBLEM, choices=("red", "blue"))
    with pytest.raises(UserError):
        check_disjoint([one], [dataclasses.replace(one, id="t", choices=("Blue", "red"))])
    check_disjoint([one], [dataclasses.replace(one, id="t", choices=("green", "red"))])
