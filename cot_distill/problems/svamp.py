"""SVAMP (Patel et al., 2021): one-step arithmetic stories, in the 700 / 300 split of `ChilleD/SVAMP`.

Files: `svamp/train.json`, `svamp/test.json`. One raw row:

    {"ID": "chal-777", "Body": "Ann has 3 pens. Bob gave her 4 more", "Question": "How many pens has Ann now?",
     "Equation": "( 3.0 + 4.0 )", "Answer": 7.0, "Type": "Addition"}
"""

from cot_distill.problems.benchmark import Facts
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts("svamp", "number", 700, "MIT", r"svamp", hub="ChilleD/SVAMP", official_ids=True)


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's equation."""
    rows = source.rows(f"svamp/{split}.json", [HubSplit("ChilleD/SVAMP", None, split)])
    return [_problem(row, split) for row in rows]


def _problem(row: Row, split: str) -> Problem:
    body = row.text("Body")
    if body[-1] not in ".!?":
        body += "."  # often missing in the official file
    question = f"{body} {row.text('Question')}"
    return FACTS.problem(
        row, split, question, row.text_or_number("Answer"), rationale=row.text("Equation"), id=row.text("ID")
    )
