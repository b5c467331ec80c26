"""A conversation as the token ids that a model on this machine reads: its own chat template around the turns."""

from collections.abc import Mapping
from typing import Any

from cot_distill.decoding import Request
from cot_distill.errors import UserError


def token_ids(request: Request, tokenizer: Any, chat_template: Mapping[str, Any]) -> list[int]:
    """The request's token ids. Raises UserError where it is a conversation and the tokenizer has no chat template."""
    if not request.prompt or isinstance(request.prompt[0], int):
        return [part for part in request.prompt if isinstance(part, int)]
    if not tokenizer.chat_template:
        raise UserError(f"model {tokenizer.name_or_path}: it has no chat template; choose an instruction-tuned model")
    turns = [{"role": turn[0], "content": turn[1]} for turn in request.prompt if isinstance(turn, tuple)]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **chat_template)
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    return ids
