"""Catalogues and other small YAML files that the project reads, and one that it writes."""

import copy
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, one_line
from cot_distill.files import write_aside


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Read a catalogue: id → its settings. Raises UserError if the file is not a mapping of mappings."""
    entries = load_any(path)
    if not all(isinstance(entry, dict) for entry in entries.values()):
        raise UserError(f"{path}: must map each id to its settings")
    return entries


def load_any(path: Path) -> dict[str, Any]:
    """Read a YAML file whose content is a mapping. Raises UserError if it is anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); get it back with git") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not valid YAML ({one_line(error)})") from error
    return mapping(text, str(path))


def mapping(text: str, name: str) -> dict[str, Any]:
    """The mapping that a YAML text describes. `name` names the file in errors. Raises UserError if it is anything
    else."""
    try:
        entries = copy.deepcopy(parsed(text))
    except ValueError as error:
        raise UserError(f"{name}: not valid YAML ({one_line(error)})") from error
    if not isinstance(entries, dict):
        raise UserError(f"{name}: must be a mapping{', and is empty' if entries is None else ''}")
    return entries


@functools.lru_cache(maxsize=16)
def parsed(text: str) -> Any:
    """The content of a YAML text. It is parsed only once, since a study checks hundreds of combinations by one
    catalogue."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError(_place_and_fault(error)) from error


def _place_and_fault(error: Any) -> str:
    """The line of a YAML text that is at fault, and why, without ruamel's excerpts of the text."""
    mark, begin = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        return str(error)
    within = f", {error.context} that begins in line {begin.line + 1}" if error.context and begin else ""
    return f"line {mark.line + 1}{within}: {error.problem}"


@contextmanager
def changed(path: Path) -> Iterator[Any]:
    """Gives the content of a YAML file. The block changes it, and the file is then written back with its comments."""
    from ruamel.yaml import YAML

    yaml = YAML()
    content = yaml.load(path)
    yield content
    with write_aside(path) as aside:
        yaml.dump(content, aside)
