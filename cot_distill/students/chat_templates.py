"""Chat templates that turn a user turn into exactly the tokens of training. They are checked, and then exported."""

import json
import re
from collections.abc import Sequence
from typing import Any

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.prompts import frame
from cot_distill.students.templates import BUILT_IN, CHAT, DAY, Template


def chat_template(template: str, tokenizer: Any, prompt: str, ids: list[int]) -> str:
    """The Jinja chat template under which a user turn `prompt` becomes `ids`, the tokens of the student's training.

    `template` is a name of the students' catalogue. If the tokenizer adds a BOS by itself in training, it is written
    into the chat template, since nothing adds it to a rendered chat. The same goes for text that the model's own
    template writes before an answer without thoughts. Raises UserError if no chat template gives those ids.
    """
    jinja = _opened(template, tokenizer) if template == CHAT else as_jinja(BUILT_IN[template])
    for candidate in (jinja, "{{- bos_token -}}" + jinja):
        if _asked([prompt], candidate, tokenizer) == [ids]:
            return candidate
    raise UserError(
        f"template {template!r}: no chat template gives this student's tokenizer the tokens that it is trained on; "
        "choose another template for it"
    )


def check_prompts(examples: Sequence[Example], rendered: Sequence[list[int]], template: str, tokenizer: Any) -> None:
    """Raises UserError if the prompts' tokens, `rendered`, differ from those of the tokenizer's own chat call.

    A prompt that contains the name of a control token is not checked, since the chat call would turn it into that
    token.
    """
    names = frame(template, tokenizer).names
    plain = [place for place, example in enumerate(examples) if not names.search(example.prompt)]
    if not plain:
        return
    jinja = chat_template(template, tokenizer, examples[plain[0]].prompt, rendered[plain[0]])
    asked = _asked([examples[place].prompt for place in plain], jinja, tokenizer)
    for place, ids in zip(plain, asked, strict=True):
        if ids != rendered[place]:
            raise UserError(
                f"{examples[place].problem_id}: with template {template!r} the tokens of its prompt are not those of "
                "the tokenizer's own chat call; choose another template for this student, or leave the problem out"
            )


def _asked(prompts: Sequence[str], jinja: str, tokenizer: Any) -> list[list[int]]:
    """The token ids of each prompt as a user turn, by the tokenizer's own chat call, at a time that is never `DAY`."""
    turns = [[{"role": "user", "content": prompt}] for prompt in prompts]
    found = tokenizer.apply_chat_template(
        turns, chat_template=jinja, add_generation_prompt=True, return_dict=False, strftime_now="not {}".format
    )
    return [list(ids) for ids in found]


def _opened(template: str, tokenizer: Any) -> str:
    """The model's own chat template, with the text before an answer appended to its generation prompt."""
    jinja, opening = _with_day(tokenizer.chat_template or ""), frame(template, tokenizer).turn.opening
    if not opening:
        return jinja
    # Jinja drops one line break at a template's end. It would be kept here, since more text follows.
    return jinja.removesuffix("\n") + "{% if add_generation_prompt %}{{ " + json.dumps(opening) + " }}{% endif %}"


def as_jinja(template: Template) -> str:
    """A template's frame around `{prompt}`, as a chat template that gives this frame for one user turn.

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
    """The chat template, in which calls for today's date give `DAY`."""
    formats = dict.fromkeys(re.findall(r"""strftime_now\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""", jinja))
    if not formats:
        return jinja
    cases = "".join(
        "{%- if format == " + json.dumps(one) + " -%}" + DAY.strftime(one) + "{%- endif -%}"
        for one in dict.fromkeys(double or single for double, single in formats)
    )
    return "{%- macro strftime_now(format) -%}" + cases + "{%- endmacro -%}" + jinja
