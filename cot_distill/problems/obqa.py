"""OpenBookQA (Mihaylov et al., 2018): elementary science with four choices, without the book.

Files: `obqa/train.jsonl` (4,957), `obqa/test.jsonl` (500). Some training rows ask a test question with the choices in
another order; `cot_distill.problems.load` drops them. There is no human rationale. One raw row, and one of the hub's:

    {"id": "7-1", "question": {"stem": "Ice is", "choices": [{"text": "cold", "label": "A"}, …]}, "answerKey": "A"}
    {"id": "7-1", "question_stem": "Ice is", "choices": {"text": ["cold", …], "label": ["A", …]}, "answerKey": "A"}
"""

from cot_distill.problems.benchmark import gold, labelled_choices
from cot_distill.problems.reading import Row, text_field
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

TRAIN_SIZE = 4957


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`."""
    rows = source.rows(f"obqa/{split}.jsonl", [HubSplit("allenai/openbookqa", "main", split)])
    return [_problem(where, number, row, split) for where, number, row in rows]


def _problem(where: str, number: int, row: Row, split: str) -> Problem:
    asked = row.get("question")
    inner: Row = asked if isinstance(asked, dict) else {**row, "stem": row.get("question_stem")}
    choices = labelled_choices(where, number, inner)
    return Problem(
        id=f"obqa-{text_field(where, number, row, 'id')}",
        dataset="obqa",
        split=split,
        question=text_field(where, number, inner, "stem"),
        choices=choices,
        answer_kind="letter",
        gold=gold(where, number, text_field(where, number, row, "answerKey"), "letter", choices),
        rationale=None,
        solution=None,
    )
