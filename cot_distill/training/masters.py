"""AdamW for weights in bfloat16, with a float32 master of each.

A bfloat16 number has eight bits of precision. Most updates of fine-tuning are less than a 256th of their weight and
would be rounded away. So the optimiser updates float32 masters, and the model's weights are the masters, rounded. Mixed
precision does the same, but casts every weight at every use.
"""

import functools
from typing import Any

import torch

from cot_distill.training.kernels import kernel

MASTERS = "masters"


class MasterAdamW(torch.optim.AdamW):
    """Takes the arguments of `torch.optim.AdamW`. Its state includes the masters.

    `compiled`: a weight's update is one pass over memory by a compiled kernel; otherwise it is several of torch's
    operations.
    """

    def __init__(self, params: Any, *, compiled: bool = False, **settings: Any) -> None:
        self._compiled = compiled
        self._clipped = 1.0
        groups = [dict(group) for group in params]
        self._weights = [weight for group in groups for weight in group["params"]]
        for group in groups:
            group["params"] = [weight.detach().float().clone() for weight in group["params"]]
        super().__init__(groups, **settings)

    def _masters(self) -> list[Any]:
        return [master for group in self.param_groups for master in group["params"]]

    @torch.no_grad()
    def clip(self, norm: float) -> Any:
        """Make the next step scale all gradients so that their norm is at most `norm`. Returns the norm before.

        The gradients themselves do not change: the step multiplies them as it reads them.
        """
        gradients = [weight.grad for weight in self._weights if weight.grad is not None]
        found = torch.nn.utils.get_total_norm(gradients).float()
        self._clipped = min(1.0, norm / (float(found) + 1e-6))
        return found

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Update the masters by the gradients of the weights, then set the weights to the rounded masters. Returns the
        value of `closure`, if there is one."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        clipped, self._clipped = self._clipped, 1.0
        if self._compiled:
            self._step_in_one_pass(clipped)
            return loss
        masters = self._masters()
        for weight, master in zip(self._weights, masters, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float() * clipped
        super().step()
        for weight, master in zip(self._weights, masters, strict=True):
            master.grad = None
            weight.copy_(master)
        return loss

    def _step_in_one_pass(self, clipped: float) -> None:
        groups = [group for group in self.param_groups for _ in group["params"]]
        for weight, master, group in zip(self._weights, self._masters(), groups, strict=True):
            if weight.grad is None:
                continue
            state = self.state[master]
            if not state:
                state.update(
                    step=torch.zeros(()), exp_avg=torch.zeros_like(master), exp_avg_sq=torch.zeros_like(master)
                )
            state["step"] += 1
            settings = (group[name] for name in ("lr", "betas", "eps", "weight_decay"))
            factors = _factors(clipped, int(state["step"]), *settings)
            kernel(_update, True)(weight.grad, weight, master, state["exp_avg"], state["exp_avg_sq"], factors)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of the weights."""
        for weight in self._weights:
            weight.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), MASTERS: [master.detach() for master in self._masters()]}

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Raises KeyError if the state has no masters."""
        kept = dict(state_dict)
        saved = kept.pop(MASTERS)
        super().load_state_dict(kept)
        for weight, master, value in zip(self._weights, self._masters(), saved, strict=True):
            master.copy_(value)
            weight.copy_(master)


@functools.lru_cache(maxsize=8)
def _factors(clipped: float, step: int, lr: float, betas: tuple[float, float], eps: float, weight_decay: float) -> Any:
    """The factors (8,) that `_update` uses at a step."""
    first, second = betas
    rate, root = lr / (1 - first**step), (1 - second**step) ** 0.5
    return torch.tensor([clipped, 1 - lr * weight_decay, 1 - first, second, 1 - second, root, eps, rate])


def _update(gradient: Any, weight: Any, master: Any, mean: Any, square: Any, factors: Any) -> None:
    """AdamW's update of one weight, by torch's formulas. All tensors have the same shape."""
    clipped, decay, first, second, rest, root, eps, rate = factors.unbind()
    exact = gradient.float() * clipped
    new_mean = mean + (exact - mean) * first
    new_square = square * second + exact * exact * rest
    new = master * decay - new_mean * rate / (new_square.sqrt() / root + eps)
    mean.copy_(new_mean)
    square.copy_(new_square)
    master.copy_(new)
    weight.copy_(new)
