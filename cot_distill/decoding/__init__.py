"""Decoding: one interface from prompts to completions, an engine a file."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class Completion:
    """What an engine wrote for one prompt."""

    text: str
    new_tokens: int
    """Tokens written, the end-of-sequence token included."""
    finish_reason: str
    """`stop` where the model ended by itself, `length` where the cap cut it."""


class Engine(Protocol):
    """Turns prompts (token ids) into greedy completions, in the order of the prompts."""

    def complete(self, prompts: Sequence[list[int]], max_new_tokens: int) -> list[Completion]: ...
