"""How a student is trained."""

import dataclasses

from cot_distill.errors import UserError

METHODS = ("lora", "qlora", "full")
TOO_LONG = ("stop", "drop")
PARALLEL = ("none", "ddp", "fsdp", "deepspeed_zero3")


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The fields are those of the `training` section of params.yaml, the student's own filled in."""

    method: str
    epochs: int
    batch_size: int
    """Examples per optimiser step, over all devices."""
    learning_rate: float
    lora_rank: int
    max_tokens: int
    """The longest example in tokens: prompt, completion and end token together."""
    too_long: str
    """What an example over the limit does: `stop` the run, or `drop` out of it; it is never cut."""
    device_batch: int
    """Examples that a device works on at a time, at most; gradients accumulate over the rest of the batch."""
    gradient_checkpointing: bool
    dtype: str
    """`auto`, `bfloat16` or `float32`; see `device_dtype`."""
    parallel: str
    """`none`, or how the work is shared between processes."""
    processes: int | None
    """How many processes, on all machines together; None: one a GPU."""

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

    Raises UserError where the devices cannot share the batch evenly.
    """
    share, over = divmod(batch_size, devices)
    if over or not share:
        raise UserError(
            f"training.batch_size is {batch_size}, which {devices} devices cannot share evenly; choose a multiple of "
            f"{devices}"
        )
    micro_batch = max(count for count in range(1, min(device_batch, share) + 1) if share % count == 0)
    return Steps(micro_batch, share // micro_batch)
