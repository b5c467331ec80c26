"""Answers to read: what was asked, what the student wrote, and how that was taken; safe to print on a terminal."""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer
from cot_distill.visible import escape

_IN_THE_TEXT = {"problem_id", "dataset", "completion", "gold", "predicted", "correct", "read_by", "answered", "sample"}
"""The columns of a verdict that have a place of their own; any other is a line of its name and value."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers are shown: those that are all of what is asked for."""

    wrong: bool = False
    right: bool = False
    unanswered: bool = False
    truncated: bool = False
    problem: str | None = None
    limit: int | None = None

    def admits(self, verdict: dict[str, Any]) -> bool:
        """Whether an answer with this verdict is among them, the limit aside."""
        return (
            not (self.wrong and verdict["correct"])
            and not (self.right and not verdict["correct"])
            and not (self.unanswered and verdict["answered"])
            and not (self.truncated and not verdict["truncated"])
            and self.problem in (None, verdict["problem_id"])
        )


def readable(answers: Sequence[Answer], wanted: Wanted) -> Iterator[str]:
    """The answers, a text each, behind a line that counts them. Raises UserError where none is wanted."""
    chosen = [answer for answer in answers if wanted.admits(answer.verdict)]
    if not chosen:
        told = f"{len(answers)} answers, none of them as asked for"
        raise UserError(told if wanted.problem is None else f"{told}; is {wanted.problem!r} the id of a test problem?")
    cut = "" if wanted.limit is None or wanted.limit >= len(chosen) else f", the first {wanted.limit} shown"
    yield f"{len(chosen)} of {len(answers)} answers{cut}\n"
    for number, answer in enumerate(islice(chosen, wanted.limit), 1):
        yield "\n" + _text(answer, f"{number}/{len(chosen)}")


def _text(answer: Answer, place: str) -> str:
    verdict, problem = answer.verdict, answer.problem
    sample = f", sample {verdict['sample']}" if verdict.get("sample") else ""
    title = f"{place} {_line(verdict['problem_id'])}{sample}: {'right' if verdict['correct'] else 'wrong'}"
    parts = [f"=== {title}\n", block("question", problem["question"])]
    if problem["choices"]:
        parts.append("choices:\n")
        parts += [f"  {chr(ord('A') + index)}  {_line(text)}\n" for index, text in enumerate(problem["choices"])]
    parts.append(block("completion", verdict["completion"]))
    read = f"{_line(verdict['predicted'])} (read by {_line(verdict['read_by'])})"
    parts.append(f"predicted: {read if verdict['answered'] else 'no answer was found'}\n")
    parts.append(f"gold: {_line(verdict['gold'])}\n")
    parts += [f"{name}: {_line(value)}\n" for name, value in verdict.items() if name not in _IN_THE_TEXT]
    return "".join(parts)


def block(name: str, text: str) -> str:
    """Lines set in, so that nothing in them can pass for a title or for a line of the verdict."""
    lines = escape(text).split("\n")
    return f"{name}:\n" + "".join(f"  {line}".rstrip() + "\n" for line in lines)


def _line(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value)).replace("\n", "\\n")
