"""Divides a step's examples into micro-batches of limited tokens, by best fit."""

from collections.abc import Callable, Sequence
from typing import Any

from cot_distill.training.packing import Row


def portions(rows: Sequence[Row], tokens: int, padded: bool) -> list[list[Row]]:
    """The rows in portions of at most `tokens` tokens each, in as few as best fit finds. A longer row gets its own
    portion.

    The longest rows are placed first, each where it leaves the least room. With `padded`, all rows of a portion count
    as long as its longest.
    """
    made: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (-len(row["input_ids"]), row["row"])):
        rooms = [(tokens - size([*portion, row], padded), place) for place, portion in enumerate(made)]
        fitting = [one for one in rooms if one[0] >= 0]
        if fitting:
            made[min(fitting)[1]].append(row)
        else:
            made.append([row])
    return made


def size(rows: Sequence[Row], padded: bool) -> int:
    """The tokens of a portion. With `padded`, padding is included."""
    lengths = [len(row["input_ids"]) for row in rows]
    return len(lengths) * max(lengths) if padded else sum(lengths)


class Portioned:
    """A collator whose batch is a list of `portions`, each made by another collator."""

    def __init__(self, collator: Callable[[Sequence[Row]], dict[str, Any]], tokens: int, padded: bool) -> None:
        self._collator, self._tokens, self._padded = collator, tokens, padded

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        import torch

        # The trainer counts a step's trained tokens in `shift_labels`. The first token of a row is never trained.
        trained = torch.cat([torch.tensor(row["labels"][1:]) for row in rows])
        made = [self._collator(portion) for portion in portions(rows, self._tokens, self._padded)]
        return {"portions": made, "labels": trained, "shift_labels": trained}
