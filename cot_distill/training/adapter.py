"""The adapter that LoRA trains, in PEFT's terms."""

from typing import Any

from peft import LoraConfig
from peft.tuners.tuners_utils import _check_lora_target_modules_mamba

from cot_distill.training.settings import Settings


def adapter(settings: Settings, model: Any) -> LoraConfig:
    """The adapter that settings describe, for this model.

    Modules that PEFT refuses for the model's architecture are left out where the settings name none.
    """
    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    refused = sorted({name.rpartition(".")[2] for name, _ in model.named_modules() if _refuses(config, model, name)})
    if refused:
        config.exclude_modules = refused
    return config


def _refuses(config: LoraConfig, model: Any, name: str) -> bool:
    """Whether PEFT refuses a module of the model, whose code reads its weights past the adapter."""
    try:
        _check_lora_target_modules_mamba(config, model, name.rpartition(".")[2])
    except ValueError:
        return True
    return False
