"""YAML files that people edit: an error names the line."""

from pathlib import Path

import pytest

from cot_distill import catalogue
from cot_distill.errors import UserError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "one: {model: x}\ntwo: {model: [y}\n",
            "line 2, while parsing a flow sequence that begins in line 2: expected ',' or ']', but got '}'",
        ),
        ("one: {}\n\tmodel: x\n", "line 2: found character '\\t' that cannot start any token"),
        ("one: two: {}\n", "line 1: mapping values are not allowed here"),
    ],
)
def test_what_is_no_yaml_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "students.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        catalogue.load(path)
    assert str(error.value) == f"{path}: not valid YAML ({told})"
