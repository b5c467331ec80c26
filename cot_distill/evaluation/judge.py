"""A model that reads completions in which our own reader finds no stated answer.

It says which answer a completion states, never whether it is right. It is a model of the teachers' catalogue. Its
replies go to the journal, so that nothing is paid for twice.
"""

import dataclasses
import functools
import random
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.asking import Asker
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.decoding.spending import FREE, Price, Spending
from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import wilson
from cot_distill.grading import equal, read
from cot_distill.records import Problem, Verdict
from cot_distill.stopping import stop_on_signals

READ_BY = "judge"
"""A verdict's reading step if the judge read the answer."""
_FORMS = {
    "number": "a number",
    "letter": "the letter of the choice",
    "letters": "the letters of the choices, parted by commas",
    "boolean": "True or False",
    "latex": "a formula in LaTeX, between dollars",
    "text": "the answer's own words",
}
_LONGEST_REPLY = 6000
"""The judge sees this many characters of a completion's end."""
_NEW_TOKENS = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """A completion to be read."""

    name: str
    """Its name in messages."""
    text: str
    answer_kind: str
    question: str | None
    choices: tuple[str, ...] | None


class Judge:
    """A model of the catalogue that reads completions."""

    def __init__(
        self,
        teacher: str,
        entry: Mapping[str, Any],
        limits: Limits,
        price: Price | None = None,
        max_cost: float | None = None,
        experiment: str | None = None,
    ) -> None:
        """`entry` is the catalogue's. `price`: None: unknown. `max_cost` is in US dollars, for all commands of the
        `experiment`. Raises UserError if the entry names no model, or if there is a limit but no price."""
        if entry.get("source") != "model":
            raise UserError(f"judge {teacher}: source is {entry.get('source')!r}; name a teacher with source model")
        self._name, self._model = teacher, describe(entry, f"judge {teacher}")
        spending = Spending(
            price if self._model.engine == "openai" else FREE,
            max_cost,
            lambda request: self._model.cap(request.sampling),
            experiment,
        )
        self._asker = Asker(partial(self._model.start, limits), spending, self._model.host)

    def read(self, replies: Sequence[Reply]) -> list[str | None]:
        """The answer that each completion states, in canonical form; None if the judge finds none.

        Raises UserError if one could not be asked. The answers that came are in the journal by then.
        """
        found: dict[str, str | None] = {}
        failed: list[str] = []
        by_name = {str(number): reply for number, reply in enumerate(replies)}

        def arrived(request: Request, answer: Completion | Failure) -> None:
            if isinstance(answer, Failure):
                failed.append(f"{by_name[request.name].name}: {answer.reason}")
                return
            reply = by_name[request.name]
            reading = read(answer.text, reply.answer_kind, reply.choices, truncated=True)
            found[request.name] = reading.answer

        with Shelf(self._model.identity()) as shelf, shelf.turn("judge"), stop_on_signals() as stop:
            self._asker.ask(list(by_name), lambda name: _request(name, by_name[name]), arrived, "judge", shelf, stop)
        print(f"judge {self._name}: {self._asker}", file=sys.stderr)
        if failed:
            raise UserError(f"{len(failed)} completions were not judged (the first: {failed[0]}); run again")
        return [found[name] for name in by_name]


@dataclasses.dataclass(frozen=True, slots=True)
class Audit:
    """How our reader's verdicts compare with the verdicts by the judge's readings."""

    n: int
    wrongly_right: int
    """Completions that are right by the reader and not by the judge's reading."""
    judged_wrong: int
    wrongly_wrong: int
    """Completions that are right by the judge's reading and not by the reader."""
    judged_right: int

    def __str__(self) -> str:
        told = [
            _rate("false positives", self.wrongly_right, self.judged_wrong, "wrong"),
            _rate("false negatives", self.wrongly_wrong, self.judged_right, "right"),
        ]
        return f"audit of {self.n} stated answers: {'; '.join(told)}"


def audit(pairs: Sequence[tuple[bool, bool]]) -> Audit:
    """Compare (right by the reader, right by the judge's reading) of each completion."""
    by_judge = sum(judged for _, judged in pairs)
    return Audit(
        n=len(pairs),
        wrongly_right=sum(ours and not judged for ours, judged in pairs),
        judged_wrong=len(pairs) - by_judge,
        wrongly_wrong=sum(judged and not ours for ours, judged in pairs),
        judged_right=by_judge,
    )


def drawn(count: int, n: int) -> list[int]:
    """`n` of `count` indices, in order; all if there are fewer. Each call draws the same ones."""
    return sorted(random.Random(0).sample(range(count), min(n, count)))


def with_judge(judge: Judge, verdicts: Sequence[Verdict], problems: Mapping[str, Problem]) -> list[Verdict]:
    """The verdicts; those without a stated answer are replaced by the judge's reading. Raises as `Judge.read` does."""
    left = [verdict for verdict in verdicts if not verdict.stated]
    replies = []
    for verdict in left:
        problem = problems[verdict.problem_id]
        replies.append(
            Reply(verdict.problem_id, verdict.completion, problem.answer_kind, problem.question, problem.choices)
        )
    answers = dict(zip((verdict.key for verdict in left), judge.read(replies), strict=True))
    return [
        _judged(verdict, answers[verdict.key], problems[verdict.problem_id]) if verdict.key in answers else verdict
        for verdict in verdicts
    ]


def _judged(verdict: Verdict, answer: str | None, problem: Problem) -> Verdict:
    correct = answer is not None and equal(answer, problem.gold, problem.answer_kind)
    return dataclasses.replace(
        verdict,
        predicted=answer,
        correct=correct,
        read_by=None if answer is None else READ_BY,
        answered=answer is not None,
        ambiguous=False,
        contains_gold=correct or verdict.contains_gold,
    )


def _request(name: str, reply: Reply) -> Request:
    question = reply.question or "(not known)"
    if reply.choices:
        question += "".join(f"\n({chr(ord('A') + index)}) {text}" for index, text in enumerate(reply.choices))
    said = reply.text[-_LONGEST_REPLY:].replace("<<<", "").replace(">>>", "")
    # str.format would read braces in a completion as fields.
    parts = {"{question}": question, "{form}": _FORMS[reply.answer_kind], "{reply}": said}
    text = "".join(parts.get(piece, piece) for piece in _pieces())
    return Request(name, (("user", text),), Sampling(0.0, 1.0, _NEW_TOKENS, 0))


@functools.cache
def _pieces() -> tuple[str, ...]:
    return tuple(re.split(r"(\{\w+\})", Path(__file__).with_name("judge.txt").read_text(encoding="utf-8").strip()))


def _rate(what: str, count: int, of: int, judged: str) -> str:
    if not of:
        return f"no {what} known, since no completion is {judged} by the judge"
    low, high = wilson(count, of)
    return f"{what} {count / of:.1%} ({100 * low:.1f}–{100 * high:.1f}; {count} of {of} that are {judged} by the judge)"
