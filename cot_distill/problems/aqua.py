"""AQuA-RAT (Ling et al., 2017): algebra with five choices.

Files: `aqua/train.json` (97,467), `aqua/test.json` (254), and where it is there `aqua/dev.json` (254), the dev
problems; JSON Lines despite the name. The paper trains on about 6,100
of the training rows; which ones, `used_rows/aqua.txt` says. One raw row:

    {"question": "A car drives 60 miles in 2 hours. How many miles an hour?",
     "options": ["A)20", "B)30", "C)40", "D)50", "E)60"], "rationale": "60 / 2 = 30\\nAnswer B", "correct": "B"}
"""

import re
from string import ascii_uppercase

from cot_distill.problems.benchmark import Facts
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts("aqua", "letter", 6100, "Apache-2.0", r"a(?:qu|uq)a(?:[-_]?rat)?", hub="deepmind/aqua_rat", has_dev=True)

_HUB = {"train": "train", "dev": "validation", "test": "test"}
_LETTER = re.compile(r"\s*\(?[A-E]\s*\)\s*")


def load(source: Source, split: str) -> list[Problem]:
    """See `Benchmark.load`; the human rationale is the row's own."""
    read = source.optional if split == "dev" else source.rows
    rows = read(f"aqua/{split}.json", [HubSplit("deepmind/aqua_rat", "raw", _HUB[split])])
    return [_problem(row, split) for row in rows]


def _problem(row: Row, split: str) -> Problem:
    choices = tuple(_LETTER.sub("", option, count=1) for option in row.texts("options"))
    answer = row.text("correct")
    if answer not in tuple(ascii_uppercase[: len(choices)]):
        raise row.fault(f"'correct' is {answer[:40]!r}, not the letter of one of the options")
    rationale = row.text("rationale") if row.get("rationale") else None
    return FACTS.problem(row, split, row.text("question"), answer, choices=choices, rationale=rationale)
