"""CommonsenseQA (Talmor et al., 2019): everyday questions with five choices.

Files: `csqa/train_rand_split.jsonl` (9,741), `csqa/dev_rand_split.jsonl` (1,221, the test split here, since the
official one has no answers), and where it is there `csqa/ecqa.jsonl`, whose `explanation` (Aggarwal et al., 2021)
becomes the human rationale. One raw row, and one of the hub's:

    {"id": "a1", "answerKey": "B", "question": {"stem": "Where is milk kept cold?", "question_concept": "milk",
     "choices": [{"label": "A", "text": "oven"}, {"label": "B", "text": "fridge"}, …]}}
    {"id": "a1", "answerKey": "B", "question": "Where is milk kept cold?", "question_concept": "milk",
     "choices": {"label": ["A", "B", …], "text": ["oven", "fridge", …]}}
"""

from cot_distill.problems.benchmark import gold, labelled_choices
from cot_distill.problems.reading import Row, text_field
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

TRAIN_SIZE = 9740

_FILES = {"train": "csqa/train_rand_split.jsonl", "test": "csqa/dev_rand_split.jsonl"}
_HUB = {"train": "train", "test": "validation"}


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`."""
    explanations = {
        text_field(where, number, row, "id"): text_field(where, number, row, "explanation")
        for where, number, row in source.optional("csqa/ecqa.jsonl")
    }
    rows = source.rows(_FILES[split], [HubSplit("tau/commonsense_qa", None, _HUB[split])])
    return [_problem(where, number, row, split, explanations) for where, number, row in rows]


def _problem(where: str, number: int, row: Row, split: str, explanations: dict[str, str]) -> Problem:
    asked = row.get("question")
    inner: Row = asked if isinstance(asked, dict) else {**row, "stem": asked}
    choices = labelled_choices(where, number, inner)
    given = text_field(where, number, row, "id")
    return Problem(
        id=f"csqa-{given}",
        dataset="csqa",
        split=split,
        question=text_field(where, number, inner, "stem"),
        choices=choices,
        answer_kind="letter",
        gold=gold(where, number, text_field(where, number, row, "answerKey"), "letter", choices),
        rationale=explanations.get(given),
        solution=None,
    )
