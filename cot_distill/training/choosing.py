"""What computes a student's training: compiled layers or not, kernels that round alike from run to run or not.

A CPU's are known. Those of a GPU depend on the card, the model and what is installed, so they are tried on an example.
"""

from typing import Any

import torch

from cot_distill.errors import first_line
from cot_distill.training.compiling import compile_layers
from cot_distill.training.packing import Row
from cot_distill.training.trainer import StudentTrainer
from cot_distill.training.trial import apart


def choose_kernels(trainer: StudentTrainer, row: Row, own: Any, compiled: bool) -> list[str]:
    """Choose what computes; gives what a user should know of it, in words.

    `row` is an example, `own` its losses by the model's own code, `compiled` whether compiling would pay.
    """
    if trainer.model.device.type == "cpu":
        if compiled:
            compile_layers(trainer.model)
        return []
    told = []
    if unlike := round_alike(trainer, row):
        told.append(f"two runs may differ by rounding: {unlike}")
    if compiled and (fault := try_compiled(trainer, row, own)):
        told.append(f"nothing is compiled, which is slower: {fault}")
    return told


def round_alike(trainer: StudentTrainer, row: Row) -> str | None:
    """Have torch take nothing that rounds otherwise from run to run; gives what the model cannot do without, in words,
    and None where it can."""
    torch.use_deterministic_algorithms(True)
    model = trainer.model.eval()
    try:
        trainer.losses([row]).mean().backward()
    except RuntimeError as error:
        if "deterministic" not in str(error):
            raise
        torch.use_deterministic_algorithms(True, warn_only=True)
        return first_line(error)
    finally:
        model.zero_grad()
    return None


def try_compiled(trainer: StudentTrainer, row: Row, own: Any) -> str | None:
    """Have the layers compiled and take an example through them, forward and back; gives why nothing is compiled then,
    in words, and None where it is."""
    compile_layers(trainer.model)
    model = trainer.model.eval()
    try:
        losses = trainer.losses([row])
        losses.mean().backward()
        reason = "the losses differ then" if apart(losses.detach(), own, model.dtype) else None
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # compilers fail in ways of their own
        reason = first_line(getattr(error, "inner_exception", error))
    model.zero_grad()
    if reason:
        trainer.uncompile()
    return reason
