"""An out of an experiment, a commit or the workspace: from the workspace, DVC's cache or a remote, whichever has it."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.repository.revisions import files_at
from cot_distill.tables import lock, revisions
from cot_distill.tables.runs import WORKSPACE, problems, split
from cot_distill.tables.stored import DamagedError, Store

_EXAMPLES = "data/examples/examples.parquet"
_PARAMS, _LOCK = "params.yaml", "dvc.lock"


def table(root: Path, name: str, out: str) -> Any:
    """The Parquet table `out` of the experiment or commit `name`, or of the workspace, as a pyarrow table.

    Raises UserError for a name that DVC does not know, where the table is in neither workspace, cache nor remote, and
    where one of these has another than was made, with the command that brings it back.
    """
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(io.BytesIO(_content(root, name, out))) as file:  # `read_table` would import pandas
            return file.read()
    except (OSError, pa.ArrowInvalid) as error:
        raise UserError(f"{name}: {out} cannot be read ({first_line(error)}); run `dvc repro`") from error


def problems_of(root: Path, name: str) -> str:
    """The out that holds the problems which `name`, as `table` takes it, was asked; raises as `table` does."""
    held = next(revisions.texts(root, [_revision(root, name)], (_PARAMS,)))
    return problems(split(revisions.params(held.get(_PARAMS, ""))))


def _content(root: Path, name: str, out: str) -> bytes:
    """What DVC's cache or the workspace has, checked, or else what a remote has."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc_data.index import DataIndexDirError

    revision = _revision(root, name)
    held = next(revisions.texts(root, [revision], (_LOCK,)))
    try:
        with Repo(str(root)) as repo:
            return Store(repo, root).file(revision, lock.stages(held.get(_LOCK, "")), out).read_bytes()
    except DamagedError as error:
        raise UserError(f"{name}: {error}") from error
    except UserError as error:
        lacking = error
    try:
        with files_at(root, revision.rev) as files:
            content: bytes = files.read_bytes(out)
            return content
    except (DvcException, DataIndexDirError, OSError):
        raise UserError(f"{name}: {lacking}") from lacking


def _revision(root: Path, name: str) -> revisions.Revision:
    return revisions.Revision(name, name, None) if name == WORKSPACE else revisions.the_one(root, name)


def taught(root: Path, names: list[str]) -> list[set[str]]:
    """The ids of the problems that each experiment (or commit, or `workspace`) trains on; raises as `table` does."""
    found = []
    for name in names:
        try:
            found.append(set(table(root, name, _EXAMPLES)["problem_id"].to_pylist()))
        except UserError as error:
            raise UserError(f"{name!r} is no published arm, nor an experiment or commit to read: {error}") from error
    return found
