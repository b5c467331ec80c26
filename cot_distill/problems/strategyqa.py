"""StrategyQA (Geva et al., 2021): yes/no questions whose steps are implicit.

File: `strategyqa/strategyqa_train.json`, the 2,290 labelled rows of AI2's archive. As in the paper the first 2,000 rows
are the training split and the last 290 the test split. One raw row:

    {"qid": "b1", "question": "Could a cat read this?", "answer": false, "facts": ["Cats do not read."],
     "decomposition": ["Do cats read?"], "term": "Cat", "description": "a pet", "evidence": []}
"""

from cot_distill.errors import UserError
from cot_distill.problems.reading import Row, text_field, texts_field
from cot_distill.problems.sources import Archive, Source
from cot_distill.records import Problem

_ARCHIVE = Archive(
    "https://storage.googleapis.com/ai2i/strategyqa/data/strategyqa_dataset.zip", "strategyqa_train.json"
)

TRAIN_SIZE = 2000


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's facts."""
    rows = list(source.rows("strategyqa/strategyqa_train.json", [_ARCHIVE]))
    part = rows[:TRAIN_SIZE] if split == "train" else rows[TRAIN_SIZE:]
    return [_problem(where, number, row, split) for where, number, row in part]


def _problem(where: str, number: int, row: Row, split: str) -> Problem:
    answer = row.get("answer")
    if not isinstance(answer, bool):
        raise UserError(f"{where}: row {number}: 'answer' is {answer!r}, not true or false")
    return Problem(
        id=f"strategyqa-{text_field(where, number, row, 'qid')}",
        dataset="strategyqa",
        split=split,
        question=text_field(where, number, row, "question"),
        choices=None,
        answer_kind="boolean",
        gold=str(answer),
        rationale=" ".join(texts_field(where, number, row, "facts")) if row.get("facts") else None,
        solution=None,
    )
