"""Grades completions from any source: JSON rows in, the same rows with a verdict out.

    {"dataset": "svamp", "completion": "4 * 6 = 24 pens. The answer is 24.", "gold": "24"}
    {…, "predicted": "24", "correct": true, "stated": true, "reason": "answer_line"}

`answer_kind` may replace `dataset`. `choices` is a list of texts in letter order, null or absent; see `_offered` for
other layouts. `truncated` says whether the completion was cut at its token cap. `reason` is the step that read the
answer, or why there is none. If a row cannot be graded, `correct` is null and `reason` says what is wrong. Answers of
kind text also get `f1`.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical, equal, f1, read
from cot_distill.grading.choices import letter_of
from cot_distill.grading.reading import Given

KindOf = Callable[[object], str]
"""Gives the kind of a dataset's answers; raises UserError for an unknown dataset."""
_LABEL = re.compile(r"\s*\(?([A-Za-z])\s?[).:]\s*")
"""The label that a choice may begin with: "A) "."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A row that can be graded."""

    completion: str
    kind: str
    gold: str
    """In canonical form."""
    given: Given
    truncated: bool | None

    def verdict(self, answer: str | None, reason: str | None, stated: bool) -> dict[str, Any]:
        """The fields that are added to the row for an answer in canonical form."""
        correct = answer is not None and equal(answer, self.gold, self.kind)
        near = {"f1": round(f1(answer or "", self.gold), 4)} if self.kind == "text" else {}
        return _verdict(answer, correct, reason, stated) | near


def grade_lines(lines: Iterable[str], kind_of: KindOf) -> Iterator[dict[str, Any]]:
    """The graded row of each line of JSON, in order, without blank lines.

    A line that is not a JSON object becomes {"line": its text, …}.
    """
    for line in lines:
        if line.strip():
            yield _graded(line, kind_of)


def case(row: Mapping[str, Any], kind_of: KindOf) -> Case:
    """The case of a row. Raises UserError if the row cannot be graded."""
    kind, given = _kind(row, kind_of), _offered(row.get("choices"))
    completion, truncated, question = row.get("completion"), row.get("truncated"), row.get("question")
    if not isinstance(completion, str):
        raise UserError("completion is not a text")
    if not isinstance(truncated, bool | None):
        raise UserError(f"truncated is {str(truncated)[:40]!r}; give true or false")
    gold = _gold(row.get("gold"), kind, given)
    given = Given(given.choices, given.labels, question if isinstance(question, str) else "")
    return Case(completion, kind, gold, given, truncated)


def _graded(line: str, kind_of: KindOf) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return {"line": line.rstrip("\n"), **_verdict(None, None, "the line is not a JSON object")}
    try:
        found = case(row, kind_of)
    except UserError as error:
        return row | _verdict(None, None, str(error))
    given = found.given
    reading = read(found.completion, found.kind, given.choices, given.question, found.truncated, given.labels)
    return row | found.verdict(reading.answer, reading.step or reading.reason, reading.stated)


def _offered(choices: Any) -> Given:
    """The texts of choices in letter order: a list of texts or numbers, {"A": text, …}, [{"label": "A", "text": …}, …]
    or the hub's {"label": […], "text": […]}. Letters that every text begins with ("A) 5") are removed. Labels may also
    be 1, 2, 3 … or 0, 1, 2 …. Raises UserError for anything else.
    """
    if choices is None:
        return Given()
    labels, texts = None, choices
    if isinstance(choices, dict):
        layout = isinstance(choices.get("text"), list)
        labels, texts = (choices.get("label"), choices["text"]) if layout else (list(choices), list(choices.values()))
    elif isinstance(choices, list) and choices and all(isinstance(one, dict) for one in choices):
        labels, texts = [one.get("label") for one in choices], [one.get("text") for one in choices]
    if not isinstance(texts, list) or any(not isinstance(text, str | int | float) for text in texts):
        raise UserError("choices is not a list of texts")
    if len(texts) > 26:
        raise UserError(f"choices has {len(texts)} texts; the letters allow 26")
    bare = _unlabelled([str(text).strip() for text in texts])
    names = tuple(map(str, labels)) if isinstance(labels, list) else ()
    counts = range(len(texts))
    if labels is None or names == tuple(map(letter_of, counts)):
        return Given(bare)
    if names not in (tuple(str(index + 1) for index in counts), tuple(map(str, counts))):
        raise UserError("choices are not labelled A, B, C … in order, nor 1, 2, 3 … or 0, 1, 2 …")
    return Given(bare, names)


def _unlabelled(texts: list[str]) -> tuple[str, ...]:
    marks = [_LABEL.match(text) for text in texts]
    if any(mark is None or mark[1].upper() != letter_of(index) for index, mark in enumerate(marks)):
        return tuple(texts)
    return tuple(text[mark.end() :] for mark, text in zip(marks, texts, strict=True) if mark)


def _gold(stated: object, kind: str, given: Given) -> str:
    """Gold in canonical form. `stated` may be an answer, a list of accepted texts, a choice's letter, label, text or
    index from 0, or a whole solution that ends in an answer. Raises UserError if it is none of these."""
    if kind == "letters" and isinstance(stated, list):
        stated = ", ".join(map(str, stated))
    if kind == "text" and isinstance(stated, list) and stated and all(isinstance(one, str) for one in stated):
        return "\n".join(" ".join(one.split()) for one in stated)
    place = stated if isinstance(stated, int) and not isinstance(stated, bool) else None
    if isinstance(stated, bool | int | float):
        stated = str(stated)
    if not isinstance(stated, str):
        raise UserError("gold is not a text")
    found = canonical(stated, kind, given.choices, given.labels)
    if found is None and kind == "letter" and place is not None and 0 <= place < (len(given.choices) or 26):
        found = letter_of(place)
    found = found or read(f"The answer is {stated}", kind, given.choices, labels=given.labels).answer
    if found is None:
        raise UserError(f"gold is {stated[:40]!r}, which is not a {kind}")
    return found


def _kind(row: Mapping[str, Any], kind_of: KindOf) -> str:
    kind, dataset = row.get("answer_kind"), row.get("dataset")
    if kind is not None:
        if kind not in KINDS:
            raise UserError(f"answer_kind is {kind!r}; valid: {', '.join(KINDS)}")
        return str(kind)
    return kind_of(dataset)


def _verdict(predicted: str | None, correct: bool | None, reason: str | None, stated: bool = False) -> dict[str, Any]:
    return {"predicted": predicted, "correct": correct, "stated": stated, "reason": reason}
