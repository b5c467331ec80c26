"""Validation: measures the loss of held-out examples after each epoch, and keeps the best weights."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import TrainerCallback

from cot_distill.files import write_aside
from cot_distill.training.curve import LOSS
from cot_distill.training.packing import Row
from cot_distill.training.trainer import StudentTrainer


def held_out(count: int, share: float, seed: int) -> set[int]:
    """The indices of the held-out examples: this share, but at least one and not all; none if the share is 0."""
    if not share or count < 2:
        return set()
    return set(random.Random(f"{seed}/held out").sample(range(count), min(max(round(share * count), 1), count - 1)))


class Validation(TrainerCallback):
    """Measures the loss after each epoch, and keeps the weights with the lowest loss in a file of `folder`."""

    def __init__(
        self, trainer: StudentTrainer, rows: Sequence[Row], folder: Path, tell: Callable[[dict[str, Any]], Any] | None
    ) -> None:
        """Without rows nothing happens. `tell` is called with each measurement (`step` and loss). Only the first of the
        run's processes writes; in the others `tell` is None."""
        self._trainer, self._rows, self._tell = trainer, rows, tell
        self._file = folder / "best.safetensors"

    @property
    def best(self) -> float | None:
        """The lowest loss so far, in nats for each trained token."""
        if not self._file.is_file():
            return None
        with safe_open(self._file, framework="pt") as kept:
            return float(kept.metadata()["loss"])

    def begin(self, continued: bool) -> None:
        """Delete the files of an earlier run, unless this one continues it."""
        if self._tell and not continued:
            self._file.unlink(missing_ok=True)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not self._rows or not float(state.epoch).is_integer():
            return
        loss = self._loss()
        log = {"step": state.global_step, "epoch": state.epoch, LOSS: loss}
        state.log_history.append(log)
        if self._tell is None:
            return
        self._tell(log)
        best = self.best
        if best is None or loss < best:
            weights = {name: weight.contiguous() for name, weight in self._trained()}
            with write_aside(self._file) as aside:
                save_file(weights, aside, metadata={"loss": repr(loss)})

    def restore(self) -> None:
        """Give the model the weights with the lowest loss."""
        if not self._file.is_file():
            return
        with safe_open(self._file, framework="pt") as kept, torch.no_grad():
            for name, weight in self._trained():
                weight.copy_(kept.get_tensor(name))

    def _trained(self) -> list[tuple[str, Any]]:
        return [(name, weight) for name, weight in self._trainer.model.named_parameters() if weight.requires_grad]

    def _loss(self) -> float:
        model = self._trainer.model.eval()
        with torch.no_grad():
            losses = torch.cat([self._trainer.losses(some).double() for some in self._trainer.divided(self._rows)])
        model.train()
        return float(losses.mean())
