"""How a student's own chat template begins the student's turn: with thoughts, and with an answer alone.

A template shows how it lays out thoughts in one of three ways: it writes the thoughts of a turn that is given some
(Qwen3, gpt-oss), it opens them where the student is to write (DeepSeek-R1's distils), or it names the marks, mostly to
take them out of earlier turns (QwQ, Magistral). One that opens and closes them before the student writes tells it not
to think.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cot_distill.grading.thoughts import THOUGHTS

_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts")
"""What templates call the thoughts of a turn."""
_THOUGHT, _ANSWER = "\ue000thoughts\ue000", "\ue000answer\ue000"
ASKED = {"role": "user", "content": "question"}
ANSWERED = {"role": "assistant", "content": _ANSWER}
_THOUGHTFUL = {**ANSWERED, **dict.fromkeys(_FIELDS, _THOUGHT)}

Chat = Callable[[Sequence[Mapping[str, str]], bool], str]
"""Renders turns, with or without the opening of the next one."""


class Turn(NamedTuple):
    """What stands around thoughts and answer in the student's turn, behind what the template opens it with."""

    opening: str = ""
    """What the prompt ends with, because the student has no choice there: harmony's channel, if none is for
    thoughts."""
    lead: str = ""
    """What the student writes before an answer without thoughts."""
    thinking: tuple[str, str] | None = None
    """What it writes before its thoughts, and between them and its answer; None: the template knows of no thoughts, or
    tells it to have none."""
    note: str | None = None
    """What a user should know of it."""
    opened: str = ""
    """The mark by which the prompt opened the thoughts, as it stands before what a student wrote."""


def student_turn(chat: Chat, chat_template: str) -> Turn:
    """The student's turn by its chat template, whose text is `chat_template`."""
    asked, whole = chat([ASKED], True), chat([ASKED, ANSWERED], False)
    opened = next((pair for pair in THOUGHTS if asked.rstrip().endswith(pair[0])), None)
    thinking = _thinking(asked, chat([ASKED, _THOUGHTFUL], False), opened, chat_template)
    mark = f"{opened[0]}\n" if opened else ""
    if whole.startswith(asked) and _ANSWER in whole[len(asked) :]:
        between = whole[len(asked) :].partition(_ANSWER)[0]
        if thinking:
            return Turn("", _behind(asked, between), thinking, opened=mark)
        opening = between.rstrip(" ")
        return Turn(opening, between.removeprefix(opening))
    if opened:
        note = f"opens the student's thoughts; {opened[1]} follows at once in examples that have none"
        return Turn("", _behind(asked, f"\n{opened[1]}\n\n"), thinking, note, mark)
    note = "begins the student's turn otherwise than an answer in a conversation; it is trained as it is asked"
    return Turn("", "", thinking, note)


def _thinking(asked: str, told: str, opened: tuple[str, str] | None, chat_template: str) -> tuple[str, str] | None:
    before, shown, rest = told.partition(_THOUGHT)
    between, answered, _ = rest.partition(_ANSWER)
    if shown and answered and before.startswith(asked):
        return _behind(asked, before.removeprefix(asked)), between
    if opened:
        return "", f"\n{opened[1]}\n\n"
    if (shown and answered) or any(asked.rstrip().endswith(closes) for _, closes in THOUGHTS):
        return None
    return next(((f"{opens}\n", f"\n{closes}\n\n") for opens, closes in THOUGHTS if closes in chat_template), None)


def _behind(asked: str, text: str) -> str:
    """The text without the line breaks that it begins with if the prompt ends with some: tokenizers have tokens of
    several, and the prompt's last token must not depend on what follows."""
    return text.lstrip("\n") if asked.endswith("\n") else text
