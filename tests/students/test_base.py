"""Loading students: what cannot be loaded is told in a line."""

import pytest

from cot_distill.errors import UserError
from cot_distill.students.base import load_model, load_tokenizer


def test_a_folder_without_tokenizer_or_safetensors_is_told(tmp_path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for load in (load_tokenizer, lambda entry: load_model(entry, "float32")):
        with pytest.raises(UserError, match="cannot be loaded") as error:
            load({"model": str(tmp_path)})
        assert "\n" not in str(error.value)
