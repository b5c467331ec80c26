"""The curve of a training run, by DVCLive: loss, learning rate and gradient norm against the step.

What depends on the run's params alone goes to one folder, the speed to another: the first is the same from run to run.
"""

import gc
from pathlib import Path
from typing import Any

_CURVES = {"loss": 4, "learning_rate": 10, "grad_norm": 4}
"""What is drawn, and to how many digits: rounding differs between machines before it matters."""
SPEED = "tokens_per_second"


class Curve:
    """Writes each point as it comes; a run that continues writes the points before it again."""

    def __init__(self, folder: Path, speed_folder: Path) -> None:
        from dvclive import Live

        self._live = Live(str(folder), dvcyaml=False, save_dvc_exp=False, report=None)
        self._speed = Live(str(speed_folder), dvcyaml=False, save_dvc_exp=False, report=None)

    def add(self, log: dict[str, Any]) -> None:
        """Add a log of the trainer: `step`, and the figures that are drawn."""
        self._live.step = int(log["step"])
        for name, digits in _CURVES.items():
            if name in log:
                self._live.log_metric(name, round(float(log[name]), digits))
        self._live.make_summary()

    def add_speed(self, step: int, tokens_per_second: float) -> None:
        """Add the speed up to a step."""
        self._speed.step = step
        self._speed.log_metric(SPEED, round(tokens_per_second, 1))
        self._speed.make_summary()

    def close(self) -> None:
        """Finish both folders."""
        self._live.end()
        self._speed.end()
        del self._live, self._speed
        gc.collect()  # dulwich, which DVCLive opens the repository with, complains of what is left at Python's exit
