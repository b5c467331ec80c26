"""The files of a revision as DVC sees them: those in git, and outs from the workspace, cache or a remote."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any


@contextmanager
def files_at(root: Path, rev: str | None) -> Iterator[Any]:
    """Gives DVC's file system of the project at `root`, at the revision `rev`; None: the workspace.

    Paths are relative to the project, also if it is a part of a larger repository. (If DVC itself opens a revision by
    path, it takes the repository's root for the project's.) Raises DVC's own exceptions.
    """
    from dvc.api import DVCFileSystem
    from dvc.repo import Repo

    with Repo(str(root)) as repo, nullcontext() if rev is None else repo.switch(rev):
        yield DVCFileSystem(repo)
