"""Chains of small operations on large tensors, each compiled into one pass over memory if that is wanted."""

import functools
from collections.abc import Callable
from typing import Any

import torch


@functools.cache
def kernel(function: Callable[..., Any], compiled: bool) -> Callable[..., Any]:
    """A function of tensors, or its compiled form for tensors of any size."""
    return torch.compile(function, dynamic=True) if compiled else function
