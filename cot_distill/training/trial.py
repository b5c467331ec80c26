"""Checks a student with its weights before it is trained: whether it reads packed rows, and whether training works.

The reference is the model's own code. If the model gives other losses for packed rows, batches are padded, which is
slower, and a line says why. The student is refused if training would compute another loss than the model's own code, if
a weight gets no gradient, or if the saved student does not load as the same model.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import torch
from accelerate.utils import send_to_device

from cot_distill.decoding.faster import use_grouped_attention
from cot_distill.decoding.stepping import Stepping
from cot_distill.errors import UserError, first_line
from cot_distill.students.base import load_model
from cot_distill.training.adapter import base_model
from cot_distill.training.attention import PACKED, UnpackableError, use_packed_attention
from cot_distill.training.packing import IGNORED, Row, objection
from cot_distill.training.saving import write
from cot_distill.training.trainer import StudentTrainer, collate, packed_forward
from cot_distill.training.varlen import use_varlen_attention

_FLOAT32 = 8
"""The check uses float32 if this many bytes are free for each weight: its own, and its gradient's."""
_STEPS = 3
"""The student must decode this many tokens."""
_SHARES = {torch.float32: 1e-3}
_ROUNDED = 0.3
"""The relative difference that rounding may make in a token's loss (absolute if the loss is below one nat), by type."""


def switch_to_packing(model: Any, rows: Sequence[Row], compiled: bool) -> str | None:
    """Make a model read packed rows. Returns None, or why it cannot, in words.

    The model stands on its device already; `compiled` has small steps of attention compiled. On a CPU it reads them by
    attention of our own, on a GPU by a kernel for sequences of any lengths. The two shortest examples are read packed
    and alone, and the model is switched back where the losses of a token differ, or a kernel has no way back.
    """
    reason = objection(model, max(len(row["input_ids"]) for row in rows))
    if reason:
        return reason
    some = shortest(rows)
    before = model.config._attn_implementation
    alone = torch.cat([own_losses(model, row) for row in some])
    try:
        if torch.cuda.is_available():
            use_varlen_attention(model)
        else:
            use_packed_attention(model, compiled)
        foreign = model.config._attn_implementation != PACKED
        with torch.set_grad_enabled(foreign):
            total, each = packed_forward(model, **send_to_device(collate(some), model.device), compiled=False)
        if foreign:  # kernels know fewer widths and GPUs on the way back
            torch.autograd.grad(total, model.get_input_embeddings().weight)
    except Exception as error:  # a model's own code, and kernels, fail in ways of their own; all mean that it is padded
        reason = str(error) if isinstance(error, UnpackableError) else f"its code fails on them ({first_line(error)})"
    else:
        reason = "its losses differ in packed rows" if apart(each, alone, model.dtype) else None
    if reason:
        model.set_attn_implementation(before)
    return reason


@contextmanager
def no_draws() -> Iterator[None]:
    """Leave the random numbers of this process and of its GPU as they were."""
    with torch.random.fork_rng([torch.cuda.current_device()] if torch.cuda.is_available() else []):
        yield


@contextmanager
def exact(model: Any) -> Iterator[None]:
    """Make a model compute in float32 while the block runs, so that differences beyond rounding can be seen.

    In bfloat16, torch's own two implementations of attention differ by up to a sixth of a token's loss (SmolLM2-135M).
    The model stays as it is on a GPU, whose kernels for packed rows do not take float32, and if memory is short.
    """
    weights = [weight for weight in model.parameters() if weight.dtype in (torch.bfloat16, torch.float16)]
    size = sum(weight.numel() for weight in weights)
    if model.device.type != "cpu" or _FLOAT32 * size > psutil.virtual_memory().available:
        yield
        return
    types = [weight.dtype for weight in weights]
    try:
        for weight in weights:
            weight.data = weight.data.float()
        yield
    finally:
        for weight, dtype in zip(weights, types, strict=True):
            weight.grad = None
            weight.data = weight.data.to(dtype)  # exactly the numbers from before


def check_decoding(model: Any, rows: Sequence[Row], padding: int) -> None:
    """Raises UserError if a model continues a prompt differently when it decodes token by token than when it reads the
    whole text.

    `rows` are two short examples, or one. One prompt is doubled in length, so that the other one is padded.
    """
    before = model.config._attn_implementation
    longer, most = _twice(rows[-1]), getattr(model.config.get_text_config(), "max_position_embeddings", None)
    rows = [rows[0], longer if most is None or len(longer["input_ids"]) <= most else rows[-1]]
    prompts = [_prompt(row) for row in rows]
    steps = min(_STEPS, *(len(row["input_ids"]) - len(prompt) for row, prompt in zip(rows, prompts, strict=True)))
    wanted = torch.tensor(
        [row["input_ids"][len(prompt) :][:steps] for row, prompt in zip(rows, prompts, strict=True)],
        device=model.device,
    )
    alone = torch.stack([own_losses(model, row)[:steps] for row in rows])
    use_grouped_attention(model)
    try:
        with torch.no_grad():  # training also uses what a model caches here, such as rotations
            stepping = Stepping(model, prompts, padding)
            found = []
            for tokens in wanted.T:
                found.append(torch.nn.functional.cross_entropy(stepping.logits().float(), tokens, reduction="none"))
                stepping.write(tokens)
        reason = "it continues differently" if apart(torch.stack(found, 1), alone, model.dtype) else None
    except Exception as error:  # a model's own code may raise any exception
        reason = first_line(error)
    model.set_attn_implementation(before)
    if reason:
        raise UserError(
            f"training: decoding.engine transformers could not ask the student token by token ({reason}); set "
            "decoding.engine vllm, or choose another student"
        )


def _twice(row: Row) -> Row:
    """The example after a copy of its own prompt."""
    prompt = _prompt(row)
    return {**row, "input_ids": prompt + row["input_ids"], "labels": [IGNORED] * len(prompt) + row["labels"]}


def _prompt(row: Row) -> list[int]:
    return [token for token, label in zip(row["input_ids"], row["labels"], strict=True) if label == IGNORED]


def shortest(rows: Sequence[Row]) -> list[Row]:
    """The two shortest examples, or the one."""
    return sorted(rows, key=lambda row: len(row["input_ids"]))[:2]


def own_losses(model: Any, row: Row) -> Any:
    """The losses of an example's trained tokens (trained,), by the model's own code. Raises UserError if it fails."""
    ids, labels = (torch.tensor([row[name]], device=model.device) for name in ("input_ids", "labels"))
    wanted = labels[0, 1:]
    trained = wanted != IGNORED
    with _failing(), torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits[trained].float(), wanted[trained], reduction="none")


@contextmanager
def _failing() -> Iterator[None]:
    """Turns any exception of the model's own code into a UserError."""
    try:
        yield
    except (UserError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise UserError(
            f"training: the student's own code fails on an example ({first_line(error)}); look whether its config.json "
            "fits its weights and training.target_modules its layers, or take another student"
        ) from error


def try_out(
    trainer: StudentTrainer, row: Row, own: Any, tokenizer: Any, entry: dict[str, Any], dtype: str, place: Path | None
) -> None:
    """Before training, run an example forward and backward, and save the student to `place` and load it again. Both
    leave no trace. Without a place nothing is written.

    `own` are the example's losses by the model's own code; `dtype` is that of `device_dtype`. Raises UserError if
    training's losses differ, if a trained weight gets no gradient, or if the loaded student differs from the saved one.
    In whole models, weights without a gradient are not trained.
    """
    model = trainer.model.eval()
    with no_draws(), exact(model):
        with _failing():
            losses = _losses(trainer, row, own)
        if apart(losses.detach(), own, model.dtype):
            raise UserError(
                f"training: the loss of an example is {float(losses.detach().mean()):.4f} as it would be trained, and "
                f"{float(own.mean()):.4f} by the model's own code; this architecture cannot be trained here"
            )
        with _failing():
            losses.mean().backward()
        _check_reach(model)
        model.zero_grad()
    if place is None:
        return
    shutil.rmtree(place, ignore_errors=True)  # left by a run that was killed here
    try:
        write(model, tokenizer, entry, place)
        with no_draws():
            _check_same(model, row, own, entry, dtype, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _losses(trainer: StudentTrainer, row: Row, own: Any) -> Any:
    """The losses of an example as training computes them. For padded batches, by the library's head, which never keeps
    all logits; or by the model's own head, if the library's fails or gives other losses."""
    if trainer.packed:
        return trainer.losses([row])
    try:
        losses = trainer.losses([row])
        if not apart(losses.detach(), own, trainer.model.dtype):
            return losses
    except (AttributeError, TypeError, RuntimeError):  # it supports only models of its own version
        pass
    trainer.whole_logits = True
    return trainer.losses([row])


def _check_reach(model: Any) -> None:
    """Raise UserError if a weight of an adapter has no gradient. Freeze the weights of a whole model that have none."""
    missed = {
        name: weight
        for name, weight in model.named_parameters()
        # A router may send no token of the example to an expert.
        if weight.requires_grad and weight.grad is None and ".experts." not in name
    }
    if missed and base_model(model) is not model:
        raise UserError(
            f"training: no gradient reaches {len(missed)} of the adapter's weights ({next(iter(missed))}, …); leave "
            "their modules out by training.exclude_modules"
        )
    for weight in missed.values():
        weight.requires_grad_(False)


def _check_same(model: Any, row: Row, own: Any, entry: dict[str, Any], dtype: str, place: Path) -> None:
    """Raise UserError if the student that was written to a folder differs from the model."""
    if (place / "adapter_config.json").is_file():
        from peft import get_peft_model_state_dict
        from peft.utils import load_peft_weights

        written, kept = load_peft_weights(str(place), device="cpu"), get_peft_model_state_dict(model)
        same = written.keys() == kept.keys() and all(
            torch.equal(written[name].to(weight.dtype), weight.cpu()) for name, weight in kept.items()
        )
    else:
        read = load_model(entry, dtype, place).to(model.device).eval()  # there it rounds as the model did
        with exact(read):
            same = not apart(own_losses(read, row), own, read.dtype)
    if not same:
        raise UserError("training: the student changes when it is saved and loaded again; take another model")


def apart(one: Any, other: Any, dtype: Any) -> bool:
    """Whether the losses of a token differ by more than the rounding of this type."""
    off = (one - other).abs() > _SHARES.get(dtype, _ROUNDED) * other.abs().clamp(min=1.0)
    # A NaN is reported during training, with its example.
    return bool((off & torch.isfinite(other)).any())
