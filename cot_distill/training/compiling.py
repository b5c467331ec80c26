"""Compiling a model's layers: when it pays, and how it is done."""

import shutil
from typing import Any

import torch

from cot_distill.training.adapter import base_model

WORTH_COMPILING = {"cpu": 5e12, "cuda": 1e16}
"""Parameters × tokens from which on compiling, half a minute, pays: on a CPU 37,000 tokens of a student of 135 million,
on a GPU, by arithmetic alone, eight million of a student of 1.2 billion."""


def compiles(model: Any, tokens: int) -> bool:
    """Whether compiling a model pays, for a run that reads so many tokens, and a compiler is found."""
    size = sum(weight.numel() for weight in model.parameters())
    return (
        getattr(model.get_decoder(), "layers", None) is not None
        and size * tokens >= WORTH_COMPILING.get(model.device.type, float("inf"))
        and any(map(shutil.which, ("g++", "clang++", "c++") if model.device.type == "cpu" else ("gcc", "clang", "cc")))
    )


def compile_layers(model: Any) -> None:
    """Have the decoder's layers compiled at their first use; all share one compiled form, for any number of tokens."""
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, 64)
    for layer in base_model(model).get_decoder().layers:
        layer.compile(dynamic=True)


def uncompile_layers(model: Any) -> None:
    """Undo `compile_layers`."""
    for layer in base_model(model).get_decoder().layers:
        layer._compiled_call_impl = None
