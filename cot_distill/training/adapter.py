"""The adapter that LoRA trains, in PEFT's terms."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.tuners_utils import _check_lora_target_modules_mamba

from cot_distill.training.settings import Settings


def adapter(settings: Settings, model: Any, used: set[str] | None) -> LoraConfig:
    """The adapter that settings describe, for this model. `used` is the result of `used_modules`; None: unknown.

    If the settings name no modules, all linear modules get an adapter except for these: modules that no text passes
    through, such as a vision tower; modules whose output is not a single tensor, such as some routers; modules that
    PEFT refuses because the model's code reads their weights directly; and modules whose weights several layers share,
    since PEFT would adapt one and merge into all.
    """
    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank if settings.lora_alpha is None else settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=settings.target_modules,
        exclude_modules=settings.exclude_modules,
        modules_to_save=settings.modules_to_save,
        use_rslora=settings.use_rslora,
        use_dora=settings.use_dora,
        task_type="CAUSAL_LM",
    )
    if settings.exclude_modules is None and settings.target_modules == "all-linear":
        linear = {name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
        shared = _shared(model)
        unfit = {
            name
            for name in linear
            if id(model.get_submodule(name).weight) in shared
            # A router may send no token of an example to an expert.
            or (used is not None and name not in used and ".experts." not in name)
            or _refuses(config, model, name)
        }
        fit = {name.rpartition(".")[2] for name in linear - unfit}
        # By their last name if that identifies them.
        short = {name if name.rpartition(".")[2] in fit else name.rpartition(".")[2] for name in unfit}
        config.exclude_modules = short - {"lm_head"} or None
    return config


def base_model(model: Any) -> Any:
    """The language model itself, inside its adapter where it has one."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


@contextmanager
def used_modules(model: Any) -> Iterator[set[str]]:
    """Collects the names of the modules that are called while the block runs and return one tensor."""
    used: set[str] = set()

    def hook(name: str) -> Any:
        return lambda _, __, output: used.add(name) if isinstance(output, torch.Tensor) else None

    hooks = [module.register_forward_hook(hook(name)) for name, module in model.named_modules()]
    try:
        yield used
    finally:
        for handle in hooks:
            handle.remove()


def _shared(model: Any) -> set[int]:
    """The ids of the weights that several linear modules of the model share."""
    linear = [one for _, one in model.named_modules(remove_duplicate=False) if isinstance(one, torch.nn.Linear)]
    return {weight for weight, places in Counter(id(one.weight) for one in linear).items() if places > 1}


def _refuses(config: LoraConfig, model: Any, name: str) -> bool:
    """Whether PEFT refuses a module of the model."""
    try:
        _check_lora_target_modules_mamba(config, model, name.rpartition(".")[2])
    except ValueError:
        return True
    return False
