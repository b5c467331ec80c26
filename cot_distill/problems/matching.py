"""The problems that several arms can teach, so that each trains on the same ones, and the file that lists them."""

from collections.abc import Sequence
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.files import write_text


def shared(sets: Sequence[set[str]]) -> list[str]:
    """The ids that all the sets have, sorted. Raises UserError where there is none."""
    ids = sorted(set.intersection(*sets))
    if not ids:
        raise UserError("these arms share no problem; are they of the same dataset?")
    return ids


def write(out: Path, arms: Sequence[str], ids: Sequence[str]) -> None:
    """Write the ids that these arms share to a match file. A file that already says so is not touched."""
    header = [f"# The {len(ids)} problems that all of these arms teach:", *(f"#   {arm}" for arm in arms)]
    text = "\n".join([*header, *ids]) + "\n"
    if not out.is_file() or out.read_text(encoding="utf-8") != text:
        write_text(out, text)


def read_matched(path: Path) -> frozenset[str] | None:
    """The problem ids of a match file (one a line, # begins a comment); None, which means no matching, if it has none.

    Raises UserError where the file cannot be read.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); write it with `cot-distill match`") from error
    return frozenset(line for line in lines if line and not line.startswith("#")) or None
