"""Grading completions from anywhere: JSON rows in, the same rows with a verdict out.

    {"dataset": "svamp", "completion": "4 * 6 = 24 pens. The answer is 24.", "gold": "24"}
    {…, "predicted": "24", "correct": true, "reason": "answer_sentence"}

`answer_kind` may stand in for `dataset`, and `choices` is a list of texts in letter order, null or absent; see
`offered` for other layouts. `reason` is the step that read the answer, `no_answer` where none found one,
`several_answers` where one statement gives several ("A or B"), or what is wrong with a row that cannot be graded;
`correct` is null in such a row.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical, equal, read
from cot_distill.grading.choices import Choices, offered, stated_by_text

KindOf = Callable[[object], str]
"""The kind of answers of a dataset; raises UserError for one that it does not know."""


def grade_lines(lines: Iterable[str], kind_of: KindOf) -> Iterator[dict[str, Any]]:
    """The graded row of each line of JSON, in order, blank lines left out.

    A line that holds no JSON object comes back as {"line": its text, …}.
    """
    for line in lines:
        if line.strip():
            yield _graded(line, kind_of)


def _graded(line: str, kind_of: KindOf) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return {"line": line.rstrip("\n"), **_verdict(None, None, "the line is no JSON object")}
    try:
        return row | _grade(row, kind_of)
    except UserError as error:
        return row | _verdict(None, None, str(error))


def _grade(row: Mapping[str, Any], kind_of: KindOf) -> dict[str, Any]:
    kind, choices = _kind(row, kind_of), offered(row.get("choices"))
    completion, stated = row.get("completion"), row.get("gold")
    if not isinstance(completion, str):
        raise UserError("completion is no text")
    if isinstance(stated, (bool, int, float)):
        stated = str(stated)
    if not isinstance(stated, str):
        raise UserError("gold is no text")
    gold = _gold(stated, kind, choices)
    if gold is None:
        raise UserError(f"gold is {stated[:40]!r}, which is no {kind}")
    question = row.get("question")
    reading = read(completion, kind, choices, question if isinstance(question, str) else None)
    if reading.answer is None:
        return _verdict(None, False, "several_answers" if reading.ambiguous else "no_answer")
    return _verdict(reading.answer, equal(reading.answer, gold, kind), reading.step)


def _gold(stated: str, kind: str, choices: Choices) -> str | None:
    """Gold in canonical form: a letter or a choice's text, an answer, or a whole solution that ends in one."""
    by_text = stated_by_text(stated, choices) if kind == "letter" else None
    return by_text or canonical(stated, kind, choices) or read(f"The answer is {stated}", kind, choices).answer


def _kind(row: Mapping[str, Any], kind_of: KindOf) -> str:
    kind, dataset = row.get("answer_kind"), row.get("dataset")
    if kind is not None:
        if kind not in KINDS:
            raise UserError(f"answer_kind is {kind!r}; valid: {', '.join(KINDS)}")
        return str(kind)
    return kind_of(dataset)


def _verdict(predicted: str | None, correct: bool | None, reason: str | None) -> dict[str, Any]:
    return {"predicted": predicted, "correct": correct, "reason": reason}
