"""GSM8K (Cobbe et al., 2021): grade-school stories of two to eight steps.

Files: `gsm8k/train.jsonl` (7,473), `gsm8k/test.jsonl` (1,319). One raw row:

    {"question": "Ann has 3 pens. Bob gave her 4 more. How many pens has Ann now?",
     "answer": "Ann has 3 + 4 = <<3+4=7>>7 pens.\\n#### 7"}
"""

import re

from cot_distill.problems.benchmark import Facts
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts("gsm8k", "number", 7473, "MIT", r"gsm(?:8k)?|grade[-_]?school[-_]?math", hub="openai/gsm8k")

_CALCULATION = re.compile(r"<<[^<>]*>>")


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the solution without its calculator marks."""
    rows = source.rows(f"gsm8k/{split}.jsonl", [HubSplit("openai/gsm8k", "main", split)])
    return [_problem(row, split) for row in rows]


def _problem(row: Row, split: str) -> Problem:
    solution, marks, answer = row.text("answer").rpartition("####")
    if not marks:
        raise row.fault("'answer' states no result after ####")
    rationale = _CALCULATION.sub("", solution).strip() or None
    return FACTS.problem(row, split, row.text("question"), answer, rationale=rationale)
