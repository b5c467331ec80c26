"""The loss without whole logits against torch's cross-entropy."""

import shutil

import pytest
import torch
from torch.nn.functional import cross_entropy

from cot_distill.training.loss import next_token_losses


def drawn(count: int, dtype=torch.float32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    hidden, weight = torch.randn(count, 24).to(dtype), torch.randn(101, 24).to(dtype)
    return hidden.requires_grad_(), weight.requires_grad_(), torch.randint(0, 101, (count,))


@pytest.mark.parametrize("count", [1, 63, 64, 65, 512, 513, 1300])
def test_loss_and_gradients_are_torchs(count) -> None:
    hidden, weight, targets = drawn(count)
    expected = cross_entropy(hidden @ weight.t(), targets, reduction="none")
    wanted = torch.autograd.grad(expected.sum() * 0.37, (hidden, weight))
    loss, each = next_token_losses(hidden, weight, targets, False)
    assert (loss.shape, each.shape, each.requires_grad) == ((), (count,), False)
    torch.testing.assert_close(each, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(loss, expected.sum(), rtol=1e-6, atol=1e-5)
    for one, other in zip(torch.autograd.grad(loss * 0.37, (hidden, weight)), wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_compiled_it_is_the_same() -> None:
    hidden, weight, targets = drawn(300)
    results = []
    for compiled in (False, True):
        loss, each = next_token_losses(hidden, weight, targets, compiled)
        results.append([loss, each, *torch.autograd.grad(loss, (hidden, weight))])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_a_frozen_weight_gets_no_gradient_and_the_hidden_states_the_same() -> None:
    hidden, weight, targets = drawn(600)
    next_token_losses(hidden, weight, targets, False)[0].backward()
    wanted, hidden.grad, weight.grad = hidden.grad, None, None
    next_token_losses(hidden, weight.requires_grad_(False), targets, False)[0].backward()
    assert weight.grad is None
    assert torch.equal(hidden.grad, wanted)


def test_hidden_states_that_need_no_gradient_leave_the_weights_theirs() -> None:
    hidden, weight, targets = drawn(600)
    wanted = torch.autograd.grad(cross_entropy(hidden @ weight.t(), targets, reduction="sum"), weight)[0]
    next_token_losses(hidden.detach(), weight, targets, False)[0].backward()
    torch.testing.assert_close(weight.grad, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [100, 1300])
def test_in_bfloat16_it_is_as_near_to_float32_as_torchs_own(count) -> None:
    rounded = drawn(count, torch.bfloat16)
    hidden, weight, targets = rounded
    exact = [one.detach().float().requires_grad_() for one in (hidden, weight)]
    true = torch.autograd.grad(cross_entropy(exact[0] @ exact[1].t(), targets, reduction="sum"), exact)
    theirs = torch.autograd.grad(
        cross_entropy((hidden @ weight.t()).float(), targets, reduction="sum"), (hidden, weight)
    )
    ours = torch.autograd.grad(next_token_losses(hidden, weight, targets, False)[0], (hidden, weight))
    for wanted, other, one in zip(true, theirs, ours, strict=True):
        assert one.dtype == torch.bfloat16
        assert (one.float() - wanted).norm() < 1.2 * (other.float() - wanted).norm()
