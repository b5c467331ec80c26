"""SVAMP (Patel et al., 2021): one-step arithmetic stories, in the 700 / 300 split of `ChilleD/SVAMP`.

Files: `svamp/train.json`, `svamp/test.json`. One raw row:

    {"ID": "chal-777", "Body": "Ann has 3 pens. Bob gave her 4 more", "Question": "How many pens has Ann now?",
     "Equation": "( 3.0 + 4.0 )", "Answer": 7.0, "Type": "Addition"}
"""

from cot_distill.problems.benchmark import gold
from cot_distill.problems.reading import Row, text_field, text_or_number
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

TRAIN_SIZE = 700


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's equation."""
    rows = source.rows(f"svamp/{split}.json", [HubSplit("ChilleD/SVAMP", None, split)])
    return [_problem(where, number, row, split) for where, number, row in rows]


def _problem(where: str, number: int, row: Row, split: str) -> Problem:
    body = text_field(where, number, row, "Body")
    if body[-1] not in ".!?":
        body += "."  # often missing in the official file
    return Problem(
        id=f"svamp-{text_field(where, number, row, 'ID')}",
        dataset="svamp",
        split=split,
        question=f"{body} {text_field(where, number, row, 'Question')}",
        choices=None,
        answer_kind="number",
        gold=gold(where, number, text_or_number(where, number, row, "Answer"), "number"),
        rationale=text_field(where, number, row, "Equation"),
        solution=None,
    )
