"""Grading completions from anywhere: JSON rows in, the same rows with a verdict out.

    {"dataset": "svamp", "completion": "4 * 6 = 24 pens. The answer is 24.", "gold": "24"}
    {…, "predicted": "24", "correct": true, "reason": "answer_sentence"}

`answer_kind` may stand in for `dataset`, and `choices` is a list of texts in letter order, null or absent. `reason` is
the step that read the answer, `no_answer` where none found one, `several_answers` where one statement gives several
("A or B"), or what is wrong with a row that cannot be graded; `correct` is null in such a row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical, equal, read


def grade_lines(lines: Iterable[str], kinds: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The graded row of each line of JSON, in order, blank lines left out; `kinds` maps datasets to kinds of answers.

    A line that holds no JSON object comes back as {"line": its text, …}.
    """
    for line in lines:
        if line.strip():
            yield _graded(line, kinds)


def _graded(line: str, kinds: Mapping[str, str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return {"line": line.rstrip("\n"), **_verdict(None, None, "the line is no JSON object")}
    try:
        return row | _grade(row, kinds)
    except UserError as error:
        return row | _verdict(None, None, str(error))


def _grade(row: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    kind, choices = _kind(row, kinds), _choices(row)
    completion, stated = row.get("completion"), row.get("gold")
    if not isinstance(completion, str):
        raise UserError("completion is no text")
    if isinstance(stated, (bool, int, float)):
        stated = str(stated)
    if not isinstance(stated, str):
        raise UserError("gold is no text")
    gold = canonical(stated, kind, choices) or read(f"The answer is {stated}", kind, choices).answer
    if gold is None:
        raise UserError(f"gold is {stated[:40]!r}, which is no {kind}")
    question = row.get("question")
    reading = read(completion, kind, choices, question if isinstance(question, str) else None)
    if reading.answer is None:
        return _verdict(None, False, "several_answers" if reading.ambiguous else "no_answer")
    return _verdict(reading.answer, equal(reading.answer, gold, kind), reading.step)


def _kind(row: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    kind, dataset = row.get("answer_kind"), row.get("dataset")
    if kind is not None:
        if kind not in KINDS:
            raise UserError(f"answer_kind is {kind!r}; valid: {', '.join(KINDS)}")
        return str(kind)
    if not isinstance(dataset, str) or dataset not in kinds:
        raise UserError(f"dataset is {dataset!r}; valid: {', '.join(kinds)}, or give answer_kind")
    return kinds[dataset]


def _choices(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    choices = row.get("choices")
    if choices is None:
        return None
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise UserError("choices is no list of texts")
    return tuple(choices) or None


def _verdict(predicted: str | None, correct: bool | None, reason: str | None) -> dict[str, Any]:
    return {"predicted": predicted, "correct": correct, "reason": reason}
