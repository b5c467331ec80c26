"""ARC (Clark et al., 2018): school science, an Easy and a Challenge set, by lm-eval's `arc_easy` and `arc_challenge`.

Files: `arc/ARC-Easy-Test.jsonl` (2,376) and `arc/ARC-Challenge-Test.jsonl` (1,172), else the `-Dev` files (570, 299).
One raw row, and one of the hub's:

    {"id": "m7", "answerKey": "A", "question": {"stem": "What melts ice?",
     "choices": [{"text": "heat", "label": "A"}, …]}}
    {"id": "m7", "answerKey": "A", "question": "What melts ice?",
     "choices": {"text": ["heat", …], "label": ["A", …]}}
"""

from cot_distill.evaluation.beyond.rows import Part, Rows, choice_row
from cot_distill.problems.sources import HubSplit

_REPO = "allenai/ai2_arc"


def easy(rows: Rows) -> list[Part]:
    """The Easy set. Raises UserError if its rows are missing or broken."""
    return _load(rows, "arc_easy", "ARC-Easy")


def challenge(rows: Rows) -> list[Part]:
    """The Challenge set. Raises UserError as `easy` does."""
    return _load(rows, "arc_challenge", "ARC-Challenge")


def _load(rows: Rows, task: str, config: str) -> list[Part]:
    where, found = rows.one(f"arc/{config}-Test.jsonl", f"arc/{config}-Dev.jsonl", hub=HubSplit(_REPO, config, "test"))
    return [Part(task, task, [choice_row(row) for row in found], where)]
