"""AQuA-RAT (Ling et al., 2017): algebra with five choices.

Files: `aqua/train.json` (97,467), `aqua/test.json` (254), JSON Lines despite the name. The paper trains on about 6,100
of the training rows; which ones, `used_rows/aqua.txt` says. One raw row:

    {"question": "A car drives 60 miles in 2 hours. How many miles an hour?",
     "options": ["A)20", "B)30", "C)40", "D)50", "E)60"], "rationale": "60 / 2 = 30\\nAnswer B", "correct": "B"}
"""

import re

from cot_distill.errors import UserError
from cot_distill.problems.benchmark import gold, stable_id
from cot_distill.problems.reading import Row, text_field, texts_field
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

TRAIN_SIZE = 6100

_LETTER = re.compile(r"\s*\(?[A-E]\s*\)\s*")


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's own."""
    rows = source.rows(f"aqua/{split}.json", [HubSplit("deepmind/aqua_rat", "raw", split)])
    return [_problem(where, number, row, split) for where, number, row in rows]


def _problem(where: str, number: int, row: Row, split: str) -> Problem:
    question = text_field(where, number, row, "question")
    choices = tuple(_LETTER.sub("", option, count=1) for option in texts_field(where, number, row, "options"))
    answer = text_field(where, number, row, "correct")
    if len(answer) != 1 or not "A" <= answer < chr(ord("A") + len(choices)):
        raise UserError(f"{where}: row {number}: 'correct' is {answer[:40]!r}, not the letter of one of the options")
    rationale = row.get("rationale")
    return Problem(
        id=stable_id("aqua", question, choices),
        dataset="aqua",
        split=split,
        question=question,
        choices=choices,
        answer_kind="letter",
        gold=gold(where, number, answer, "letter", choices),
        rationale=text_field(where, number, row, "rationale") if rationale else None,
        solution=None,
    )
