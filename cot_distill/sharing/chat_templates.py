"""Chat templates for exported students: they turn a user turn into exactly the tokens of training."""

import json
import re
from typing import Any

from cot_distill.errors import UserError
from cot_distill.students.templates import BUILT_IN, CHAT, DAY, Template


def chat_template(template: str, tokenizer: Any, prompt: str, ids: list[int]) -> str:
    """The Jinja chat template under which a user turn `prompt` becomes `ids`, the tokens of the student's training.

    `template` is the students' catalogue's. A beginning of sequence that the tokenizer adds by itself in training is
    written into the chat template, since nothing adds it to a rendered chat. Raises UserError where no chat template
    gives those ids.
    """
    jinja = _with_day(tokenizer.chat_template or "") if template == CHAT else as_jinja(BUILT_IN[template])
    for candidate in (jinja, "{{- bos_token -}}" + jinja):
        turns = [{"role": "user", "content": prompt}]
        rendered = tokenizer.apply_chat_template(
            turns, chat_template=candidate, add_generation_prompt=True, return_dict=False
        )
        if list(rendered) == ids:
            return candidate
    raise UserError(
        f"template {template!r}: no chat template gives this student's tokenizer the tokens that it was trained on; "
        "it cannot be exported with a chat template"
    )


def as_jinja(template: Template) -> str:
    """A template's frame around `{prompt}` as a chat template, which for one user turn gives the frame.

    The end of a user turn already opens the student's turn, with or without a generation prompt. A system turn is
    refused, because the student never saw one.
    """
    before, after = (json.dumps(part) for part in template.frame.split("{prompt}"))
    ended = "eos_token" if template.end is None else json.dumps(template.end)
    return (
        ("{{- bos_token -}}" if template.needs_bos else "")
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
