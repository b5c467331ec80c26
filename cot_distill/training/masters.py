"""AdamW for weights in bfloat16, with a float32 master of each.

A bfloat16 number has eight bits of precision. Most updates of fine-tuning are less than a 256th of their weight and
would be rounded away. So the optimiser updates float32 masters, and the model's weights are the masters, rounded. Mixed
precision does the same, but casts every weight at every use.
"""

import functools
from typing import Any

import torch
from torch.optim.adamw import adamw

from cot_distill.training.kernels import kernel

MASTERS = "masters"


class MasterAdamW(torch.optim.AdamW):
    """Takes the arguments of `torch.optim.AdamW`. Its state includes the masters.

    `compiled` says whether a weight's update is one pass over memory, or torch's own fused kernel with what rounds
    before and behind it. Weights are updated one by one, so that their gradients never stand there in float32 at once.
    """

    def __init__(self, params: Any, *, compiled: bool = False, **settings: Any) -> None:
        self._compiled = compiled
        self._clipped = 1.0
        groups = [dict(group) for group in params]
        self._weights = [weight for group in groups for weight in group["params"]]
        for group in groups:
            group["params"] = [weight.detach().float().clone() for weight in group["params"]]
        super().__init__(groups, **settings, fused=not compiled)  # a fused step is counted on the weight's device

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
        groups = [group for group in self.param_groups for _ in group["params"]]
        for weight, master, group in zip(self._weights, self._masters(), groups, strict=True):
            if weight.grad is None:
                continue
            state = self.state[master]
            if not state:
                count = torch.zeros((), device="cpu" if self._compiled else master.device)
                state.update(step=count, exp_avg=torch.zeros_like(master), exp_avg_sq=torch.zeros_like(master))
            how = {name: group[name] for name in ("lr", "eps", "weight_decay")}
            if self._compiled:
                state["step"] += 1
                factors = _factors(clipped, int(state["step"]), group["betas"], device=master.device, **how)
                kernel(_update, True)(weight.grad, weight, master, state["exp_avg"], state["exp_avg_sq"], factors)
                continue
            adamw(
                [master],
                [weight.grad.float() * clipped],
                [state["exp_avg"]],
                [state["exp_avg_sq"]],
                [],
                [state["step"]],
                fused=True,
                amsgrad=False,
                maximize=False,
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                **how,
            )
            weight.copy_(master)
        return loss

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
            if self._compiled and self.state[master]:  # read at every step, and a GPU would be waited for
                self.state[master]["step"] = self.state[master]["step"].cpu()


@functools.lru_cache(maxsize=8)
def _factors(
    clipped: float, step: int, betas: tuple[float, float], *, lr: float, eps: float, weight_decay: float, device: Any
) -> Any:
    """What `_update` multiplies by at a step: (8), on the weights' device."""
    first, second = betas
    rate, root = lr / (1 - first**step), (1 - second**step) ** 0.5
    factors = [clipped, 1 - lr * weight_decay, 1 - first, second, 1 - second, root, eps, rate]
    return torch.tensor(factors, device=device)


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
