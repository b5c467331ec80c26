"""SVAMP (Patel et al., 2021): one-step arithmetic stories, in the 700 / 300 split of `ChilleD/SVAMP`.

Files: `svamp/train.json` and `svamp/test.json` in the folder of benchmarks. One raw row:

    {"ID": "chal-777", "Body": "Ann has 3 pens. Bob gave her 4 more", "Question": "How many pens has Ann now?",
     "Equation": "( 3.0 + 4.0 )", "Answer": 7.0, "Type": "Addition"}
"""

from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.grading import canonical
from cot_distill.problems.reading import json_rows, text_field
from cot_distill.records import SPLITS, Problem


def load(benchmarks: Path) -> list[Problem]:
    """Both splits, sorted by id; the human rationale is the row's equation. Raises UserError for a broken file."""
    problems = [problem for split in SPLITS for problem in _split(benchmarks / "svamp" / f"{split}.json", split)]
    return sorted(problems, key=lambda problem: problem.id)


def _split(path: Path, split: str) -> list[Problem]:
    return [_problem(path, number, row, split) for number, row in enumerate(json_rows(path))]


def _problem(path: Path, number: int, row: dict[str, object], split: str) -> Problem:
    body = text_field(path, number, row, "Body")
    if body[-1] not in ".!?":
        body += "."  # often missing in the official file
    if row.get("Answer") in (None, ""):
        raise UserError(f"{path}: row {number}: has no gold answer ('Answer')")
    answer = text_field(path, number, row, "Answer")
    gold = canonical(answer, "number")
    if gold is None:
        raise UserError(f"{path}: row {number}: 'Answer' is {answer[:40]!r}, not a number")
    return Problem(
        id=f"svamp-{text_field(path, number, row, 'ID')}",
        dataset="svamp",
        split=split,
        question=f"{body} {text_field(path, number, row, 'Question')}",
        choices=None,
        answer_kind="number",
        gold=gold,
        rationale=text_field(path, number, row, "Equation"),
        solution=None,
    )
