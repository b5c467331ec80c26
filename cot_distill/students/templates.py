"""Templates: the turns around a problem's prompt, and the token that ends the student's own turn.

alpaca, gemma and llama3 are those of LLaMA-Factory, with which the paper's students were trained.
"""

import dataclasses
import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill.errors import UserError
from cot_distill.students.thinking import ANSWERED, ASKED, Turn, student_turn


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """The turns around `{prompt}`. The student continues after their end."""

    frame: str
    tokens: tuple[str, ...] = ()
    """The control tokens in the frame."""
    end: str | None = None
    """The token that ends the student's turn; None: the tokenizer's end of sequence."""
    needs_bos: bool = False


BUILT_IN = {
    "alpaca": Template(
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\n{prompt}\n\n### Response:\n"
    ),
    "gemma": Template(
        "<start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n",
        ("<start_of_turn>", "<end_of_turn>"),
        "<end_of_turn>",
        needs_bos=True,
    ),
    "llama3": Template(
        "<|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        "<|eot_id|>",
        needs_bos=True,
    ),
    "plain": Template("{prompt}\n"),
}
CHAT = "chat"
"""The model's own chat template."""
TEMPLATES = (*BUILT_IN, CHAT)

DAY = datetime.date(2024, 7, 26)
"""The date for chat templates that write today's. A fixed one keeps the prompt the same from day to day."""
_ESCAPE = "\ue000"
"""Marks an escaped character; see `Frame`."""
_NAMES = 0xF0000
"""The first of the private-use characters that replace the names of control tokens; see `Frame`."""


class Frame:
    """A template for one tokenizer.

    Control tokens come only from the template: if a problem or a rationale has the name of one, it stays text. But a
    chat template is a program on texts, in which both look the same. So such names in the prompt are replaced before
    rendering. In "What does </s> mean?" two characters of Unicode's private use area, which texts do not have, replace
    the name: "What does \\ue000\\U000f0001 mean?" (for the second of this tokenizer's control tokens). All names in the
    rendered text are then the template's own. The text is split at them, and the pieces get their names back. If a
    prompt does have \\ue000, it is doubled.

    `names` finds the names of control tokens. `lead` is the text before an answer without thoughts. `thinking` is the
    text before thoughts and the text between them and the answer (None: the template has no thoughts). Both are runs,
    as `runs` returns them. `turn` has the same as texts; see there for the rest.
    """

    def __init__(self, template: str, tokenizer: Any) -> None:
        """Raises UserError if the tokenizer lacks what the template needs."""
        self._tokenizer = tokenizer
        self._template = BUILT_IN.get(template)
        tokens = self._template.tokens if self._template else ()
        missing = [token for token in tokens if not _known(token, tokenizer)]
        if missing:
            raise UserError(
                f"template {template!r}: this student's tokenizer has no {', '.join(missing)}; choose the template "
                "of its family in the students' catalogue, or alpaca"
            )
        if self._template is None and not tokenizer.chat_template:
            raise UserError("template 'chat': this student's tokenizer has no chat template; use template 'alpaca'")
        if self._template and self._template.needs_bos and tokenizer.bos_token_id is None:
            raise UserError(
                f"template {template!r}: this student's tokenizer has no beginning-of-sequence token; name it as "
                "bos_token in tokenizer_config.json, or choose another template"
            )
        if tokenizer.eos_token_id is None:
            raise UserError(
                f"template {template!r}: this student's tokenizer has no end-of-sequence token; name it as eos_token "
                "in tokenizer_config.json"
            )
        added = tokenizer.added_tokens_decoder.values()
        stripping = {str(token): (token.lstrip, token.rstrip) for token in added if token.special}
        self._controls = {token: (False, False) for token in (*tokens, *tokenizer.all_special_tokens)} | stripping
        self._ids = dict(zip(self._controls, tokenizer.convert_tokens_to_ids([*self._controls]), strict=True))
        names = sorted(self._controls, key=len, reverse=True)
        self.names = re.compile("(" + "|".join(map(re.escape, names)) + ")")
        self._unsafe = re.compile("|".join(map(re.escape, [_ESCAPE, *names])))
        self.control_ids = frozenset(self._ids.values())
        self.bos: int | None = self._bos()
        self.end: int = self._end()
        self.turn = Turn() if self._template else student_turn(self._chat, str(tokenizer.get_chat_template()))
        self.lead = self._runs(self.turn.lead)
        self.thinking = tuple(map(self._runs, self.turn.thinking)) if self.turn.thinking else None

    def runs(self, prompt: str) -> list[int | str]:
        """The prompt in its turns: control tokens, and the texts between them. The student continues the last text,
        which may be empty."""
        runs = self._runs(self._around(prompt) + self.turn.opening)
        if self.bos is not None and runs[:1] != [self.bos]:
            runs.insert(0, self.bos)
        return runs if isinstance(runs[-1], str) else [*runs, ""]

    def _runs(self, text: str) -> list[int | str]:
        texts, names = self._split(text)
        runs: list[int | str] = [texts[0]] if texts[0] else []
        for name, behind in zip(names, texts[1:], strict=True):
            runs += [self._ids[name], behind] if behind else [self._ids[name]]
        return runs

    def _around(self, prompt: str) -> str:
        """The text of the turns. The prompt in it must not have the name of a control token."""
        numbers = {name: index for index, name in enumerate(self._controls)}
        escaped = self._unsafe.sub(
            lambda found: _ESCAPE + (chr(_NAMES + numbers[found[0]]) if found[0] in numbers else _ESCAPE), prompt
        )
        if self._template:
            return self._template.frame.replace("{prompt}", escaped)
        text = self._chat([{"role": "user", "content": escaped}], True)
        if escaped.strip() not in text:
            raise UserError("template 'chat': this student's chat template changes the prompt; use another template")
        return text

    def _split(self, text: str) -> tuple[list[str], list[str]]:
        """The texts between control tokens, and the names of the control tokens (one fewer)."""
        parts = self.names.split(text)
        texts, names = parts[::2], parts[1::2]
        for place, name in enumerate(names):
            left, right = self._controls[name]
            texts[place] = texts[place].rstrip() if left else texts[place]
            texts[place + 1] = texts[place + 1].lstrip() if right else texts[place + 1]
        every = [*self._controls]
        escaped = re.compile(_ESCAPE + "(.)", re.DOTALL)
        return [
            escaped.sub(lambda found: _ESCAPE if found[1] == _ESCAPE else every[ord(found[1]) - _NAMES], text)
            for text in texts
        ], names

    def _bos(self) -> int | None:
        """The token at every text's beginning, if the template needs one or the tokenizer adds one by itself."""
        bos: int | None = self._tokenizer.bos_token_id
        needed = self._template is not None and self._template.needs_bos
        return bos if needed or self._tokenizer.encode("a")[:1] == [bos] else None

    def _end(self) -> int:
        eos = int(self._tokenizer.eos_token_id)
        if self._template:
            return self._ids[self._template.end] if self._template.end else eos
        found = self.names.search(self._chat([ASKED, ANSWERED], False).rpartition(ANSWERED["content"])[2])
        return self._ids[found[0]] if found else eos

    def _chat(self, turns: Sequence[Mapping[str, str]], opens_next: bool) -> str:
        from jinja2 import TemplateError

        try:
            return str(
                self._tokenizer.apply_chat_template(
                    [*map(dict, turns)], tokenize=False, add_generation_prompt=opens_next, strftime_now=DAY.strftime
                )
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise UserError(
                f"template 'chat': this student's chat template fails ({' '.join(str(error).split())}); "
                "use another template"
            ) from error


def with_arguments(chat_template: str, arguments: dict[str, Any]) -> str:
    """The chat template with some of its variables set, such as `{"enable_thinking": False}`.

    They become part of its text, so that every program that renders with it, also from the trained student's folder,
    gives the same.
    """
    return "".join(f"{{%- set {name} = {value!r} -%}}" for name, value in arguments.items()) + chat_template


def _known(token: str, tokenizer: Any) -> bool:
    return tokenizer.convert_tokens_to_ids(token) not in (None, tokenizer.unk_token_id)
