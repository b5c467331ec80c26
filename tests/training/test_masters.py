"""AdamW with float32 masters: small updates to bfloat16 weights add up."""

import copy
import shutil
from typing import Any

import pytest
import torch

from cot_distill.training.masters import MasterAdamW

SMALL_RATE = 1.0e-5
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
EITHER_WAY = [False, pytest.param(True, marks=needs_compiler)]


def weights(dtype: torch.dtype) -> list[torch.nn.Parameter]:
    torch.manual_seed(0)
    drawn = [torch.rand(7, 5) + 0.5, torch.rand(9) - 2.0]
    return [torch.nn.Parameter(one.bfloat16().to(dtype)) for one in drawn]


def run(optimizer: Any, trained: list[torch.nn.Parameter], begin: int, end: int) -> None:
    """Steps with the same gradients, whichever the optimiser."""
    for step in range(begin, end):
        torch.manual_seed(100 + step)
        for weight in trained:
            weight.grad = (torch.randn(weight.shape) + 1.0).bfloat16().to(weight.dtype)
        optimizer.step()
        optimizer.zero_grad()
        assert all(weight.grad is None for weight in trained)


def made(kind: Any, dtype: torch.dtype, **options: Any) -> tuple[Any, list[torch.nn.Parameter]]:
    trained = weights(dtype)
    groups = [{"params": trained[:1], "weight_decay": 0.01}, {"params": trained[1:], "weight_decay": 0.0}]
    return kind(groups, lr=SMALL_RATE, **options), trained


@pytest.mark.parametrize("how", [{"compiled": False}, pytest.param({"compiled": True}, marks=needs_compiler)])
def test_weights_follow_a_float32_run_where_plain_bfloat16_stays_put(how) -> None:
    exact, wanted = made(torch.optim.AdamW, torch.float32)
    plain, still = made(torch.optim.AdamW, torch.bfloat16)
    masters, trained = made(MasterAdamW, torch.bfloat16, **how)
    for optimizer, own in ((exact, wanted), (plain, still), (masters, trained)):
        run(optimizer, own, 0, 600)
    for start, one, unmoved, other in zip(weights(torch.bfloat16), trained, still, wanted, strict=True):
        assert torch.equal(unmoved, start)
        assert (one != start).float().mean() > 0.5
        # Half a step between neighbouring bfloat16 numbers, and the odd one that float32's own rounding tips over.
        assert ((one.float() - other).abs() <= other.abs() * (2**-8) * 1.01).all()


@pytest.mark.parametrize("compiled", EITHER_WAY)
def test_a_restored_state_continues_as_if_nothing_had_happened(tmp_path, compiled) -> None:
    through, wanted = made(MasterAdamW, torch.bfloat16, compiled=compiled)
    run(through, wanted, 0, 400)

    before, trained = made(MasterAdamW, torch.bfloat16, compiled=compiled)
    run(before, trained, 0, 150)
    torch.save(before.state_dict(), tmp_path / "state.pt")
    after, fresh = made(MasterAdamW, torch.bfloat16, compiled=compiled)
    after.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert all(torch.equal(one, other) for one, other in zip(fresh, trained, strict=True))
    run(after, fresh, 150, 400)
    assert all(torch.equal(one, other) for one, other in zip(fresh, wanted, strict=True))
    for one, other in zip(after.state_dict()["masters"], through.state_dict()["masters"], strict=True):
        assert one.dtype == torch.float32 and torch.equal(one, other)


@needs_compiler
def test_compiled_it_updates_as_torch_does_and_keeps_the_same_state() -> None:
    results = []
    for compiled in (False, True):
        optimizer, trained = made(MasterAdamW, torch.bfloat16, compiled=compiled)
        run(optimizer, trained, 0, 50)
        state = optimizer.state_dict()
        kept = [one for number in sorted(state["state"]) for one in state["state"][number].items()]
        results.append(kept + [("master", one) for one in state["masters"]])
    for (name, wanted), (other, found) in zip(*results, strict=True):
        assert (name, wanted.dtype) == (other, found.dtype)
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("compiled", EITHER_WAY)
def test_a_step_is_clipped_as_torch_clips_and_the_next_is_not(compiled) -> None:
    optimizer, trained = made(MasterAdamW, torch.bfloat16, compiled=compiled)
    exact, wanted = made(torch.optim.AdamW, torch.float32)
    for clipped in (True, False, True):
        for own, theirs in zip(trained, wanted, strict=True):
            own.grad = torch.full_like(own, 2.0 if clipped else 0.25)
            theirs.grad = own.grad.float()
        if clipped:  # 44 numbers of 2
            assert float(optimizer.clip(1.0)) == pytest.approx(2 * 44**0.5, rel=2**-8)
            torch.nn.utils.clip_grad_norm_(wanted, 1.0)
        optimizer.step()
        exact.step()
        for own in trained:
            assert own.grad.unique().tolist() == [2.0 if clipped else 0.25]
    for number, master in enumerate(exact.state.values()):
        state = optimizer.state_dict()["state"][number]
        torch.testing.assert_close(state["exp_avg"], master["exp_avg"], rtol=5e-3, atol=0.0)


def test_what_is_short_enough_is_not_clipped() -> None:
    optimizer, trained = made(MasterAdamW, torch.bfloat16)
    for own in trained:
        own.grad = torch.full_like(own, 0.125)
    optimizer.clip(1.0)
    optimizer.step()
    assert optimizer.state_dict()["state"][0]["exp_avg"].unique().tolist() == pytest.approx([0.0125])


def test_a_state_without_masters_is_refused() -> None:
    optimizer, trained = made(MasterAdamW, torch.bfloat16)
    run(optimizer, trained, 0, 1)
    state = copy.deepcopy(optimizer.state_dict())
    del state["masters"]
    with pytest.raises(KeyError, match="masters"):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize("compiled", EITHER_WAY)
def test_a_weight_without_a_gradient_stays(compiled) -> None:
    optimizer, (first, second) = made(MasterAdamW, torch.bfloat16, compiled=compiled)
    before = second.detach().clone()
    for _ in range(400):
        first.grad = torch.ones_like(first)
        optimizer.step()
    assert torch.equal(second, before)
    assert not torch.equal(first, weights(torch.bfloat16)[0])
