"""How a student is trained."""

import dataclasses
from typing import Any, Literal

from pydantic import Field, model_validator

from cot_distill.errors import UserError
from cot_distill.students import Training


class Settings(Training):
    """The section `training` of params.yaml. What is null there, or missing, is the student's own."""

    thoughts: Literal["template", "plain"] = "template"
    """How thoughts are laid out: as the student's own template thinks, if it knows how, or plain, as text."""
    too_long: Literal["stop", "drop"]
    """What an example over the limit does: `stop` the run, or `drop` out of it; it is never cut."""
    device_batch: int = Field(ge=1)
    """Examples that a device works on at a time, at most, unless `by_tokens`; gradients accumulate over the rest of the
    batch."""
    device_tokens: int | None = Field(default=None, ge=16)
    """Tokens that a device works on at a time, at most; best fit puts examples together. None: on a GPU as many as it
    has room for, elsewhere by `device_batch`."""
    gradient_checkpointing: bool
    dtype: Literal["auto", "bfloat16", "float32"]
    """See `device_dtype`."""
    parallel: Literal["none", "ddp", "fsdp", "deepspeed_zero3"]
    """How the work is shared between processes."""
    processes: int | None = Field(ge=1)
    """How many processes, on all machines together; None: one a GPU."""

    @model_validator(mode="before")
    @classmethod
    def _leave_to_the_student(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None or name not in Training.model_fields}

    def with_own(self, own: Training) -> "Settings":
        """These settings, with the student's own if none was given."""
        return self.model_copy(
            update={name: getattr(own, name) for name in Training.model_fields if name not in self.model_fields_set}
        )

    @property
    def by_tokens(self) -> bool:
        """Whether what a device works on at a time is counted in tokens, not in examples."""
        import torch

        # If weights are cut among the processes, all must take as many micro-batches.
        return self.device_tokens is not None or (torch.cuda.is_available() and not self.sharded)

    @property
    def sharded(self) -> bool:
        """Whether the weights are cut among the processes."""
        return self.parallel in ("fsdp", "deepspeed_zero3")


@dataclasses.dataclass(frozen=True, slots=True)
class Steps:
    """How a step works on its batch: the examples of a micro-batch on one device, and how many micro-batches follow one
    another before the weights change."""

    micro_batch: int
    accumulated: int


def steps(batch_size: int, device_batch: int, devices: int) -> Steps:
    """Derive accumulation, so that a step sees `batch_size` examples whatever the number of devices.

    Raises UserError if the devices cannot share the batch evenly.
    """
    share, over = divmod(batch_size, devices)
    if over or not share:
        raise UserError(
            f"training.batch_size is {batch_size}, which {devices} devices cannot share evenly; choose a multiple of "
            f"{devices}"
        )
    micro_batch = max(count for count in range(1, min(device_batch, share) + 1) if share % count == 0)
    return Steps(micro_batch, share // micro_batch)
