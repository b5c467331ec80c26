"""How a batch is shared between devices and worked on."""

import pytest

from cot_distill.errors import UserError
from cot_distill.training.settings import Steps, steps


@pytest.mark.parametrize(
    ("batch", "device_batch", "devices", "expected"),
    [
        (16, 8, 1, Steps(8, 2)),
        (4, 8, 1, Steps(4, 1)),
        (64, 8, 4, Steps(8, 2)),
        (12, 8, 1, Steps(6, 2)),
        (12, 5, 1, Steps(4, 3)),
        (7, 4, 1, Steps(1, 7)),
        (1, 8, 1, Steps(1, 1)),
        (6, 8, 3, Steps(2, 1)),
    ],
)
def test_a_step_sees_the_whole_batch_at_most_so_many_at_a_time(batch, device_batch, devices, expected) -> None:
    made = steps(batch, device_batch, devices)
    assert made == expected
    assert made.micro_batch * made.accumulated * devices == batch


@pytest.mark.parametrize(("batch", "devices"), [(16, 3), (2, 4), (1, 2)])
def test_devices_that_cannot_share_a_batch_are_told(batch, devices) -> None:
    with pytest.raises(UserError) as error:
        steps(batch, 8, devices)
    assert str(error.value) == (
        f"training.batch_size is {batch}, which {devices} devices cannot share evenly; choose a multiple of {devices}"
    )
