"""Puts the model's chat template around a conversation and tokenizes it; turns what the model wrote into text."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill.decoding import Request
from cot_distill.errors import UserError
from cot_distill.grading.thoughts import THOUGHTS

_CHANNELS = {"<|start|>", "<|channel|>", "<|message|>", "<|end|>"}
"""The control tokens that structure harmony's messages."""
_LONGEST_MARK = 16
"""A prompt may open the thoughts within this many tokens of its end."""


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
    """What a model wrote after a prompt, as text.

    `plain` is its tokens decoded without control tokens. Marks of thoughts are kept even if they are control tokens;
    otherwise the thoughts would pass for the answer. Some chat templates end the prompt with the mark that opens the
    thoughts. That mark is then put before the text, so that thoughts that were cut do not pass for the answer either.
    The text ends before the first of the texts `stop`.
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
