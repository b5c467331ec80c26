"""AdamW for weights in bfloat16, with a float32 master of each.

A bfloat16 number has eight bits of precision: an update of less than a 256th of a weight, which is most of them at the
learning rates of fine-tuning, is rounded away. Here updates are made to float32 masters, and the model's weights are
the masters rounded. It is what mixed precision does elsewhere, without casting every weight at every use.
"""

from typing import Any

MASTERS = "masters"


def optimizer_class() -> type[Any]:
    """The class; a function, so that torch is imported when it is needed."""
    import torch

    class MasterAdamW(torch.optim.AdamW):
        """Takes what `torch.optim.AdamW` takes; saves and restores the masters with its state."""

        def __init__(self, params: Any, **settings: Any) -> None:
            groups = [dict(group) for group in params]
            self._weights = [weight for group in groups for weight in group["params"]]
            for group in groups:
                group["params"] = [weight.detach().float().clone() for weight in group["params"]]
            super().__init__(groups, **settings)

        def _masters(self) -> list[Any]:
            return [master for group in self.param_groups for master in group["params"]]

        @torch.no_grad()
        def step(self, closure: Any = None) -> Any:
            """One update of the masters by the gradients of the weights, which are then the masters rounded."""
            masters = self._masters()
            for weight, master in zip(self._weights, masters, strict=True):
                master.grad = None if weight.grad is None else weight.grad.float()
            loss = super().step(closure)
            for weight, master in zip(self._weights, masters, strict=True):
                master.grad = None
                weight.copy_(master)
            return loss

        def zero_grad(self, set_to_none: bool = True) -> None:
            """Forget the gradients of the weights."""
            for weight in self._weights:
                weight.grad = None

        def state_dict(self) -> dict[str, Any]:
            return {**super().state_dict(), MASTERS: [master.detach() for master in self._masters()]}

        @torch.no_grad()
        def load_state_dict(self, state_dict: dict[str, Any]) -> None:
            """Raises KeyError where the state holds no masters."""
            kept = dict(state_dict)
            saved = kept.pop(MASTERS)
            super().load_state_dict(kept)
            for weight, master, value in zip(self._weights, self._masters(), saved, strict=True):
                master.copy_(value)
                weight.copy_(master)

    return MasterAdamW
