"""The files of a revision as DVC sees them: those that git holds, and outs from the workspace, cache or a remote."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any


@contextmanager
def files_at(root: Path, rev: str | None) -> Iterator[Any]:
    """DVC's file system over the project at `root`, at the revision `rev` or, if that is None, as it lies there.

    Paths are those below the project, also if it is a part of a larger repository: DVC's own way to open a revision
    by its path takes the whole repository's root for the project's. Raises what DVC raises.
    """
    from dvc.api import DVCFileSystem
    from dvc.repo import Repo

    with Repo(str(root)) as repo, nullcontext() if rev is None else repo.switch(rev):
        yield DVCFileSystem(repo)
