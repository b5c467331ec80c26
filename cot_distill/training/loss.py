"""The loss of next tokens from hidden states, without the logits of all positions in memory.

Logits are by far the largest tensor in the training of a small model: positions × vocabulary. Here they exist only for
a slice of the trained positions at a time, and their gradient is computed in the same pass.
"""

from typing import Any

import torch

from cot_distill.training.kernels import kernel

_HELD = {"cpu": 1024, "cuda": 4096}
"""Positions whose gradient of logits is held at a time, by the kind of device."""
_WORKED_ON = {"cpu": 192, "cuda": 1024}
"""Positions whose logits are worked on at a time: on a CPU they stay in its cache, a GPU is filled by them."""


def next_token_losses(hidden: Any, weight: Any, targets: Any, compiled: bool) -> tuple[Any, Any]:
    """The summed cross-entropy (a scalar to differentiate) and that of each position (positions,), in nats.

    `hidden` (positions, width), `weight` of the language-model head (vocabulary, width), `targets` (positions,).
    """
    loss, each = _NextTokenLosses.apply(hidden, weight, targets, compiled)  # type: ignore[no-untyped-call]
    return loss, each


class _NextTokenLosses(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, hidden: Any, weight: Any, targets: Any, compiled: bool) -> tuple[Any, Any]:
        each = hidden.new_zeros(len(hidden), dtype=torch.float32)
        hidden_gradient = torch.empty_like(hidden)
        # Summed over slices in float32; where one slice holds all there is nothing to sum.
        total, held = None, _HELD[hidden.device.type]
        for start in range(0, len(hidden), held):
            part = slice(start, start + held)
            changes = _changes(hidden[part], weight, targets[part], each[part], compiled)
            torch.matmul(changes, weight, out=hidden_gradient[part])
            if context.needs_input_grad[1]:
                added = changes.t() @ hidden[part]
                if total is not None:
                    total.add_(added)
                else:
                    total = added if len(hidden) <= held else added.float()
        if total is None and context.needs_input_grad[1]:
            total = torch.zeros_like(weight)  # nothing is trained here, but other processes wait for the gradient
        context.save_for_backward(hidden_gradient, total.to(weight.dtype) if total is not None else None)
        context.mark_non_differentiable(each)
        return each.sum(), each

    @staticmethod
    def backward(context: Any, gradient: Any, _: Any) -> tuple[Any, Any, None, None]:
        # In place, since both are large. A second backward pass would fail, since torch sees the change.
        of_hidden, of_weight = (None if one is None else one.mul_(gradient) for one in context.saved_tensors)
        return of_hidden, of_weight, None, None


def _changes(hidden: Any, weight: Any, targets: Any, each: Any, compiled: bool) -> Any:
    """The gradient of the loss by the logits (positions, vocabulary), in the weights' type. Writes the losses to
    `each`."""
    changes = weight.new_empty(len(hidden), weight.shape[0])
    together = _WORKED_ON[hidden.device.type]
    for start in range(0, len(hidden), together):
        part = slice(start, start + together)
        logits = torch.mm(hidden[part], weight.t(), out=changes[part])
        wanted = torch.arange(len(logits), device=logits.device), targets[part]
        of_wanted = logits[wanted].float()
        sums = kernel(_chances, compiled)(logits)
        each[part] = sums - of_wanted
        # `scatter_` would copy all logits first.
        logits[wanted] = ((of_wanted - sums).exp() - 1.0).to(logits.dtype)
    return changes


def _chances(logits: Any) -> Any:
    """Replace logits (positions, vocabulary) by the probabilities of tokens, in place. Returns their log-sum-exp."""
    exact = logits.float()
    sums = exact.logsumexp(dim=1)
    logits.copy_((exact - sums.unsqueeze(1)).exp())
    return sums
