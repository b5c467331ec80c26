"""How a student's own chat template begins the student's turn, with thoughts and with an answer alone.

A template shows its way of writing thoughts in one of three ways. It writes the thoughts of a turn that has some
(Qwen3, gpt-oss). It opens them where the student begins to write (DeepSeek-R1's distils). Or it names the marks, mostly
to remove them from earlier turns (QwQ, Magistral). A template that opens and closes thoughts before the student writes
tells it not to think.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cot_distill.grading.thoughts import THOUGHTS

_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts")
"""Names of a turn's thoughts in templates."""
_THOUGHT, _ANSWER = "\ue000thoughts\ue000", "\ue000answer\ue000"
ASKED = {"role": "user", "content": "question"}
ANSWERED = {"role": "assistant", "content": _ANSWER}
_THOUGHTFUL = {**ANSWERED, **dict.fromkeys(_FIELDS, _THOUGHT)}

Chat = Callable[[Sequence[Mapping[str, str]], bool], str]
"""Renders turns, with or without a generation prompt."""


class Turn(NamedTuple):
    """The marks around thoughts and answer in the student's turn, after its opening."""

    opening: str = ""
    """The end of the prompt that leaves the student no choice: harmony's channel, if no thoughts are wanted."""
    lead: str = ""
    """The text that the student writes before an answer without thoughts."""
    thinking: tuple[str, str] | None = None
    """The text before its thoughts, and the text between them and its answer. None: the template has no thoughts, or
    turns them off."""
    note: str | None = None
    """A remark for the user."""
    opened: str = ""
    """The mark with which the prompt opened the thoughts. It is put before the student's text."""


def student_turn(chat: Chat, chat_template: str) -> Turn:
    """The student's turn. `chat` renders, and `chat_template` is the template's text."""
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
    note = (
        "begins the student's turn in another way than answers in a conversation; it is trained in the way it is asked"
    )
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
    """The text. If the prompt ends with line breaks, those at the text's beginning are removed: tokenizers have tokens
    for several line breaks, and the prompt's last token must not depend on the text after it."""
    return text.lstrip("\n") if asked.endswith("\n") else text
