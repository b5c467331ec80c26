"""Finds by a short trial how many tokens a GPU has room for at a time."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from cot_distill.training.packing import Row
from cot_distill.training.portions import portions, size
from cot_distill.training.trainer import StudentTrainer
from cot_distill.training.trial import no_draws

_SHARE = 0.9
"""The share of free memory that may be used. The rest is lost to fragmentation."""


class Gpu:
    """The memory of this process's GPU, in bytes."""

    def free(self) -> int:
        """The free memory, with what torch has reserved but does not use."""
        return int(torch.cuda.mem_get_info()[0]) + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()

    def taken_by(self, work: Callable[[], None]) -> int:
        """What some work takes at its peak, beside what was taken before it was first done. It is done twice: gradients
        stay from the first time, as they do between the portions of a step, and what a kernel needs once is there.

        Raises torch's error where it is too much.
        """
        before = torch.cuda.memory_allocated()
        work()
        torch.cuda.reset_peak_memory_stats()
        work()
        return torch.cuda.max_memory_allocated() - before

    def tidy(self) -> None:
        """Hand back what torch keeps in pieces of a size that may not be asked for again."""
        torch.cuda.empty_cache()


def tokens_at_a_time(trainer: StudentTrainer, rows: Sequence[Row], batch: int, state: int, memory: Any = None) -> int:
    """The most tokens for which a forward and backward pass has room. It tries the tokens of a step's `batch` longest
    rows, then half of that, and so on, but at least those of the longest row.

    `state` is the bytes that the optimiser will take; gradients are part of the pass. `memory` is a `Gpu`.
    """
    memory = memory or Gpu()
    longest = sorted(rows, key=lambda row: -len(row["input_ids"]))[:batch]
    least, tokens = len(longest[0]["input_ids"]), size(longest, padded=not trainer.packed)
    room = _SHARE * memory.free() - state
    trainer.model.train()
    with no_draws():
        while tokens > least and not _fits(trainer, longest, tokens, room, memory):
            tokens //= 2
    return max(tokens, least)


def _fits(trainer: StudentTrainer, rows: Sequence[Row], tokens: int, room: float, memory: Any) -> bool:
    padded = not trainer.packed
    fullest = max(portions(rows, tokens, padded), key=lambda portion: size(portion, padded))

    def work() -> None:
        trainer.losses(fullest).mean().backward()

    try:
        taken = memory.taken_by(work)
    except torch.OutOfMemoryError:
        return False
    finally:
        trainer.model.zero_grad()
        memory.tidy()
    return bool(taken * tokens / size(fullest, padded) <= room)  # another portion may be fuller
