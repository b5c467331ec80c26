"""A worker's copy of the repository, in which it runs a study's experiments.

A copy is made from a snapshot of the workspace, so that the user can continue to work while the study runs.
"""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.repository.checkout import Checkout
from cot_distill.repository.git import git, identity


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """The present workspace, with staged and changed files."""

    head: str
    """The commit that is checked out."""
    stash: str | None
    """A commit that holds what differs from it; None if nothing does."""


def take_snapshot(project: Path) -> Snapshot:
    """Record the workspace without changing it."""
    git(project, "status", "--porcelain")  # refreshes the index, since `stash` fails on a file that was only touched
    stash = git(project, "stash", "create")
    return Snapshot(git(project, "rev-parse", f"{stash}^1" if stash else "HEAD"), stash or None)


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A run of the study, or stages that several runs share and that are made first."""

    name: str
    changes: dict[str, Any]
    targets: tuple[str, ...] = ()
    """Stages to make; none: the whole pipeline."""
    shared: bool = False
    """Whether it makes what several runs share, and its experiment is not kept."""
    after: frozenset[str] = frozenset()
    """Names of the jobs that have to end first."""
    student: str = ""
    """The id of its student, which says what it needs of a machine."""


class Copy:
    """One worker's copy."""

    def __init__(self, project: Path, snapshot: Snapshot, folder: Path, push_to: str | None = None) -> None:
        """Makes a new copy at `folder`. Results that are collected from it are also pushed to the Git remote `push_to`.

        Raises UserError if git has no identity.
        """
        self._project, self._snapshot, self._push_to = project, snapshot, push_to
        self._identity = identity(project)
        self._checkout = Checkout(project, folder)
        for who in ("name", "email"):
            git(folder, "config", f"user.{who}", self._identity[f"GIT_AUTHOR_{who.upper()}"])

    def start(self, job: Job, gpu: str | None, log: Path, held: int) -> "subprocess.Popen[bytes]":
        """Start a job's experiment. The process keeps the file descriptor `held`, a lock, while it lives."""
        self._checkout.go_to(self._snapshot.head, self._snapshot.stash)
        self._checkout.set_params(job.changes)
        environment = dict(self._identity)
        if gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return self._checkout.start(
                "exp", "run", "--name", job.name, *job.targets, output=output, held=held, **environment
            )

    def result(self, job: Job, code: int, log: Path) -> tuple[int, str | None]:
        """(exit code of a job, commit of its experiment). The commit is then in the repository.

        If the result cannot be transferred to the repository, the job counts as failed and its log says why. DVC's run
        cache still has its outs.
        """
        if code or job.shared:
            return code, None
        try:
            return 0, self._collect(job.name)
        except UserError as error:
            with log.open("a", encoding="utf-8") as output:
                output.write(f"cot-distill: the run ended well, but its result cannot be taken over: {error}\n")
            return 1, None

    def _collect(self, name: str) -> str:
        """Transfer the experiment to the repository, where it replaces an older one. Returns its commit."""
        head = self._snapshot.head
        ref = f"refs/exps/{head[:2]}/{head[2:]}/{name}"
        folder = self._checkout.folder
        commit = git(folder, "rev-parse", ref)
        git(self._project, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(folder), ref)
        if self._push_to is not None:  # first, since an experiment that counts as finished here is not pushed again
            git(self._project, "push", "--quiet", self._push_to, f"+{commit}:{ref}")
        git(self._project, "update-ref", ref, commit)
        return commit

    def remove(self) -> None:
        """Delete it."""
        self._checkout.remove()
