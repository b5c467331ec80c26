"""AbsR (Xiong et al., 2024, *Meaningful Learning*): abstract reasoning, scored by the lowest mean loss of a whole text.

File: `absr/test_ppl.json` (200 questions) from `data/absr/` of the authors' repository `Waste-Wood/MeanLearn`; it is
not on the hub. It maps an index to a question. Each option of a question is a whole prompt that ends in that option:

    {"0": {"label: A": {"testing input": "… Answer: A"}, "label: B": {"testing input": "… Answer: B"}, …, "gold": "B"}}
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.rows import Filled, Part, Rows, check_choices
from cot_distill.problems.reading import json_value
from cot_distill.problems.row import Row, numbered

_LABEL = "label: "


def load(rows: Rows) -> list[Part]:
    """The questions. Raises UserError if the file is missing or broken."""
    files = rows.files("absr/test_ppl.json")
    if not files:
        raise UserError(
            "absr: no file absr/test_ppl.json below the folder that the param beyond_data names, and AbsR is on no "
            "hub; fetch data/absr/test_ppl.json of Waste-Wood/MeanLearn on GitHub"
        )
    return [Part("absr", "absr", _questions(files[0]), rows.name(files[0]))]


def check_lengths(parts: Sequence[Part], tokenizer: Any, limit: int) -> None:
    """Raises UserError if a text is longer than a student's `limit` in tokens, since a text must be scored whole."""
    longest = max(_size(tokenizer, text) for part in parts for row in part.rows for text in row["texts"])
    if longest > limit:
        raise UserError(
            f"absr: a text has {longest} tokens, the student's limit is {limit}; leave absr out of the param beyond"
        )


def lowest_mean_loss(tokenizer: Any) -> Callable[[Filled, Sequence[tuple[float, bool]]], dict[str, float]]:
    """The function by which lm-eval scores the texts: `acc` is 1 if gold's text has the lowest mean loss a token."""

    def score(row: Filled, found: Sequence[tuple[float, bool]]) -> dict[str, float]:
        sizes = [_size(tokenizer, text) for text in row["texts"]]
        losses = [-likelihood / size for (likelihood, _), size in zip(found, sizes, strict=True)]
        return {"acc": float(losses.index(min(losses)) == row["gold"])}

    return score


def _size(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False).input_ids)


def _questions(file: Path) -> list[Filled]:
    found = json_value(file)
    if not isinstance(found, dict) or not found or not all(isinstance(row, dict) for row in found.values()):
        raise UserError(f"{file}: does not map indices to questions; fetch the official file again")
    return list(map(_question, numbered(file, found.values())))


def _question(row: Row) -> Filled:
    labels = sorted(key for key in row if key.startswith(_LABEL))
    texts = [row[label].get("testing input") if isinstance(row[label], dict) else None for label in labels]
    gold = f"{_LABEL}{row.get('gold')}"
    check_choices(row, texts, labels.index(gold) if gold in labels else -1)
    return {"texts": texts, "gold": labels.index(gold)}
