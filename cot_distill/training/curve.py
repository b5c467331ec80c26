"""The curve of a training run, written by DVCLive: loss, learning rate and gradient norm by step.

Values that depend only on the run's params go to one folder, which is the same from run to run. The speed goes to
another.
"""

import gc
from pathlib import Path
from typing import Any

_CURVES = {"loss": 4, "learning_rate": 10, "grad_norm": 4}
"""The figures that are drawn, and their digits; further digits differ between machines."""
SPEED = "tokens_per_second"
LOSS = "validation_loss"
"""The name of the loss of the held-out examples."""


class Curve:
    """Writes a point every so many steps. A run that continues first writes the earlier points again."""

    def __init__(self, folder: Path, speed_folder: Path, every: int) -> None:
        from dvclive import Live

        self.loss = 0.0
        """The loss of the last point: the mean over its steps."""
        self._every = every
        self._losses: list[float] = []
        self._live = Live(str(folder), dvcyaml=False, save_dvc_exp=False, report=None)
        self._speed = Live(str(speed_folder), dvcyaml=False, save_dvc_exp=False, report=None)

    def add(self, log: dict[str, Any]) -> bool:
        """Add a step's log of the trainer: `step`, and the figures that are drawn. Returns whether it completed a
        point.

        A validation loss is a point of its own.
        """
        if LOSS in log:
            self._live.step = int(log["step"])
            self._live.log_metric(LOSS, round(float(log[LOSS]), 4))
            self._live.make_summary()
            return False
        self._losses.append(float(log["loss"]))
        if int(log["step"]) % self._every:
            return False
        self.loss = sum(self._losses) / len(self._losses)
        self._losses.clear()
        self._live.step = int(log["step"])
        for name, digits in _CURVES.items():
            if name in log:
                self._live.log_metric(name, round(self.loss if name == "loss" else float(log[name]), digits))
        self._live.make_summary()
        return True

    def add_speed(self, step: int, tokens_per_second: float) -> None:
        """Add the speed of the time up to a step."""
        self._speed.step = step
        self._speed.log_metric(SPEED, round(tokens_per_second, 1))
        self._speed.make_summary()

    def close(self) -> None:
        """Complete both folders."""
        self._live.end()
        self._speed.end()
        del self._live, self._speed
        gc.collect()  # dulwich, with which DVCLive opens the repository, would complain at Python's exit
