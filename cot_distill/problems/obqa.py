"""OpenBookQA (Mihaylov et al., 2018): elementary science with four choices, without the book.

Files: `obqa/train.jsonl` (4,957), `obqa/test.jsonl` (500), and where it is there
`obqa/dev.jsonl` (500), the dev problems. Some training rows ask a test question with the choices in
another order; `cot_distill.problems.load` drops them. There is no human rationale. One raw row, and one of the hub's:

    {"id": "7-1", "question": {"stem": "Ice is", "choices": [{"text": "cold", "label": "A"}, …]}, "answerKey": "A"}
    {"id": "7-1", "question_stem": "Ice is", "choices": {"text": ["cold", …], "label": ["A", …]}, "answerKey": "A"}
"""

from cot_distill.problems.benchmark import Facts, labelled_choices
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts(
    "obqa",
    "letter",
    4957,
    "unknown (its hub page states none; its code is Apache-2.0)",
    r"(?:ob|open[-_]?book)[-_]?qa",
    hub="allenai/openbookqa",
    official_ids=True,
    has_dev=True,
)

_HUB = {"train": "train", "dev": "validation", "test": "test"}


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`."""
    read = source.optional if split == "dev" else source.rows
    rows = read(f"obqa/{split}.jsonl", [HubSplit("allenai/openbookqa", "main", _HUB[split])])
    return [_problem(row, split) for row in rows]


def _problem(row: Row, split: str) -> Problem:
    inner = row.inner("question")
    question = row.text("question_stem") if inner is row else inner.text("stem")
    return FACTS.problem(
        row, split, question, row.text("answerKey"), choices=labelled_choices(inner), id=row.text("id")
    )
