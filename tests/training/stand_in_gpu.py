"""A step of training on a GPU, symbolically: what runs there, on tensors that have a device and no numbers.

Torch has a device that is written in Python, and tensors without numbers that know their device: together they stand
for a GPU on a machine without one. Tensors of two devices in one operation raise an error, and every number that the
program asks a tensor for, for which a GPU must be waited, is written down with the place that asked.
"""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch._subclasses import FakeTensorMode, fake_tensor
from torch.nn.attention import varlen
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

DEVICE = "npy"  # one of the few names that torch takes for it


class Numbers(TorchDispatchMode):
    """Gives 1 for each number that a tensor is asked for, and remembers who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is torch.ops.aten._local_scalar_dense.default:
            self._remember(args[0].device.type == DEVICE)
            return {torch.bool: True, torch.int64: 1, torch.int32: 1}.get(args[0].dtype, 1.0)
        if function is torch.ops.aten._to_copy.default:
            onto = kwargs.get("device", args[0].device)
            self._remember(onto.type != args[0].device.type and not kwargs.get("non_blocking"))
        return function(*args, **kwargs)

    def _remember(self, waits: bool) -> None:
        if waits:
            own = [one for one in traceback.extract_stack() if "cot_distill" in one.filename]
            self.asked.append(own[-1].name if own else "a library")


def kernel(query: Any, key: Any, value: Any, ends: Any, other: Any, longest: int, _: int, **named: Any) -> Any:
    """`varlen_attn`, which is held to what its kernel takes."""
    for one in (query, key, value):
        assert (one.dtype, one.device.type, one.stride(-1)) == (torch.bfloat16, DEVICE, 1)
        assert one.shape[-1] <= 256 and one.shape[-1] % 8 == 0
    assert (ends.dtype, ends.device.type, ends.is_contiguous()) == (torch.int32, DEVICE, True)
    assert ends is other and type(longest) is int
    return real_kernel(query, key, value, ends, other, longest, _, **named)


real_kernel, real_tensor = varlen.varlen_attn, torch.tensor


def tensor(values: Any, *, device: Any = None, **named: Any) -> Any:
    """`torch.tensor`, which does not know this device."""
    made = real_tensor(values, **named)
    return made if device is None else made.to(device)


def moved(model: Any, *given: Any, **_: Any) -> Any:
    """`Module.to`, which cannot put a weight without numbers in another's place."""
    device = next((one for one in given if isinstance(one, torch.device)), None)
    for module in model.modules():
        for name, weight in module._parameters.items():
            if device is not None and weight is not None and weight.device != device:
                one = torch.nn.Parameter(weight.detach().to(device), requires_grad=weight.requires_grad)
                module._parameters[name] = one
        for name, kept in module._buffers.items():
            module._buffers[name] = kept if device is None else kept.to(device)
    return model


def own_losses(model: Any, row: dict[str, Any]) -> Any:
    """As many numbers as the example has trained tokens, of the model's own code."""
    logits = model(input_ids=torch.tensor([row["input_ids"]], device=model.device), use_cache=False).logits
    return logits[0, 3:-1, 0].float()


def rows(lengths: list[int]) -> list[dict[str, Any]]:
    return [
        {"input_ids": [*range(5, 5 + length)], "labels": [-100] * 4 + [*range(9, 5 + length)], "row": number}
        for number, length in enumerate(lengths)
    ]


@contextmanager
def as_on_a_gpu(device: torch.device) -> Iterator[None]:
    """Have training take this device for the first of two GPUs, with kernels uncompiled, in whole."""
    from accelerate import PartialState
    from transformers import TrainingArguments

    from cot_distill.training import loss, masters, room, trial

    def two_gpus(arguments: Any) -> Any:
        if "distributed_state" not in vars(arguments):
            arguments.distributed_state, arguments._n_gpu = PartialState(cpu=True), 2
        return device

    def differ(one: Any, other: Any, _: Any) -> bool:
        return bool((one - other).isnan().any()) and False

    with ExitStack() as stack:
        for place, name, stand_in in (
            (torch.cuda, "is_available", lambda: True),
            (TrainingArguments, "_setup_devices", property(two_gpus)),
            (varlen, "varlen_attn", kernel),
            (torch, "tensor", tensor),
            (torch.nn.Module, "to", moved),
            (fake_tensor, "CONSTANT_NUMEL_LIMIT", 0),  # single numbers have no values either
            (masters, "kernel", lambda function, _: function),
            (loss, "kernel", lambda function, _: function),
            (loss, "_HELD", {DEVICE: 32}),
            (loss, "_WORKED_ON", {DEVICE: 16}),
            (trial, "no_draws", nullcontext),
            (room, "no_draws", nullcontext),
            (trial, "own_losses", own_losses),
            (trial, "apart", differ),
        ):
            stack.enter_context(mock.patch.object(place, name, stand_in))
        yield


class Memory:
    """Room for 70 tokens at a time."""

    def free(self) -> int:
        return 70_000

    def taken_by(self, work: Any) -> int:
        work()
        return 900

    def tidy(self) -> None:
        pass


def main(folder: str, method: str, packed: bool, compiled: bool) -> None:
    """One step of the model in a folder by `method`; prints which numbers were waited for, as JSON. `compiled` takes
    the steps of the run that are compiled, as they stand there."""
    from accelerate import PartialState
    from datasets import Dataset
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from cot_distill.training import building, room, trial
    from cot_distill.training.adapter import adapter
    from cot_distill.training.settings import Settings
    from cot_distill.training.trainer import StudentTrainer, collate

    _setup_privateuseone_for_python_backend(DEVICE)
    given = {"epochs": 1, "batch_size": 6, "learning_rate": 1e-3, "device_batch": 6, "dtype": "bfloat16"}
    settings = Settings(
        **given, method=method, too_long="stop", gradient_checkpointing=False, parallel="none", processes=None
    )
    data, numbers = rows([40, 30, 20, 26, 33, 17]), Numbers()
    tokenizer, config = AutoTokenizer.from_pretrained(folder), AutoConfig.from_pretrained(folder)
    device = torch.device(DEVICE, 0)
    with as_on_a_gpu(device):
        arguments = building._arguments(settings, 1, building.precision(settings), Path(folder) / "checkpoints")
        arguments.dataloader_pin_memory = False
        PartialState._shared_state["device"] = device
        with FakeTensorMode(allow_non_fake_inputs=True), numbers:
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
            model.to(device).tie_weights()
            own = own_losses(model, data[0])
            told = trial.switch_to_packing(model, data, False) if packed else "asked for"
            trainer = StudentTrainer(
                names=[str(row["row"]) for row in data],
                masters=True,
                packed=not told,
                compiled=compiled,
                model=model,
                args=arguments,
                data_collator=collate if packed else None,
                train_dataset=Dataset.from_list([*data, data[0]]),
                processing_class=tokenizer,
                peft_config=None if method == "full" else adapter(settings, model, None),
            )
            if method != "full":
                building._round_trained(trainer.model)
            if packed:  # padded losses are chosen among by their places, which is to wait for them
                trial.try_out(trainer, data[0], own, tokenizer, {}, "bfloat16", None)
                room.tokens_at_a_time(trainer, data, 6, 0, Memory())
            trainer.work_on(70)
            read = len(trainer.data_collator(data)["portions"])
            numbers.asked.clear()
            # Processes may have other numbers of portions: none waits for the others in one.
            trainer.accelerator.gather_for_metrics = None
            trainer.train()
    found = {"told": told, "steps": trainer.state.global_step, "portions": read, "asked": numbers.asked}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "packed" in sys.argv, "compiled" in sys.argv)
