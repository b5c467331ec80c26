"""Params by dotted name."""

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.errors import UserError


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
    if not path.is_file():
        raise UserError("there is no params.yaml")
    with catalogue.changed(path) as content:
        for param, value in changes.items():
            if not put(content, param, value):
                raise UserError(f"{param!r} is no param of params.yaml")


def get(values: Any, param: str) -> Any:
    """The value of a dotted param; None where there is none."""
    for part in param.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values
