"""CommonsenseQA (Talmor et al., 2019): everyday questions with five choices.

Files: `csqa/train_rand_split.jsonl` (9,741), `csqa/dev_rand_split.jsonl` (1,221, the test split here, since the
official one has no answers), and where it is there `csqa/ecqa.jsonl`, whose `explanation` (Aggarwal et al., 2021)
becomes the human rationale. One raw row, and one of the hub's:

    {"id": "a1", "answerKey": "B", "question": {"stem": "Where is milk kept cold?", "question_concept": "milk",
     "choices": [{"label": "A", "text": "oven"}, {"label": "B", "text": "fridge"}, …]}}
    {"id": "a1", "answerKey": "B", "question": "Where is milk kept cold?", "question_concept": "milk",
     "choices": {"label": ["A", "B", …], "text": ["oven", "fridge", …]}}
"""

from cot_distill.problems.benchmark import Facts, labelled_choices
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts(
    *("csqa", "letter", 9741, "MIT", r"(?:cs|c|ec|commonsense)[-_]?qa"), hub="tau/commonsense_qa", official_ids=True
)

_FILES = {"train": "csqa/train_rand_split.jsonl", "test": "csqa/dev_rand_split.jsonl"}
_HUB = {"train": "train", "test": "validation"}


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`."""
    explanations = {row.text("id"): row.text("explanation") for row in source.optional("csqa/ecqa.jsonl")}
    rows = source.rows(_FILES[split], [HubSplit("tau/commonsense_qa", None, _HUB[split])])
    return [_problem(row, split, explanations) for row in rows]


def _problem(row: Row, split: str, explanations: dict[str, str]) -> Problem:
    inner, given = row.inner("question"), row.text("id")
    question = row.text("question") if inner is row else inner.text("stem")
    return FACTS.problem(
        row,
        split,
        question,
        row.text("answerKey"),
        choices=labelled_choices(inner),
        rationale=explanations.get(given),
        id=given,
    )
