"""A worker's copy of the repository, in which it runs a study's experiments.

A copy is made from a snapshot of the workspace, so that the user can go on working while the study runs.
"""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

from cot_distill.repository.checkout import Checkout
from cot_distill.repository.git import git, identity


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """The workspace as it stands, staged and changed files included."""

    head: str
    """The commit that is checked out."""
    stash: str | None
    """A commit that holds what differs from it; None where nothing does."""


def take_snapshot(project: Path) -> Snapshot:
    """Record the workspace, which stays untouched."""
    git(project, "status", "--porcelain")  # refreshes the index: else `stash` fails on a file that was only touched
    stash = git(project, "stash", "create")
    return Snapshot(git(project, "rev-parse", f"{stash}^1" if stash else "HEAD"), stash or None)


class Copy:
    """One worker's copy."""

    def __init__(self, project: Path, snapshot: Snapshot, folder: Path) -> None:
        """Makes it anew at `folder`. Raises UserError where git has no identity."""
        self._project, self._snapshot = project, snapshot
        self._identity = identity(project)
        self._checkout = Checkout(project, folder)
        for who in ("name", "email"):
            git(folder, "config", f"user.{who}", self._identity[f"GIT_AUTHOR_{who.upper()}"])

    def start(
        self, name: str, changes: dict[str, Any], targets: list[str], gpu: str | None, log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start an experiment with these params changed, to the end of the pipeline or to `targets` alone."""
        self._checkout.go_to(self._snapshot.head, self._snapshot.stash)
        self._checkout.set_params(changes)
        environment = dict(self._identity)
        if gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return self._checkout.start("exp", "run", "--name", name, *targets, output=output, **environment)

    def collect(self, name: str) -> str:
        """Take the experiment over into the repository, in the place of an older one; its commit."""
        head = self._snapshot.head
        ref = f"refs/exps/{head[:2]}/{head[2:]}/{name}"
        folder = str(self._checkout.folder)
        git(self._project, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", folder, f"+{ref}:{ref}")
        return git(self._project, "rev-parse", ref)

    def remove(self) -> None:
        """Delete it."""
        self._checkout.remove()
