"""Params by dotted name."""

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import write_aside


def put(values: MutableMapping[str, Any], param: str, value: Any) -> bool:
    """Set a dotted param in nested values; False where there is no such param."""
    *sections, key = param.split(".")
    place: Any = values
    for section in sections:
        place = place.get(section) if isinstance(place, MutableMapping) else None
    if not isinstance(place, MutableMapping) or key not in place:
        return False
    place[key] = value
    return True


def rewrite(path: Path, changes: Mapping[str, Any]) -> None:
    """Set dotted params in a params.yaml, whose comments stay. Raises UserError for one that it does not have."""
    from ruamel.yaml import YAML

    if not path.is_file():
        raise UserError("there is no params.yaml")
    yaml = YAML()
    content = yaml.load(path)
    for param, value in changes.items():
        if not put(content, param, value):
            raise UserError(f"{param!r} is no param of params.yaml")
    with write_aside(path) as aside:
        yaml.dump(content, aside)


def get(values: Any, param: str) -> Any:
    """The value of a dotted param; None where there is none."""
    for part in param.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values
