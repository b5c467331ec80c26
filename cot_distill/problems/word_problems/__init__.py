"""Our own benchmark: multi-step arithmetic stories, drawn from a seed.

Each problem carries its solution graph (`graph.Graph` as JSON), from which the solver writes chains of thought
at every granularity without asking a model. The stories are declared in the `shapes_*` files, one theme a file.
"""

import itertools
import random

from cot_distill.errors import UserError
from cot_distill.problems.benchmark import Facts
from cot_distill.problems.questions import key
from cot_distill.problems.word_problems import (
    shapes_collections,
    shapes_crafts,
    shapes_garden,
    shapes_kitchen,
    shapes_parties,
    shapes_school,
    shapes_shopping,
    shapes_sports,
    shapes_travel,
    shapes_work,
)
from cot_distill.problems.word_problems.shape import Shape
from cot_distill.records import Problem

SIZES = {"train": 160, "test": 100}
"""How many problems are made where params name no number: sized for two CPU cores."""

FACTS = Facts(
    *("word_problems", "number", SIZES["train"], "Apache-2.0 (made by cot-distill)"), names=r"word[-_]?problems"
)

_THEMES = (
    *(shapes_shopping, shapes_kitchen, shapes_school, shapes_garden, shapes_sports, shapes_travel, shapes_crafts),
    *(shapes_work, shapes_parties, shapes_collections),
)
SHAPES: tuple[Shape, ...] = tuple(shape for theme in _THEMES for shape in theme.SHAPES)
"""Every kind of story."""

_STEPS_OF_TEN = (2, 3, 2, 2, 4, 2, 3, 2, 2, 5)
"""How many steps each ten problems in a row have (5: five or six): short ones weigh most, as in grade school, and
leave a very small student something that it can learn."""

_REDRAWS = 3000
"""How often one problem is drawn anew before its shape counts as used up."""

_Signature = tuple[str, tuple[int, ...]]


def generate(seed: int, train: int, test: int, dev: int = 0) -> list[Problem]:
    """`train` training, `dev` dev and `test` test problems, sorted by id, the same ones for the same seed.

    No two of them share a question or a shape with the same needed numbers, within a split or across them. Each split
    mixes numbers of steps as `_STEPS_OF_TEN` says, and goes round the shapes of each number in turn. The test problems
    depend on the seed and their count alone, so that a larger training set is measured on the same test set; the dev
    problems come last, so that they change neither.

    Raises UserError where a count is negative or more problems are asked for than can exist.
    """
    if min(train, dev, test) < 0:
        raise UserError(f"word_problems: cannot make {train} train and {test} test problems; ask for 0 or more of each")
    signatures: set[_Signature] = set()
    questions: set[str] = set()
    problems: list[Problem] = []
    for split, count in (("test", test), ("train", train), ("dev", dev)):
        rng = random.Random(f"word_problems/{split}/{seed}")
        turns = {steps: itertools.cycle(rng.sample(shapes, len(shapes))) for steps, shapes in _by_steps().items()}
        for number in range(count):
            shape = next(turns[_STEPS_OF_TEN[number % len(_STEPS_OF_TEN)]])
            made = _problem(rng, shape, split, number, signatures, questions)
            if made is None:
                raise UserError(
                    f"word_problems: ran out of new problems after {len(problems)} of the {train + dev + test} asked "
                    "for; ask for fewer train, dev or test problems"
                )
            problems.append(made)
    return sorted(problems, key=lambda problem: problem.id)


def _by_steps() -> dict[int, list[Shape]]:
    """The shapes by their number of steps, five and more together."""
    groups: dict[int, list[Shape]] = {steps: [] for steps in sorted(set(_STEPS_OF_TEN))}
    for shape in SHAPES:
        groups[min(len(shape.steps), max(groups))].append(shape)
    return groups


def _problem(
    rng: random.Random, shape: Shape, split: str, number: int, signatures: set[_Signature], questions: set[str]
) -> Problem | None:
    """A problem of this shape that is not yet in `signatures` or `questions`, or None after many redraws."""
    for _ in range(_REDRAWS):
        numbers = shape.draw(rng)
        if numbers is None:
            continue
        signature = (shape.name, tuple(numbers.values()))
        if signature in signatures:
            continue
        question, graph = shape.tell(rng, numbers)
        if key(question) in questions:
            continue
        signatures.add(signature)
        questions.add(key(question))
        return Problem(
            id=f"word_problems-{split}-{number:05d}",
            dataset="word_problems",
            split=split,
            question=question,
            choices=None,
            answer_kind="number",
            gold=str(graph.answer),
            rationale=None,
            solution=graph.to_json(),
        )
    return None
