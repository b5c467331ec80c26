"""Chat templates for students: whoever sends an exported student a user turn gives it the tokens it was trained on."""

import datetime
import json
import re
from typing import Any

from cot_distill.errors import UserError

DAY = datetime.date(2024, 7, 26)
"""Some chat templates write the date of the day; an exported one always writes this."""

_FRAMES = {
    "alpaca": (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\n{prompt}\n\n### Response:\n",
        None,
        False,
    ),
    "gemma": ("<start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n", "<end_of_turn>", True),
    "llama3": (
        "<|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|eot_id|>",
        True,
    ),
    "plain": ("{prompt}\n", None, False),
}
"""Template → (the turn, what ends the student's, None: the end of sequence; whether a BOS stands at the start)."""


def chat_template(template: str, tokenizer: Any, asked: str, ids: list[int]) -> str:
    """The Jinja chat template under which a user turn `asked` becomes `ids`, the tokens of the student's training.

    `template` is the students' catalogue's. A beginning of sequence that the tokenizer adds by itself in training is
    written into the chat template, since nothing adds it to a rendered chat. Raises UserError where no chat template
    gives those ids.
    """
    jinja = _with_day(tokenizer.chat_template or "") if template == "chat" else as_jinja(*_FRAMES[template])
    for candidate in (jinja, "{{- bos_token -}}" + jinja):
        turns = [{"role": "user", "content": asked}]
        rendered = tokenizer.apply_chat_template(
            turns, chat_template=candidate, add_generation_prompt=True, return_dict=False
        )
        if list(rendered) == ids:
            return candidate
    raise UserError(
        f"template {template!r}: no chat template gives this student's tokenizer the tokens that it was trained on; "
        "it cannot be exported with a chat template"
    )


def as_jinja(frame: str, end: str | None, bos: bool) -> str:
    """A frame around `{prompt}` as a chat template, which for one user turn gives the frame.

    What a user's turn ends in already opens the student's, whether or not a generation prompt is asked for. A system
    turn is refused: the student never saw one.
    """
    before, after = (json.dumps(part) for part in frame.split("{prompt}"))
    ended = "eos_token" if end is None else json.dumps(end)
    return (
        ("{{- bos_token -}}" if bos else "")
        + "{%- for message in messages -%}"
        + "{%- if message['role'] == 'user' -%}{{- " + before + " + message['content'] + " + after + " -}}"
        + "{%- elif message['role'] == 'assistant' -%}{{- message['content'] + " + ended + " -}}"
        + "{%- else -%}{{- raise_exception('this model was trained on user turns alone: no turn of another role') -}}"
        + "{%- endif -%}{%- endfor -%}"
    )  # fmt: skip


def _with_day(jinja: str) -> str:
    """The chat template with its calls for today's date answered by `DAY`."""
    formats = dict.fromkeys(re.findall(r"""strftime_now\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""", jinja))
    if not formats:
        return jinja
    cases = "".join(
        "{%- if format == " + json.dumps(one) + " -%}" + DAY.strftime(one) + "{%- endif -%}"
        for one in dict.fromkeys(double or single for double, single in formats)
    )
    return "{%- macro strftime_now(format) -%}" + cases + "{%- endmacro -%}" + jinja
