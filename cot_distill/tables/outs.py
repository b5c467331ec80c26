"""An out of an experiment, a commit or the workspace: from the workspace, DVC's cache or a remote, whichever has it."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, first_line
from cot_distill.repository.revisions import files_at
from cot_distill.tables import lock, revisions
from cot_distill.tables.runs import WORKSPACE, problems
from cot_distill.tables.stored import DamagedError, LostError, Store, recovery

_EXAMPLES = "data/examples/examples.parquet"
_PARAMS, _LOCK = "params.yaml", "dvc.lock"


def table(root: Path, name: str, out: str) -> Any:
    """The Parquet table `out` of the experiment or commit `name`, or of the workspace, as a pyarrow table.

    Raises UserError for a name that DVC does not know, where the table is in neither workspace, cache nor remote, and
    where the cache has another than was made.
    """
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    content = _content(root, name, out)
    try:
        with pq.ParquetFile(io.BytesIO(content)) as file:  # `read_table` would import pandas
            return file.read()
    except (OSError, pa.ArrowInvalid) as error:
        raise UserError(_cannot_read(root, name, out, first_line(error))) from error


def problems_of(root: Path, name: str) -> str:
    """The out that holds the problems which `name`, as `table` takes it, was asked; raises as `table` does."""
    return problems(revisions.params(_content(root, name, _PARAMS).decode(errors="replace")))


def _content(root: Path, name: str, file: str) -> bytes:
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexDirError
    from scmrepo.exceptions import SCMError

    kept = _kept(root, name, file) if name != WORKSPACE and file != _PARAMS else None
    if kept is not None:
        return kept
    try:
        with files_at(root, None if name == WORKSPACE else name) as files:
            content: bytes = files.read_bytes(file)
            return content
    except (DvcException, DataIndexDirError, SCMError, OSError) as error:
        raise UserError(_cannot_read(root, name, file, first_line(error))) from error


def _kept(root: Path, name: str, file: str) -> bytes | None:
    """The file of an experiment or commit as the cache has it, checked, since DVC trusts what lies there; None where
    the cache lacks it, or no stage made it."""
    from dvc.repo import Repo

    try:
        [revision, _] = revisions.asked_for(root, False, [name], False)
        held = next(revisions.texts(root, [revision], (_LOCK,)))
        with Repo(str(root)) as repo:
            return Store(repo, root).file(revision, lock.stages(held.get(_LOCK, "")), file).read_bytes()
    except DamagedError as error:
        raise UserError(f"{name}: {error}") from error
    except UserError:
        return None


def _cannot_read(root: Path, name: str, out: str, reason: str) -> str:
    from dvc.repo import Repo

    try:
        revision = revisions.asked_for(root, False, [] if name == WORKSPACE else [name], False)[0]
    except UserError:
        return f"{name!r} is no experiment or commit with {out} ({reason})"
    held = next(revisions.texts(root, [revision], (_LOCK,)))
    stages = lock.stages(held[_LOCK]) if _LOCK in held else []
    made_by = [stage.name for stage in stages if stage.makes(out)]
    where = "in the workspace" if name == WORKSPACE else f"of {name}"
    back = "no stage made it: run `dvc repro`"
    with Repo(str(root)) as repo:
        if made_by:
            back = recovery(root, repo, revision, out, made_by[0])
            try:
                Store(repo, root).file(revision, stages, out)
            except LostError as error:
                return f"{name}: {error}"
    return f"{out} cannot be read {where} ({reason}); {back}"


def taught(root: Path, names: list[str]) -> list[set[str]]:
    """The ids of the problems that each experiment (or commit, or `workspace`) trains on; raises as `table` does."""
    try:
        return [set(table(root, name, _EXAMPLES)["problem_id"].to_pylist()) for name in names]
    except UserError as error:
        raise UserError(f"{error}; nor is it a published arm") from error
