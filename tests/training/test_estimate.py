"""What a run will need, by literal numbers, and what is said where there is less."""

from types import SimpleNamespace

import psutil
import pytest

from cot_distill.errors import UserError
from cot_distill.training import estimate
from cot_distill.training.estimate import Sizes, check_disk, disk_bytes, memory_bytes, warn_of_memory

SIZE = Sizes(weights=1000, trained=100, layers=3, width=10, inner=20, vocabulary=50)


@pytest.mark.parametrize(
    ("tokens", "weight_bytes", "masters", "checkpointing", "expected"),
    [
        # optimiser 100 × (4 + 8), activations 3 layers × (7 × (120 + 80) + 4,194,304) × 4, logits 7 × 50 × 8
        (7, 4, False, False, 1.2 * (1200 + 16800 + 50331648 + 2800)),
        # in bfloat16, a master of each trained weight
        (7, 2, True, False, 1.2 * (1400 + 8400 + 25165824 + 2100)),
        # one tensor a layer, and one layer in full
        (7, 4, False, True, 1.2 * (1200 + 840 + 5600 + 16777216 + 2800)),
        # logits of 1,024 positions at most
        (2000, 4, False, False, 1.2 * (1200 + 4800000 + 50331648 + 409600)),
    ],
)
def test_memory(tokens, weight_bytes, masters, checkpointing, expected) -> None:
    assert memory_bytes(SIZE, tokens, weight_bytes, masters, checkpointing) == int(expected)


@pytest.mark.parametrize(
    ("weight_bytes", "masters", "whole", "expected"),
    [
        (4, False, True, (4000, 2 * (4000 + 1200))),
        (2, True, True, (2000, 2 * (2000 + 1400))),
        (4, False, False, (400, 2 * (400 + 1200))),
        (2, True, False, (400, 2 * (400 + 1400))),
    ],
)
def test_disk(weight_bytes, masters, whole, expected) -> None:
    assert disk_bytes(SIZE, weight_bytes, masters, whole) == expected


def test_sizes_are_read_off_a_model(tiny_student) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_student)
    model.get_input_embeddings().weight.requires_grad_(False)
    # A layer: queries and output 32 × 32, keys and values 32 × 16, the feed-forward three times 32 × 64, two norms.
    layer = 2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 64 + 2 * 32
    rest = 258 * 32 + 32
    assert estimate.sizes(model) == Sizes(258 * 32 + 2 * layer + rest, 2 * layer + rest, 2, 32, 64, 258)


def test_too_little_memory_is_told(monkeypatch, capsys) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=3_000_000_000))
    warn_of_memory(3_000_000_000, "buy more")
    assert capsys.readouterr().err == ""
    warn_of_memory(3_500_000_000, "lower training.device_batch")
    assert capsys.readouterr().err == (
        "training: may need about 3.5 GB more memory, and this machine has 3.0 GB free; if it runs out, lower "
        "training.device_batch\n"
    )


def test_too_little_disk_is_told(monkeypatch, tmp_path) -> None:
    asked = []

    def usage(place):
        asked.append(place)
        return SimpleNamespace(free=1_000_000_000)

    monkeypatch.setattr(estimate.shutil, "disk_usage", usage)
    check_disk(tmp_path / "not" / "yet", 1_000_000_000, "the student")
    assert asked == [tmp_path]
    with pytest.raises(UserError) as error:
        check_disk(tmp_path / "not" / "yet", 2_600_000_000, "the student")
    assert str(error.value) == (
        f"{tmp_path}/not/yet: the student takes about 2.6 GB, its disk has 1.0 GB free; free space"
    )
