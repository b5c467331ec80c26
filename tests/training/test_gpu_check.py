"""`make gpu-check` with a tiny model on a CPU: every figure is there, and packed and padded losses are the same."""

import json
import shutil

import pytest

from benchmarks import gpu

TINY = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_every_figure_is_told(capfd) -> None:
    gpu.main({"tiny": TINY}, examples=24, batch=8, dtype="float32")
    first, *lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert set(first) == {"device"}
    told = {line["figure"].removeprefix("tiny_"): line["value"] for line in lines}
    for name in ("packed_tokens_per_second", "padded_tokens_per_second", "trl_tokens_per_second", "packed_over_trl"):
        assert told[name] > 0
    assert told["losses_apart"] == 0.0  # to three digits
    assert set(told) >= {"packed_peak_mb", "padded_peak_mb", "trl_peak_mb", "packed_seconds", "packed_utilisation"}
