"""A student's provenance: hashes of data, the commit of the code, and whether the pipeline's outs are current."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.files import file_hash, folder_hash
from cot_distill.repository.git import git_or_none

_CODE = ("cot_distill/", "stages/")


def hashes(root: Path, outs: Sequence[Path]) -> dict[str, str]:
    """The hash of each file or folder that a stage wrote: its md5 from `dvc.lock`, else the sha256 of its files.

    `outs` are paths below `root`, the folder of the pipeline. Raises UserError if an out is neither in `dvc.lock` nor
    on the disk.
    """
    lock = root / "dvc.lock"
    stages = catalogue.load_any(lock).get("stages", {}) if lock.is_file() else {}
    locked = {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", []) if "md5" in out}
    return {
        out.as_posix(): f"md5 {locked[out.as_posix()]}" if out.as_posix() in locked else f"sha256 {_sha256(root, out)}"
        for out in outs
    }


def revision(root: Path) -> str | None:
    """The commit of `root`, and whether tracked files differ from it; None if there is no commit."""
    commit = git_or_none(root, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = git_or_none(root, "status", "--porcelain", "--untracked-files=no")
    return f"{commit} + uncommitted changes" if changed else commit


def check_current(root: Path, stages: Collection[str], what: str = "the trained student is") -> None:
    """Raises UserError if params or data differ from those of a stage's last run, since a card would then describe
    another student. Changed code does not count. Without a `dvc.lock` nothing is checked.
    """
    if not (root / "dvc.lock").is_file():
        return
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            status = repo.status()
    except DvcException as error:
        raise UserError(
            f"{root.absolute()}: DVC cannot tell what is current ({' '.join(str(error).split())})"
        ) from None
    changed = [
        f"{stage}: {difference}"
        for stage, parts in status.items()
        if stage in stages
        for part in parts
        for difference in _differences(part)
    ]
    if changed:
        raise UserError(
            f"{what} not that of the workspace's params and data ({'; '.join(changed[:3])}"
            f"{', …' if len(changed) > 3 else ''}); run `dvc repro` first"
        )


def _differences(part: Any) -> Iterator[str]:
    if not isinstance(part, dict):
        yield f"{part}"  # such as "always changed"
        return
    for kind, paths in part.items():
        for path, how in paths.items() if isinstance(paths, dict) else ():
            if isinstance(how, dict):
                yield from (f"{path}: {param} is {state}" for param, state in how.items())
            elif how != "deleted" and (kind == "changed outs" or not path.startswith(_CODE)):  # deleted, or not pulled
                yield f"{path} is {how}"


def _sha256(root: Path, out: Path) -> str:
    path = root / out
    try:
        if path.is_dir():
            return folder_hash(path, (file for file in path.rglob("*") if file.is_file()))
        return file_hash(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); make it with `dvc repro`") from None
