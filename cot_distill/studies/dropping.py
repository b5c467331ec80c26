"""Dropping the students of evaluated runs from DVC's cache, so that a study's disk stays bounded."""

import re
import subprocess
from collections.abc import Collection

from cot_distill.studies.repository import Repository
from cot_distill.studies.runcache import STUDENT, objects, student_hashes

_STUDENT_OUT = re.compile(rf"path: {STUDENT}\s+hash: md5\s+md5: (\S+)")


def drop(repository: Repository, revs: Collection[str], own: Collection[str]) -> int:
    """Delete the students of the experiments `revs` from the cache; how many bytes that freed.

    `own` are the names of the study's experiments. What any other experiment, a branch, a tag or the workspace names
    stays whole, and so does every file that another student in the cache shares.
    """
    wanted = {name for rev in revs for name in _named(_lock(repository, rev))}
    kept = {name for rev in _others(repository, own) for name in _named(_lock(repository, rev))}
    workspace = repository.root / "dvc.lock"
    if workspace.is_file():
        kept |= _named(workspace.read_text(encoding="utf-8"))
    cache = repository.cache
    dropped = wanted - kept
    files = {path for name in dropped for path in objects(cache, name)}
    files -= {path for name in (kept | student_hashes(cache)) - dropped for path in objects(cache, name)}
    freed = 0
    # The listings go last: without them nothing would tell of the files that a kill left behind.
    for path in sorted(files, key=lambda path: path.suffix == ".dir"):
        if path.is_file():
            freed += path.stat().st_size
            path.unlink()
    return freed


def _others(repository: Repository, own: Collection[str]) -> set[str]:
    """The commits that changed dvc.lock and are reached otherwise than by an experiment of these names."""
    excluded = [f"--exclude=refs/exps/*/*/{name}" for name in own]
    return set(repository.git("rev-list", *excluded, "--all", "HEAD", "--", "dvc.lock").split())


def _lock(repository: Repository, rev: str) -> str:
    shown = subprocess.run(["git", "show", f"{rev}:dvc.lock"], cwd=repository.root, capture_output=True)
    return shown.stdout.decode("utf-8", "replace")


def _named(lock: str) -> set[str]:
    return set(_STUDENT_OUT.findall(lock))
