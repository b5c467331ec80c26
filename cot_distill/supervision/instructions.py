"""The prompts for teachers: the texts in `prompts/` as a conversation with one worked demonstration.

The first two turns (instruction, demonstration) are the same for every problem of a kind, so that an engine which
caches prefixes reads them once. One demonstration with the gold answer given follows the paper. The paper's texts are
unknown; these are ours.
"""

import functools
from pathlib import Path

from cot_distill.decoding import Message
from cot_distill.grading import state
from cot_distill.problems.wording import prompt, question
from cot_distill.records import Problem
from cot_distill.supervision import LONG_TO_SHORT

_PROMPTS = Path(__file__).with_name("prompts")


def ask_for_level(problem: Problem, granularity: int, gold_hint: bool) -> tuple[Message, ...]:
    """The turns that ask for a rationale at a granularity, 1 to 6. With `gold_hint` they include the answer."""
    opening = _opening(problem.answer_kind, granularity, gold_hint)
    return (*opening, ("user", _asked(question(problem), problem.gold if gold_hint else None)))


def ask_plainly(problem: Problem, gold_hint: bool) -> tuple[Message, ...]:
    """The turn that asks a problem in the words that students read, so that the teacher thinks and writes as it would
    unprompted."""
    hint = f"\n\n{_text('gold_hint.txt')}\n\n{_known(problem.gold)}" if gold_hint else ""
    return (("user", f"{prompt(problem)}{hint}"),)


@functools.cache
def _opening(kind: str, granularity: int, gold_hint: bool) -> tuple[Message, Message]:
    instruction = [_text("write.txt").format(answer=_text(f"answers/{kind}.txt"))]
    if gold_hint:
        instruction.append(_text("gold_hint.txt"))
    instruction.append(_text(f"levels/{granularity}.txt"))
    shown_problem, shown_answer = _demonstrated(kind, "problem"), _demonstrated(kind, "answer")
    shown = f"{_demonstrated(kind, f'level_{granularity}')}\n{state(shown_answer)}"
    return (
        ("user", "\n\n".join([*instruction, _asked(shown_problem, shown_answer if gold_hint else None)])),
        ("assistant", shown),
    )


def ask_for_format(problem: Problem, rationale: str, answer: str, format: str) -> tuple[Message, ...]:
    """The turns that ask to rewrite a rationale in another format. `answer` is the answer that it states.

    Raises as `ask_for_level` does.
    """
    kind = problem.answer_kind
    if format == LONG_TO_SHORT:  # without a demonstration, since each teacher's thoughts have their own style
        told = _text("shorten.txt").format(answer=_text(f"answers/{kind}.txt"))
        return (("user", f"{told}\n\n{_asked(question(problem), None)}\n\nSolution:\n{rationale}\n{state(answer)}"),)
    instruction = _text("rewrite.txt").format(answer=_text(f"answers/{kind}.txt"))
    shown_problem, shown_answer = _demonstrated(kind, "problem"), _demonstrated(kind, "answer")
    before, after = (
        f"{_demonstrated(kind, name)}\n{state(shown_answer)}" for name in (f"level_{_DEMONSTRATED_LEVEL}", format)
    )
    solved = f"{_asked(shown_problem, None)}\n\nSolution:\n{before}"
    return (
        ("user", f"{instruction}\n\n{_text(f'formats/{format}.txt')}\n\n{solved}"),
        ("assistant", after),
        ("user", f"{_asked(question(problem), None)}\n\nSolution:\n{rationale}\n{state(answer)}"),
    )


_DEMONSTRATED_LEVEL = 3
"""The level of the rationale that a format's demonstration rewrites."""


def _asked(problem: str, gold: str | None) -> str:
    return f"Problem:\n{problem}" + (f"\n\n{_known(gold)}" if gold is not None else "")


def _known(gold: str) -> str:
    return f"(The answer is known: {gold})"


def _demonstrated(kind: str, name: str) -> str:
    return _text(f"demonstrations/{kind}/{name}.txt")


@functools.cache
def _text(name: str) -> str:
    return (_PROMPTS / name).read_text(encoding="utf-8").strip()
