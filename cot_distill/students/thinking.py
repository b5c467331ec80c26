"""How a student's own chat template lays out thoughts: what stands before them, and between them and the answer.

A template shows it in one of three ways: it writes the thoughts of a turn that is given some (Qwen3, gpt-oss), it opens
them where the student is to write (DeepSeek-R1's distils), or it names the marks, mostly to take them out of earlier
turns (QwQ, Magistral). One that opens and closes them before the student writes tells it not to think.
"""

from collections.abc import Callable, Mapping, Sequence

from cot_distill.grading.thoughts import THOUGHTS

_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts")
"""What templates call the thoughts of a turn."""
_ASKED = {"role": "user", "content": "question"}
_THOUGHT, _ANSWER = "\ue000thoughts\ue000", "\ue000answer\ue000"


def layout(chat: Callable[[Sequence[Mapping[str, str]], bool], str], chat_template: str) -> tuple[str, str] | None:
    """The text before thoughts and the text between them and the answer, as the student writes them behind its prompt;
    None where its template knows of no thoughts, or tells it to have none.

    `chat` renders turns, with or without the opening of the next one; `chat_template` is the template itself.
    """
    asked = chat([_ASKED], True)
    told = chat([_ASKED, {"role": "assistant", "content": _ANSWER, **dict.fromkeys(_FIELDS, _THOUGHT)}], False)
    before, shown, rest = told.partition(_THOUGHT)
    between, answered, _ = rest.partition(_ANSWER)
    if shown and answered:
        return (before.removeprefix(asked), between) if before.startswith(asked) else None
    for opens, closes in THOUGHTS:
        if asked.rstrip().endswith(closes):
            return None
        if asked.rstrip().endswith(opens):
            return "", f"\n{closes}\n\n"
    return next(
        ((f"{opens}\n", f"\n{closes}\n\n") for opens, closes in THOUGHTS if closes in chat_template),
        None,
    )
