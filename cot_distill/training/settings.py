"""The settings of training."""

import dataclasses
from typing import Any, Literal

from pydantic import Field, model_validator

from cot_distill.errors import UserError
from cot_distill.students import Training


class Settings(Training):
    """The section `training` of params.yaml. For values that are null or missing, the student's own count."""

    thoughts: Literal["template", "plain"] = "template"
    """How thoughts are written: in the way of the student's own template, if it has one, or as plain text."""
    too_long: Literal["stop", "drop"]
    """What happens to an example over the limit: it `stop`s the run, or the run `drop`s it. It is never cut."""
    device_batch: int = Field(ge=1)
    """The most examples on a device at a time, unless `by_tokens`. Gradients accumulate over the rest of the batch."""
    device_tokens: int | None = Field(default=None, ge=16)
    """The most tokens on a device at a time; best fit combines examples. None: on a GPU as many as it has room for, on
    a CPU by `device_batch`."""
    gradient_checkpointing: bool
    dtype: Literal["auto", "bfloat16", "float32"]
    """See `device_dtype`."""
    parallel: Literal["none", "ddp", "fsdp", "deepspeed_zero3"]
    """How processes share the work."""
    processes: int | None = Field(ge=1)
    """The number of processes on all machines together; None: one for each GPU."""

    @model_validator(mode="before")
    @classmethod
    def _leave_to_the_student(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None or name not in Training.model_fields}

    def with_own(self, own: Training) -> "Settings":
        """These settings, with the student's own for those that are not given."""
        return self.model_copy(
            update={name: getattr(own, name) for name in Training.model_fields if name not in self.model_fields_set}
        )

    @property
    def by_tokens(self) -> bool:
        """Whether a micro-batch is limited by tokens, not by examples."""
        import torch

        # If weights are sharded, all processes must have the same number of micro-batches.
        return self.device_tokens is not None or (torch.cuda.is_available() and not self.sharded)

    @property
    def sharded(self) -> bool:
        """Whether the weights are sharded among the processes."""
        return self.parallel in ("fsdp", "deepspeed_zero3")


@dataclasses.dataclass(frozen=True, slots=True)
class Steps:
    """How a step processes its batch: the examples of a micro-batch on one device, and the number of micro-batches
    before the weights change."""

    micro_batch: int
    accumulated: int


def steps(batch_size: int, device_batch: int, devices: int) -> Steps:
    """Derive the accumulation, so that a step has `batch_size` examples for any number of devices.

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
