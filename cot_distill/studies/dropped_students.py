"""Deletes the students of evaluated runs from DVC's cache, so that a study needs limited disk."""

import json
import re
from collections.abc import Collection
from pathlib import Path

from cot_distill.repository.checkout import cache_folder
from cot_distill.repository.git import git, git_or_none

STUDENT = "data/students/tuned"
"""The out that is dropped."""
_STUDENT_HASH = re.compile(rf"path: {STUDENT}\s+hash: md5\s+md5: (\S+)")


def drop(root: Path, revs: Collection[str], own: Collection[str]) -> int:
    """Delete the students of the experiments `revs` from the cache. Returns the number of bytes freed.

    `own` are the names of the study's experiments. A student that another experiment, a branch, a tag or the workspace
    refers to is kept, and so is every file that another folder in the cache shares.
    """
    cache = cache_folder(root)
    wanted = {student for rev in revs for student in _students(_lock_at(root, rev))}
    kept = {student for rev in _others(root, own) for student in _students(_lock_at(root, rev))}
    workspace = root / "dvc.lock"
    if workspace.is_file():
        kept |= _students(workspace.read_text(encoding="utf-8"))
    dropped = wanted - kept
    files = {path for student in dropped for path in objects(cache, student)}
    if not files:
        return 0
    for listing in (cache / "files" / "md5").glob("??/*.dir"):
        folder = listing.parent.name + listing.name
        if folder not in dropped:
            files -= objects(cache, folder)
    freed = 0
    # The listings are deleted last, since after a kill only they can name the remaining files.
    for path in sorted(files, key=lambda path: path.suffix == ".dir"):
        if path.is_file():
            freed += path.stat().st_size
            path.unlink()
    return freed


def objects(cache: Path, folder_hash: str) -> set[Path]:
    """The paths in the cache of a folder's files and of their listing. Empty if the cache has no listing."""
    listing = _place(cache, folder_hash)
    if not listing.is_file():
        return set()
    return {listing, *(_place(cache, item["md5"]) for item in json.loads(listing.read_text(encoding="utf-8")))}


def _place(cache: Path, md5: str) -> Path:
    return cache / "files" / "md5" / md5[:2] / md5[2:]


def _others(root: Path, own: Collection[str]) -> set[str]:
    """The commits that changed dvc.lock and that something else than an experiment of these names refers to."""
    excluded = [f"--exclude=refs/exps/*/*/{name}" for name in own]
    return set(git(root, "rev-list", *excluded, "--all", "HEAD", "--", "dvc.lock").split())


def _lock_at(root: Path, rev: str) -> str:
    return git_or_none(root, "show", f"{rev}:./dvc.lock") or ""


def _students(lock: str) -> set[str]:
    return set(_STUDENT_HASH.findall(lock))
