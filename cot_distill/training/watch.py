"""Runs around the steps of training: progress, the curve, checkpoints now and then, and a clean stop."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cot_distill.progress import Progress
from cot_distill.stopping import Stop
from cot_distill.training import checkpoints
from cot_distill.training.curve import LOSS, Curve

_WARM_UP = 2
"""Progress does not count this many first micro-batches, since the model is compiled in them."""


def watch(curve: Curve | None, stop: Stop, save_every: float, tokens: Callable[[], int], all_tokens: float) -> Any:
    """A callback of the trainer.

    `curve` is None in all processes but the first. `save_every` is in seconds. `tokens` gives the number of tokens that
    this process has trained on so far; `all_tokens` are those of the whole run, from its first step on.
    """
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.saved = self.told = time.monotonic()
            self.tokens = tokens()
            self.micro_batches, self.step = 0, state.global_step
            self.ahead = all_tokens * (1 - state.global_step / state.max_steps)
            if curve:
                self.progress = Progress("training", state.max_steps - state.global_step, "steps").__enter__()
                for log in state.log_history:
                    if "loss" in log or LOSS in log:  # a run that ended but could not be saved has a summary too
                        curve.add(log)

        def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.micro_batches += 1
            if curve and self.micro_batches >= _WARM_UP:
                self.progress.work(tokens(), self.ahead - tokens(), count=state.global_step - self.step)
                self.step = state.global_step

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.on_substep_end(args, state, control)
            if state.global_step >= state.max_steps:
                return  # the end is near
            due, ended = _agreed(time.monotonic() - self.saved >= save_every, stop.requested)
            control.should_save = due or ended
            control.should_training_stop = ended

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            _wait()  # each process writes its shard
            if state.is_world_process_zero:
                written = Path(args.output_dir) / checkpoints.name_of(state.global_step)
                checkpoints.mark(written)
                checkpoints.drop_others(written)
            # the first process to fail or stop ends the others, which must not happen before the checkpoint is marked
            _wait()
            self.saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
            if curve is None or "loss" not in logs or not curve.add({"step": state.global_step, **logs}):
                return
            now, count = time.monotonic(), tokens()
            curve.add_speed(state.global_step, (count - self.tokens) * args.world_size / (now - self.told))
            self.told, self.tokens = now, count

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if curve:
                self.progress.__exit__()

    return Watch()


def _agreed(*wishes: bool) -> tuple[bool, ...]:
    """For each wish, whether any process has it, since all must save or stop at the same step."""
    import torch

    if not torch.distributed.is_initialized():
        return wishes
    device = "cuda" if torch.cuda.is_available() else "cpu"
    votes = torch.tensor([int(wish) for wish in wishes], device=device)
    torch.distributed.all_reduce(votes, op=torch.distributed.ReduceOp.MAX)
    return tuple(bool(vote) for vote in votes.tolist())


def _wait() -> None:
    """Wait for the other processes, if there are any."""
    import torch

    if torch.distributed.is_initialized():
        torch.distributed.barrier()
