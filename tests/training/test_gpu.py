"""A step of training as a GPU takes it, without its numbers: see `stand_in_gpu`, which runs in a process of its own, since
torch knows a device that it was told of until the process ends.
"""

import json
import subprocess
import sys

import pytest

from tests.students.families import FAMILIES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "how"),
    [
        ("llama", ["full", "packed"]),
        ("llama", ["lora", "packed", "compiled"]),
        ("gemma", ["full", "packed", "compiled"]),
        ("qwen3", ["lora", "padded"]),
    ],
    ids=lambda one: one if isinstance(one, str) else "-".join(one),
)
def test_a_step_stays_on_the_gpu_and_waits_for_it_at_its_end_alone(tmp_path, family, how) -> None:
    folder = FAMILIES[family](tmp_path / "model")
    command = [sys.executable, "-m", "tests.training.stand_in_gpu", str(folder), *how]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert (found["told"], found["steps"]) == (None if "packed" in how else "asked for", 1)
    assert found["portions"] > 1
    own = [one for one in found["asked"] if one != "a library"]
    assert own == ["_check_losses", "clip", *(["_factors"] if "compiled" in how else [])]
    assert len(found["asked"]) <= len(own) + 4  # the trainer's own, of a step and of a run
