"""RACE (Lai et al., 2017): English examinations of middle and high schools, by lm-eval's `race`.

lm-eval has this task only for the high schools, on rows of one article each. We take both from `ehovy/race`, whose rows
are questions, and group the questions of an article again. The last question is asked, and those before it are shown
with their answers. So RACE-middle is measured in the same way as RACE-high.

Files: `race/{high,middle}/test.jsonl` or `.parquet`, with the hub's rows:

    {"example_id": "middle12.txt", "article": "Ann has a cat …", "question": "What has Ann?", "options": ["A cat", …],
     "answer": "A"}
"""

from cot_distill.evaluation.beyond.rows import Filled, Part, Rows, as_it_stands, check_choices
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit

_LETTERS = "ABCD"


def high(rows: Rows) -> list[Part]:
    """The high schools' articles. Raises UserError if the rows are missing or broken."""
    return _load(rows, "high")


def middle(rows: Rows) -> list[Part]:
    """The middle schools' articles. Raises UserError as `high` does."""
    return _load(rows, "middle")


def _load(rows: Rows, school: str) -> list[Part]:
    files = (f"race/{school}/test.jsonl", f"race/{school}/test.parquet")
    where, found = rows.one(*files, hub=HubSplit("ehovy/race", school, "test"))
    articles: dict[tuple[str, str], list[Filled]] = {}
    for row in found:
        articles.setdefault((row.text("example_id"), row.text("article")), []).append(_question(row))
    # lm-eval reads the questions from the text of a Python list.
    whole = [{"article": article, "problems": repr(questions)} for (_, article), questions in articles.items()]
    return [Part(f"race_{school}", "race", whole, where)]


def _question(row: Row) -> Filled:
    options = row.get("options")
    if not isinstance(options, list) or len(options) != len(_LETTERS):
        raise row.fault("'options' does not have four texts; fetch the official file again")
    answer = row.text("answer")
    check_choices(row, options, _LETTERS.find(answer) if len(answer) == 1 else -1)
    return {
        "question": as_it_stands(row, "question"),
        "options": [str(option) for option in options],
        "answer": answer,
    }
