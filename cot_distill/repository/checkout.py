"""A private checkout of the repository. Runs in it never touch the user's workspace.

It is a clone that shares git's objects and DVC's cache with the repository, the run cache included. `dvc exp run
--temp` does nearly the same, but at each start it stashes the workspace, resets it hard and restores it. A kill in that
moment would lose the user's changes, and two starts at the same time disturb each other.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from cot_distill.repository import dvc_command, params
from cot_distill.repository.git import git
from cot_distill.repository.processes import MARK


class Checkout:
    """One checkout. `root` is the project in it, which may be below the repository's own root."""

    def __init__(self, project: Path, folder: Path) -> None:
        """Clones the repository of the project at `project` to `folder`, and replaces what was there."""
        self._project, self.folder = project, folder
        top = Path(git(project, "rev-parse", "--show-toplevel"))
        self.root = folder / project.resolve().relative_to(top)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        git(project, "clone", "--quiet", "--shared", "--no-checkout", str(top), str(folder))

    def go_to(self, commit: str, stash: str | None = None) -> None:
        """Check out the commit, with the changes of a stash. DVC's outs stay, and DVC checks them as usual."""
        git(self.folder, "checkout", "--quiet", "--force", "--detach", commit)
        git(self.folder, "clean", "--quiet", "--force", "-d")
        if stash:
            git(self.folder, "stash", "apply", "--quiet", "--index", stash)
        self._share_cache()

    def set_params(self, changes: Mapping[str, Any]) -> None:
        """Set dotted params. Raises UserError for one that params.yaml does not have there."""
        params.rewrite(self.root / "params.yaml", changes)

    def start(
        self, *arguments: str, output: IO[Any], held: int | None = None, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Start `dvc` with these arguments in the checkout, as the leader of a process group. It keeps the file
        descriptor `held` open."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # the stages' `python`
        return subprocess.Popen(
            [sys.executable, "-P", dvc_command.__file__, *arguments],
            cwd=self.root,
            env={
                **os.environ,
                "PATH": path,
                "DVC_NO_ANALYTICS": "true",
                "PYTHONDONTWRITEBYTECODE": "",  # containers set it, and each stage would then compile the library
                MARK: str(self.folder),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=() if held is None else (held,),
        )

    def remove(self) -> None:
        """Delete the checkout."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _share_cache(self) -> None:
        from configobj import ConfigObj

        local = self._project / ".dvc" / "config.local"  # it has remotes and their keys, and git does not track it
        config = ConfigObj(str(local)) if local.is_file() else ConfigObj()
        config.merge({"cache": {"dir": str(cache_folder(self._project))}})
        with (self.root / ".dvc" / "config.local").open("wb") as written:
            config.write(written)


def cache_folder(project: Path) -> Path:
    """The folder of DVC's cache."""
    from dvc.repo import Repo

    with Repo(str(project)) as repo:
        return Path(repo.cache.local.path).parent.parent  # without its end, files/md5
