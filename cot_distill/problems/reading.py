"""Reading the official files of a benchmark: whatever is wrong with one is told in a line, never a traceback."""

import json
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError


def json_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON file that holds a list of objects; numbers stay text, so that no digit is lost.

    Raises UserError where the file is missing, empty, not UTF-8, cut off, or holds anything else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}; fetch the official file again") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); put the official file there") from error
    if not text.strip():
        raise UserError(f"{path}: is empty; fetch the official file again")
    try:
        rows = json.loads(text, parse_int=str, parse_float=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid JSON, perhaps cut off ({error}); fetch the official file again") from error
    if not isinstance(rows, list):
        raise UserError(f"{path}: holds no list of rows")
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise UserError(f"{path}: row {number} is no object")
    return rows


def text_field(path: Path, number: int, row: dict[str, Any], key: str) -> str:
    """The non-empty text under `key` of a row, or UserError naming file, row and key."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        shown = "missing" if key not in row else "empty" if value == "" else f"{type(value).__name__}, not text"
        raise UserError(f"{path}: row {number}: {key!r} is {shown}")
    return value.strip()
