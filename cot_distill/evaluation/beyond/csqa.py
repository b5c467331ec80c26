"""CommonsenseQA (Talmor et al., 2019) as lm-eval's `commonsense_qa` asks it: the letter, no reasoning.

File: `csqa/dev_rand_split.jsonl` (1,221), as for the dataset csqa: `cot_distill/problems/csqa.py` shows a row.
"""

from cot_distill.evaluation.beyond.rows import Part, Rows, choice_row
from cot_distill.problems.sources import HubSplit


def load(rows: Rows) -> list[Part]:
    """The official validation split. Raises UserError if its rows are missing or broken."""
    where, found = rows.one("csqa/dev_rand_split.jsonl", hub=HubSplit("tau/commonsense_qa", None, "validation"))
    return [Part("csqa", "commonsense_qa", [choice_row(row) for row in found], where)]
