"""StrategyQA (Geva et al., 2021): yes/no questions whose steps are implicit.

File: `strategyqa/strategyqa_train.json`, the 2,290 labelled rows of AI2's archive. As in the paper the first 2,000 rows
are the training split and the last 290 the test split. One raw row:

    {"qid": "b1", "question": "Could a cat read this?", "answer": false, "facts": ["Cats do not read."],
     "decomposition": ["Do cats read?"], "term": "Cat", "description": "a pet", "evidence": []}
"""

from cot_distill.problems.benchmark import Facts
from cot_distill.problems.row import Row
from cot_distill.problems.sources import Archive, Source
from cot_distill.records import Problem

FACTS = Facts("strategyqa", "boolean", 2000, "MIT", r"(?:st|strategy)[-_]?qa", official_ids=True)

_ARCHIVE = Archive(
    "https://storage.googleapis.com/ai2i/strategyqa/data/strategyqa_dataset.zip", "strategyqa_train.json"
)
_TRAIN_ROWS = 2000


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's facts."""
    rows = list(source.rows("strategyqa/strategyqa_train.json", [_ARCHIVE]))
    part = rows[:_TRAIN_ROWS] if split == "train" else rows[_TRAIN_ROWS:]
    return [_problem(row, split) for row in part]


def _problem(row: Row, split: str) -> Problem:
    answer = row.get("answer")
    if not isinstance(answer, bool):
        raise row.fault(f"'answer' is {answer!r}, not true or false")
    rationale = " ".join(row.texts("facts")) if row.get("facts") else None
    return FACTS.problem(row, split, row.text("question"), str(answer), rationale=rationale, id=row.text("qid"))
