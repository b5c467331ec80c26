"""A conversation as token ids: the model's own chat template around its turns, and what it wrote as text again."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill.decoding import Request
from cot_distill.errors import UserError
from cot_distill.grading.thoughts import THOUGHTS

_CHANNELS = {"<|start|>", "<|channel|>", "<|message|>", "<|end|>"}
"""What harmony's messages are made of."""
_LONGEST_MARK = 16
"""Tokens at the end of a prompt in which it may open the thoughts."""


def token_ids(request: Request, tokenizer: Any, chat_template: Mapping[str, Any]) -> list[int]:
    """The request's token ids. Raises UserError if it is a conversation and the tokenizer has no chat template."""
    if not request.prompt or isinstance(request.prompt[0], int):
        return [part for part in request.prompt if isinstance(part, int)]
    if not tokenizer.chat_template:
        raise UserError(f"model {tokenizer.name_or_path}: it has no chat template; choose an instruction-tuned model")
    turns = [{"role": turn[0], "content": turn[1]} for turn in request.prompt if isinstance(turn, tuple)]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **chat_template)
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    return ids


def written_text(tokenizer: Any, prompt: Sequence[int], tokens: Sequence[int], plain: str, stop: Sequence[str]) -> str:
    """What a model wrote behind a prompt: `plain`, its tokens without control tokens, but for the marks of thoughts.

    Those stay if they are control tokens, or the thoughts would pass for the answer. If the prompt ended by
    opening the thoughts, as some chat templates do, that mark stands before the text: thoughts that were cut
    would else do the same. The text ends before the first of the texts `stop`.
    """
    names = _marks(tokenizer)
    if names.keys() & set(tokens):
        kept = [token for token in tokens if token in names or token not in tokenizer.all_special_ids]
        plain = str(tokenizer.decode(kept, skip_special_tokens=False))
        plain = plain[: min([place for place in map(plain.find, stop) if place >= 0], default=None)]
    before = str(tokenizer.decode(prompt[-_LONGEST_MARK:], skip_special_tokens=False)).rstrip().casefold()
    opening = next((opens for opens, _ in THOUGHTS if before.endswith(opens.casefold())), "")
    return f"{opening}\n{plain}" if opening else plain


@functools.lru_cache(maxsize=4)
def _marks(tokenizer: Any) -> dict[int, str]:
    """The control tokens that mark thoughts: id → name."""
    names = {number: str(tokenizer.convert_ids_to_tokens(number)) for number in tokenizer.all_special_ids}
    channels = _CHANNELS if "<|channel|>" in names.values() else set()
    return {
        number: name
        for number, name in names.items()
        if name in channels or any(name.casefold() in mark.casefold() for pair in THOUGHTS for mark in pair)
    }
