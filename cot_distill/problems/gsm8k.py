"""GSM8K (Cobbe et al., 2021): grade-school stories of two to eight steps.

Files: `gsm8k/train.jsonl` (7,473), `gsm8k/test.jsonl` (1,319). One raw row:

    {"question": "Ann has 3 pens. Bob gave her 4 more. How many pens has Ann now?",
     "answer": "Ann has 3 + 4 = <<3+4=7>>7 pens.\\n#### 7"}
"""

import re

from cot_distill.errors import UserError
from cot_distill.problems.benchmark import gold, stable_id
from cot_distill.problems.reading import Row, text_field
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

TRAIN_SIZE = 7473

_CALCULATION = re.compile(r"<<[^<>]*>>")


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the solution without its calculator marks."""
    rows = source.rows(f"gsm8k/{split}.jsonl", [HubSplit("openai/gsm8k", "main", split)])
    return [_problem(where, number, row, split) for where, number, row in rows]


def _problem(where: str, number: int, row: Row, split: str) -> Problem:
    question = text_field(where, number, row, "question")
    solution, marks, answer = text_field(where, number, row, "answer").rpartition("####")
    if not marks:
        raise UserError(f"{where}: row {number}: 'answer' states no result after ####")
    return Problem(
        id=stable_id("gsm8k", question),
        dataset="gsm8k",
        split=split,
        question=question,
        choices=None,
        answer_kind="number",
        gold=gold(where, number, answer, "number"),
        rationale=_CALCULATION.sub("", solution).strip() or None,
        solution=None,
    )
