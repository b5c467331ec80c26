"""A worker's private copy of the repository: experiments run there, and the user's workspace is never touched.

`dvc exp run --temp` would do nearly the same, but it stashes the workspace, resets it hard and puts it back at each
start: a kill in that moment would leave the user without their changes, and two starts at a time get in each other's
way. A copy is made from a snapshot, so that the user can go on working while the study runs; it shares git's objects
and DVC's cache, run-cache included, with the repository.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import write_aside
from cot_distill.studies.grid import put
from cot_distill.studies.repository import Repository

MARK = "COT_DISTILL_STUDY"
"""The variable by which processes that a killed study left behind are known: it names their copy."""


class Copy:
    """One worker's copy."""

    def __init__(self, repository: Repository, snapshot: str, number: int) -> None:
        """Makes it anew. `number` tells the workers apart."""
        self._repository, self._snapshot = repository, snapshot
        self.folder = repository.work / f"copy-{number}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        repository.git("clone", "--quiet", "--shared", "--no-checkout", str(repository.root), str(self.folder))
        for name, value in repository.identity().items():
            if name.startswith("GIT_AUTHOR"):
                self._git("config", f"user.{name.rpartition('_')[2].lower()}", value)
        self.reset()
        self._share_cache()

    def reset(self) -> None:
        """Bring it back to the snapshot; what DVC made there stays, and is checked by DVC as ever."""
        self._git("checkout", "--quiet", "--force", "--detach", self._repository.head)
        self._git("clean", "--quiet", "--force", "-d")
        if self._snapshot != self._repository.head:
            self._git("stash", "apply", "--quiet", "--index", self._snapshot)

    def start(
        self, name: str, changes: dict[str, Any], targets: list[str], gpu: str | None, log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start an experiment with these params changed, to the end of the pipeline or to `targets` alone."""
        self.reset()
        self._set(changes)
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            **self._repository.identity(),
            MARK: str(self.folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "DVC_NO_ANALYTICS": "true",
        }
        if gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        with log.open("wb") as written:
            return subprocess.Popen(
                [sys.executable, "-m", "dvc", "exp", "run", "--name", name, *targets],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def collect(self, name: str) -> str:
        """Take the experiment over into the repository, in the place of an older one; its commit."""
        head = self._repository.head
        ref = f"refs/exps/{head[:2]}/{head[2:]}/{name}"
        self._repository.git(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(self.folder), f"+{ref}:{ref}"
        )
        return self._repository.git("rev-parse", ref).strip()

    def _set(self, changes: dict[str, Any]) -> None:
        from ruamel.yaml import YAML

        yaml = YAML()
        path = self.folder / "params.yaml"
        content = yaml.load(path)
        for param, value in changes.items():
            put(content, param, value)
        with write_aside(path) as aside:
            yaml.dump(content, aside)

    def _share_cache(self) -> None:
        from configobj import ConfigObj

        local = self._repository.root / ".dvc" / "config.local"
        config = ConfigObj(str(local)) if local.is_file() else ConfigObj()
        config.merge({"cache": {"dir": str(self._repository.cache)}})
        with (self.folder / ".dvc" / "config.local").open("wb") as written:
            config.write(written)

    def _git(self, *arguments: str) -> None:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"{self.folder}: git {arguments[0]} failed ({done.stderr.strip()})")


def end_leftovers(folder: Path) -> int:
    """End the processes that an earlier, killed study left at work in copies below `folder`; how many there were."""
    import psutil

    left = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
        except psutil.Error:  # another user's, or already gone
            continue
        if mark.startswith(f"{folder}{os.sep}") and process.pid != os.getpid():
            left.append(process)
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        process.kill()
    return len(left)
