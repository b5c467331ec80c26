"""Params by dotted name."""

import difflib
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.errors import UserError


def put(values: MutableMapping[str, Any], param: str, value: Any) -> bool:
    """Set a dotted param in nested values. Returns False if there is no such param."""
    *sections, key = param.split(".")
    place: Any = values
    for section in sections:
        place = place.get(section) if isinstance(place, MutableMapping) else None
    if not isinstance(place, MutableMapping) or key not in place:
        return False
    place[key] = value
    return True


def set_known(values: MutableMapping[str, Any], param: str, value: Any, where: str) -> None:
    """Set a dotted param in nested values. Raises UserError, which begins with `where`, if there is none."""
    if not put(values, param, value):
        alike = difflib.get_close_matches(param, names(values), n=1)
        meant = f"; did you mean {alike[0]}?" if alike else "; params.yaml lists them"
        raise UserError(f"{where}: {param!r} is not a param of params.yaml{meant}")


def names(values: Mapping[str, Any], section: str = "") -> Iterator[str]:
    """The dotted names of all params and sections."""
    for name, value in values.items():
        yield f"{section}{name}"
        if isinstance(value, Mapping):
            yield from names(value, f"{section}{name}.")


def rewrite(path: Path, changes: Mapping[str, Any]) -> None:
    """Set dotted params in a params.yaml and keep its comments. Raises UserError for a param that the file lacks."""
    if not path.is_file():
        raise UserError("there is no params.yaml")
    with catalogue.changed(path) as content:
        for param, value in changes.items():
            set_known(content, param, value, path.name)


def get(values: Any, param: str) -> Any:
    """The value of a dotted param; None if there is none."""
    for part in param.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values
