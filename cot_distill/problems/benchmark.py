"""What the benchmark modules share: ids, gold answers, and how a module presents itself."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from cot_distill.errors import UserError
from cot_distill.grading import canonical
from cot_distill.problems.questions import formula_key, key
from cot_distill.problems.reading import Row, text_field
from cot_distill.problems.sources import Source
from cot_distill.records import Problem


class Benchmark(Protocol):
    """A benchmark module."""

    TRAIN_SIZE: int
    """How many training problems the paper's arms have of it, roughly."""

    def load(self, source: Source, split: str) -> Sequence[Problem | None]:
        """The problems of a split, in the order of the official file; None for a row that has no gold answer there.

        Raises UserError for a broken file.
        """
        ...


def stable_id(dataset: str, question: str, choices: Sequence[str] = ()) -> str:
    """An id that stays whatever else the file holds: from the letters and digits of question and choices."""
    return f"{dataset}-{question_hash(question, choices)}"


def formula_id(dataset: str, question: str) -> str:
    """Like `stable_id`, for questions in which signs and brackets count."""
    return f"{dataset}-{hashlib.sha256(formula_key(question).encode()).hexdigest()[:16]}"


def question_hash(question: str, choices: Sequence[str] = ()) -> str:
    """16 hexadecimal digits of a question's and its choices' hash; spaces, case and punctuation do not count."""
    text = "|".join(key(part) for part in (question, *choices))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gold(where: str, number: int, answer: str, kind: str, choices: Sequence[str] | None = None) -> str:
    """A benchmark's answer in canonical form, or UserError where it is not of the kind."""
    found = canonical(answer, kind, choices)
    if found is None:
        raise UserError(f"{where}: row {number}: the gold answer is {answer[:40]!r}, not a {kind}")
    return found


def labelled_choices(where: str, number: int, row: Row) -> tuple[str, ...]:
    """The texts of choices given as [{"label": "A", "text": …}, …], or on the hub as {"label": […], "text": […]}.

    Raises UserError where labels are not A, B, C … in order.
    """
    given = row.get("choices")
    if isinstance(given, dict):
        labels, texts = given.get("label"), given.get("text")
        if not isinstance(labels, list) or not isinstance(texts, list) or len(labels) != len(texts):
            raise UserError(f"{where}: row {number}: 'choices' does not hold as many labels as texts")
        given = [{"label": label, "text": text} for label, text in zip(labels, texts, strict=True)]
    if not isinstance(given, list) or not given:
        raise UserError(f"{where}: row {number}: 'choices' is missing or holds no choice")
    for index, choice in enumerate(given):
        if not isinstance(choice, dict) or choice.get("label") != chr(ord("A") + index):
            raise UserError(f"{where}: row {number}: choice {index} is not labelled {chr(ord('A') + index)}")
    return tuple(text_field(where, number, choice, "text") for choice in given)
