"""Compiles chains of small operations on large tensors into one pass over memory, if that is wanted."""

import functools
from collections.abc import Callable
from typing import Any

import torch


@functools.cache
def kernel(function: Callable[..., Any], compiled: bool) -> Callable[..., Any]:
    """The function, or its compiled form for tensors of any size."""
    return torch.compile(function, dynamic=True) if compiled else function
