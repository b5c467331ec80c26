"""Shows token by token what the student reads and what it is trained on. The output is safe for a terminal."""

import dataclasses
import re
import statistics
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.prompts import AS_ITS_TEMPLATE, frame, render_examples
from cot_distill.visible import MARKS, escape

_ASKED, _TRAINED, _CONTROL, _RESET = "\x1b[2m", "\x1b[32m", "\x1b[7m", "\x1b[0m"
_OPEN, _CLOSE = MARKS


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """Which examples are shown: one problem's, or the first or longest `rows`."""

    rows: int
    longest: bool
    problem: str | None


def preview(
    examples: Sequence[Example],
    template: str,
    tokenizer: Any,
    max_tokens: int,
    shown: Shown,
    colour: bool,
    thoughts: str = AS_ITS_TEMPLATE,
) -> str:
    """The examples to show, each with its loss mask, then figures of all examples.

    Trained tokens are green, control tokens are inverted, and the rest is dimmed. Without colour, ⟦ ⟧ enclose the
    trained tokens. Raises UserError if there are no examples, or none of that problem, and as `render_examples` does.
    """
    if not examples:
        raise UserError("no examples to show; see the reasons in metrics/supervision/report.md")
    rendered = render_examples(examples, template, tokenizer, thoughts)
    painter = _Painter(template, tokenizer, colour)
    parts = [painter.legend()]
    for index in _chosen(examples, [len(ids) for ids, _ in rendered], shown):
        ids, prompt_length = rendered[index]
        counts = f"{prompt_length} prompt + {len(ids) - prompt_length} trained = {len(ids)} tokens"
        over = f", over the limit of {max_tokens}" if len(ids) > max_tokens else ""
        parts.append(f"--- {escape(examples[index].problem_id)}: {counts}{over}\n{painter.paint(ids, prompt_length)}")
    parts.append(_figures(rendered, max_tokens))
    return "\n\n".join(parts) + "\n"


def _chosen(examples: Sequence[Example], lengths: Sequence[int], shown: Shown) -> list[int]:
    every = list(range(len(examples)))
    if shown.problem is not None:
        found = [index for index in every if examples[index].problem_id == shown.problem]
        if not found:
            raise UserError(
                f"no example of problem {shown.problem!r}; there are {len(examples)}, such as "
                f"{examples[0].problem_id!r}, and metrics/supervision/report.md says why problems were dropped"
            )
        return found
    if shown.longest:
        every.sort(key=lambda index: -lengths[index])
    return every[: shown.rows]


class _Painter:
    """Writes token ids as text, with the loss mask."""

    def __init__(self, template: str, tokenizer: Any, colour: bool) -> None:
        self._template, self._tokenizer, self._colour = template, tokenizer, colour
        self._frame = frame(template, tokenizer)
        names = sorted(tokenizer.convert_ids_to_tokens(list(self._frame.control_ids)), key=len, reverse=True)
        self._name = re.compile("|".join(map(re.escape, names)))

    def legend(self) -> str:
        bos = "no BOS" if self._frame.bos is None else f"BOS {self._token(self._frame.bos)}"
        eos = self._token(self._tokenizer.eos_token_id)
        lines = [f"template {self._template}, {bos}, EOS {eos}, end of turn {self._token(self._frame.end)}"]
        if self._colour:
            lines.append(f"{_ASKED}read{_RESET} {_TRAINED}trained{_RESET} {_CONTROL}control token{_RESET}")
        else:
            lines.append(f"{_OPEN}trained{_CLOSE}")
        lines.append("A backslash marks the name of a control token that is only text.")
        return "\n".join(lines)

    def paint(self, ids: Sequence[int], prompt_length: int) -> str:
        read, trained = self._runs(ids[:prompt_length], _ASKED), self._runs(ids[prompt_length:], _TRAINED)
        return f"{read}{trained}" if self._colour else f"{read}{_OPEN}{trained}{_CLOSE}"

    def _runs(self, ids: Sequence[int], style: str) -> str:
        written = []
        for control, tokens in groupby(ids, key=self._frame.control_ids.__contains__):
            run = list(tokens)
            text = "".join(map(self._token, run)) if control else self._text(run)
            written.append(f"{style}{_CONTROL if control else ''}{text}{_RESET}" if self._colour else text)
        return "".join(written)

    def _token(self, token: int) -> str:
        return escape(str(self._tokenizer.convert_ids_to_tokens(token)))

    def _text(self, ids: list[int]) -> str:
        text = self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return escape(self._name.sub(r"\\\g<0>", text))


def _figures(rendered: Sequence[tuple[Sequence[int], int]], max_tokens: int) -> str:
    prompts = [prompt_length for _, prompt_length in rendered]
    totals = [len(ids) for ids, _ in rendered]
    trained = [total - prompt_length for total, prompt_length in zip(totals, prompts, strict=True)]
    lines = [f"All {len(rendered)} examples, in tokens:", f"{'':8}{'min':>8}{'median':>8}{'max':>8}"]
    for name, values in (("prompt", prompts), ("trained", trained), ("total", totals)):
        median = statistics.median(values)
        lines.append(f"{name:8}{min(values):8}{median:8g}{max(values):8}")
    over = sum(total > max_tokens for total in totals)
    lines.append(f"{sum(trained) / sum(totals):.1%} of {sum(totals):,} tokens are trained")
    lines.append(f"{over} over training.max_tokens ({max_tokens})" + ("; training will stop at them" if over else ""))
    return "\n".join(lines)
