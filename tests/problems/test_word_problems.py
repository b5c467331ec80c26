"""The generated benchmark: its promises about every problem, checked over seeds."""

import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cot_distill.errors import UserError
from cot_distill.problems import word_problems
from cot_distill.problems.word_problems import generate
from cot_distill.problems.word_problems.graph import Fact, Graph, Step
from cot_distill.records import Problem

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def many() -> list[Problem]:
    return generate(seed=0, train=900, test=300)


def graph_of(problem: Problem) -> Graph:
    assert problem.solution is not None
    return Graph.from_json(problem.solution)


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_every_problem_is_sound(seed: int) -> None:
    for problem in generate(seed, train=60, test=10):
        graph = graph_of(problem)
        assert (problem.dataset, problem.choices, problem.answer_kind) == ("word_problems", None, "number")
        assert problem.rationale is None and list(problem.faults()) == []
        assert problem.gold == str(graph.answer)
        assert graph.answer not in numbers_in(problem.question)
        assert problem.question.endswith("?") and not re.search(r"[{}#|]|  | [.,?]", problem.question)
        assert 2 <= len(graph.steps) <= 6
        assert graph.steps[-1].ask in problem.question
        assert all(2 <= part.value <= 240 for part in graph.parts.values() if isinstance(part, Step) or part.needed)
        for fact in graph.facts:
            if not fact.needed:
                assert str(fact.value) in fact.clause and fact.clause[1:] in problem.question


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32))
def test_no_problem_stands_twice_within_or_across_the_splits(seed: int) -> None:
    problems = generate(seed, train=150, test=50)
    questions = {" ".join(problem.question.lower().split()) for problem in problems}
    numbers = set()
    for problem in problems:
        graph = graph_of(problem)
        numbers.add((graph.shape, tuple(fact.value for fact in graph.facts if fact.needed)))
    assert len(questions) == len(numbers) == len(problems) == 200
    assert Counter(problem.split for problem in problems) == {"train": 150, "test": 50}


def test_shapes_steps_operations_and_idle_facts_are_varied(many: list[Problem]) -> None:
    graphs = [graph_of(problem) for problem in many]
    assert len({graph.shape for graph in graphs}) >= 40
    assert {len(graph.steps) for graph in graphs} == {2, 3, 4, 5, 6}
    assert {step.op for graph in graphs for step in graph.steps} == set("+-*/")
    idle = Counter(sum(not fact.needed for fact in graph.facts) for graph in graphs)
    assert set(idle) == {0, 1, 2}
    assert 0.33 < (idle[1] + idle[2]) / len(graphs) < 0.47


def test_each_split_mixes_steps_and_goes_round_the_shapes_of_each_number(many: list[Problem]) -> None:
    for split in ("train", "test"):
        graphs = [graph_of(problem) for problem in many if problem.split == split]
        by_steps = Counter(min(len(graph.steps), 5) for graph in graphs)
        tenth = len(graphs) // 10
        assert by_steps == {2: 6 * tenth, 3: 2 * tenth, 4: tenth, 5: tenth}
        for steps in by_steps:
            counts = Counter(graph.shape for graph in graphs if min(len(graph.steps), 5) == steps)
            assert max(counts.values()) - min(counts.values()) <= 1


def test_most_numbers_are_small(many: list[Problem]) -> None:
    largest = [max(step.value for step in graph_of(problem).steps) for problem in many]
    assert statistics.median(largest) <= 50
    assert max(largest) <= 240


def test_the_english_has_no_telltale_slips(many: list[Problem]) -> None:
    slips = re.compile(r"\b(a [aeio]\w+|1 [a-z]+s|(?:an?|each|every) [a-z]+[^su' ]s)\b(?!')")
    for problem in many:
        found = slips.search(f"{problem.question} {problem.solution}")
        assert found is None, (found, problem.question)


def test_ids_are_stable_and_sorted() -> None:
    ids = [problem.id for problem in generate(seed=5, train=2, test=2)]
    assert ids == [
        "word_problems-test-00000",
        "word_problems-test-00001",
        "word_problems-train-00000",
        "word_problems-train-00001",
    ]


def test_the_seed_decides_everything_whatever_the_hash_seed() -> None:
    script = (
        "from cot_distill.problems.word_problems import generate\n"
        "import hashlib\n"
        "print(hashlib.sha256(repr(generate(7, 120, 40)).encode()).hexdigest())"
    )
    seen = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        seen.add(subprocess.check_output([sys.executable, "-c", script], env=environment, text=True))
    assert len(seen) == 1
    assert generate(7, 120, 40) != generate(8, 120, 40)


def test_the_test_split_does_not_depend_on_the_size_of_the_training_split() -> None:
    small, large = generate(3, train=10, test=30), generate(3, train=200, test=30)
    assert [p for p in small if p.split == "test"] == [p for p in large if p.split == "test"]


def test_asking_for_nothing_or_for_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert generate(0, 0, 0) == []
    with pytest.raises(UserError, match="-1 train"):
        generate(0, -1, 0)
    [barn] = [shape for shape in word_problems.SHAPES if shape.name == "legs in the barn"]
    monkeypatch.setattr(word_problems, "SHAPES", (barn,))
    monkeypatch.setattr(word_problems, "_STEPS_OF_TEN", (len(barn.steps),))
    with pytest.raises(UserError, match=r"ran out of new problems after [0-9]+ of the 700 asked for") as caught:
        generate(0, 650, 50)
    assert "\n" not in str(caught.value)


PENCILS = Graph(
    shape="boxes given away",
    facts=(
        Fact("boxes", 6, "boxes", "there are 6 boxes", True),
        Fact("each", 4, "pencils in each box", "each box holds 4 pencils", True),
        Fact("gone", 5, "pencils given away", "Mia gives away 5 pencils", True),
        Fact("extra1", 9, "", "Mia is 9 years old", False),
    ),
    steps=(
        Step("total", "*", ("boxes", "each"), 24, "pencils in the boxes", "the boxes hold # pencils",
             "every box holds the same number", "How many pencils are in the boxes?"),
        Step("left", "-", ("total", "gone"), 19, "pencils left", "Mia has # pencils left",
             "the given pencils are gone", "How many pencils does Mia have left?"),
    ),
    goal="how many pencils Mia has left",
)  # fmt: skip


def test_a_graph_survives_its_json() -> None:
    text = PENCILS.to_json()
    assert text.startswith('{"shape":"boxes given away","facts":[{"key":"boxes","value":6,"noun":"boxes",')
    assert Graph.from_json(text) == PENCILS
    assert PENCILS.answer == 19


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"value":24', '"value":25', "states 25, but its operands give 24"),
        ('"op":"*"', '"op":"%"', "unknown operation '%'"),
        ('["total","gone"]', '["total","lost"]', "uses 'lost', which is neither"),
        ('["total","gone"]', '["total"]', "steps.1.operands.1: Field required"),
        ("the boxes hold # pencils", "the boxes hold pencils", "does not hold exactly one '#'"),
        ('"key":"each"', '"key":"boxes"', "is there twice"),
        ('"needed":false', '"needed":true', "is needed but has no noun"),
        ('"value":6', '"value":"6"', "facts.0.value: Input should be a valid integer"),
        ('"goal"', '"aim"', "goal: Field required"),
        ('"shape"', "shape", "the graph: Invalid JSON"),
    ],
)
def test_a_malformed_graph_is_refused(old: str, new: str, fault: str) -> None:
    text = PENCILS.to_json()
    assert old in text
    with pytest.raises(ValueError, match=re.escape(fault)):
        Graph.from_json(text.replace(old, new, 1))


def test_json_keys_keep_their_order() -> None:
    [problem] = generate(seed=0, train=1, test=0)
    assert list(json.loads(problem.solution or "")) == ["shape", "facts", "steps", "goal"]
