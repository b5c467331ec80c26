"""Packed attention against torch's own, example by example."""

import shutil

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from cot_distill.training.attention import attend
from cot_distill.training.layout import lay_out

SCALE = 0.3


def alone(query, key, value, bounds: list[int]):
    """What the packed output holds, by torch's attention on each example in a row of its own."""
    prefix, *ends = bounds
    group = query.shape[1] // key.shape[1]
    parts, first = [], None
    start = prefix
    for end in ends:
        whole = [torch.cat([one[:, :, :prefix], one[:, :, start:end]], dim=2) for one in (query, key, value)]
        whole[1:] = [one.repeat_interleave(group, dim=1) for one in whole[1:]]
        out = scaled_dot_product_attention(*whole, is_causal=True, scale=SCALE)
        first = out[:, :, :prefix] if first is None else first
        parts.append(out[:, :, prefix:])
        start = end
    return torch.cat([first, *parts], dim=2)


def drawn(bounds: list[int], heads: int, shared: int, dtype=torch.float32) -> list[torch.Tensor]:
    torch.manual_seed(0)
    shapes = [(1, count, bounds[-1], 16) for count in (heads, shared, shared, heads)]
    return [torch.randn(shape).to(dtype) for shape in shapes]


def packed(query, key, value, bounds: list[int], compiled: bool = False):
    places = lay_out(tuple(bounds), query.shape[1], key.shape[1])
    return attend(query, key, value, places, SCALE, compiled).transpose(1, 2)


@pytest.mark.parametrize(("heads", "shared"), [(2, 2), (6, 2), (3, 1)])
@pytest.mark.parametrize(
    "bounds",
    [
        [0, 9],
        [0, 1, 5, 12],
        [5, 6, 14, 20],
        [0, 300, 310, 900],  # more than one block of queries
        [290, 291, 560, 1100],
        [256, 512, 513],
        [0, 1400],  # with six heads more weights than are kept
    ],
    ids=str,
)
def test_output_and_gradients_are_those_of_each_example_alone(bounds, heads, shared) -> None:
    query, key, value, direction = drawn(bounds, heads, shared)
    inputs = [one.clone().requires_grad_() for one in (query, key, value)]
    expected = alone(*inputs, bounds)
    wanted = torch.autograd.grad(expected, inputs, direction)

    inputs = [one.clone().requires_grad_() for one in (query, key, value)]
    out = packed(*inputs, bounds)
    gradients = torch.autograd.grad(out, inputs, direction)

    torch.testing.assert_close(out, expected, rtol=1e-5, atol=2e-6)
    for one, other in zip(gradients, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-5)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
@pytest.mark.parametrize("bounds", [[5, 40, 60, 170], [0, 1400]], ids=str)
def test_compiled_it_is_the_same(bounds) -> None:
    results = []
    for compiled in (False, True):
        *inputs, direction = (one.requires_grad_() for one in drawn(bounds, 6, 2))
        out = packed(*inputs, bounds, compiled)
        results.append([out, *torch.autograd.grad(out, inputs, direction)])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_in_bfloat16_it_is_as_near_to_float32_as_torchs_own() -> None:
    bounds = [40, 90, 400]
    exact = [one.requires_grad_() for one in drawn(bounds, 6, 2)]
    *inputs, direction = exact
    true = torch.autograd.grad(alone(*inputs, bounds), inputs, direction)
    rounded = [one.requires_grad_() for one in drawn(bounds, 6, 2, torch.bfloat16)]
    *inputs, direction = rounded
    theirs = torch.autograd.grad(alone(*inputs, bounds), inputs, direction)
    ours = torch.autograd.grad(packed(*inputs, bounds), inputs, direction)
    for wanted, other, one in zip(true, theirs, ours, strict=True):
        assert one.dtype == torch.bfloat16
        assert (one.float() - wanted).norm() < 1.2 * (other.float() - wanted).norm()


def test_no_example_sees_another() -> None:
    bounds = [3, 8, 15]
    query, key, value, _ = drawn(bounds, 2, 2)
    before = packed(query, key, value, bounds)
    for one in (query, key, value):
        one[:, :, 8:] = 5.0
    after = packed(query, key, value, bounds)
    assert torch.equal(before[:, :, :8], after[:, :, :8])
    assert not torch.equal(before[:, :, 8:], after[:, :, 8:])
