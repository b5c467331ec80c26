"""`cot-distill look`: shows your data and how they would be read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cot_distill import catalogue
from cot_distill.errors import UserError, one_line

if TYPE_CHECKING:
    from cot_distill.problems.columns import Columns


def look(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="A file, folder or glob, or OWNER/NAME of the hub; by default what params.yaml names."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="A key of the section own, such as answer_form=from_1; repeat."
        ),
    ] = None,
) -> None:
    """Show five of your problems as the student reads them, the faults in your data, and the params to paste."""
    from cot_distill.problems import look as looking
    from cot_distill.repository.root import find_root
    from stages import params, paths

    here = Path.cwd()
    root = find_root(here)
    values = params.read(root / paths.PARAMS) if root else {}
    own: dict[str, Any] = {} if file is not None else dict(values.get("own") or {})
    folder = (root or here) / str(values.get("benchmarks", ""))
    if file is not None:
        folder, own["file"] = looking.source(file, here)
    seed = values.get("data_seed")
    columns = _columns(own | dict(map(_setting, setting or ())))
    revisions = root / paths.REVISIONS if root else None
    for line in looking.look(folder, columns, seed if isinstance(seed, int) else 1, revisions):
        print(line)


def _setting(one: str) -> tuple[str, Any]:
    name, given, value = one.partition("=")
    try:
        return (name, catalogue.parsed(value)) if given else (name, None)
    except ValueError as error:
        raise UserError(f"--set {one!r}: not valid YAML ({one_line(error)})") from None


def _columns(own: dict[str, Any]) -> "Columns":
    from pydantic import ValidationError

    from cot_distill.problems.columns import Columns
    from cot_distill.settings import faults

    try:
        return Columns.model_validate(own)
    except ValidationError as error:
        wrong = "; ".join(f"own.{fault}" for fault in faults(error))
        raise UserError(f"{wrong} (the keys of own are {', '.join(Columns.model_fields)})") from None
