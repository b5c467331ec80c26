"""Catalogues: YAML files beside the code whose keys are the ids that params name."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Read a catalogue: id → its settings. Raises UserError where the file is not a mapping of mappings."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        entries = YAML(typ="safe", pure=True).load(path)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML ({' '.join(str(error).split())})") from error
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise UserError(f"{path}: must map each id to its settings")
    return entries
