"""Chains of small operations on large tensors, each compiled into one pass over memory where that is wanted."""

import functools
from collections.abc import Callable
from typing import Any


@functools.cache
def kernel(function: Callable[..., Any], compiled: bool) -> Callable[..., Any]:
    """A function of tensors, or its compiled form for tensors of any size."""
    import torch

    return torch.compile(function, dynamic=True) if compiled else function
