"""The files that dvc.lock names by their hash: found, checked against it, and how to get back those that are lost."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.tables.lock import Stage
from cot_distill.tables.revisions import Revision, remotes


class LostError(UserError):
    """A file that a run needs is not there, or not what was made: the run is left out, and needs mending."""


class DamagedError(LostError):
    """The file is there, and is another than was made."""


class Store:
    """The cache of a DVC repository, and the workspace beside it."""

    def __init__(self, repo: Any, root: Path) -> None:
        """`repo` is DVC's, `root` the folder from which a revision's paths count."""
        self._repo, self._root = repo, root
        self._sound: set[tuple[Path, str]] = set()

    def file(self, revision: Revision, stages: Sequence[Stage], name: str) -> Path:
        """The file of an out, or of a file in an out, as the revision's lock names it.

        It is the cache's, or where that lost it the workspace's, if that is the one. Raises LostError, with the command
        that brings the file back, where it is missing or is another than the lock says, and where the workspace's own
        file is (DamagedError for the latter of each); UserError where no stage made it.
        """
        held = {path: (oid, stage.name) for stage in stages for path, oid in stage.outs.items()}
        oid, stage = held.get(name, ("", ""))
        if not oid and str(Path(name).parent) in held:
            folder, stage = held[str(Path(name).parent)]
            listing = self._checked(revision, name, stage, folder)
            listed = json.loads(listing.read_text(encoding="utf-8"))
            oid = next((one["md5"] for one in listed if one["relpath"] == Path(name).name), "")
        if not oid:
            raise UserError(f"has no {name}, which `dvc repro` makes")
        there, cached = self._root / name, self._cached(oid)
        if revision.rev is None and there.is_file() and not self._is(there, oid):
            back = f"`dvc checkout --force {name}`, or " if self._is(cached, oid) else ""
            raise DamagedError(f"{name} is not as it was made; run {back}`dvc repro {stage}` to make it anew")
        if not self._is(cached, oid) and self._is(there, oid):
            return there
        return self._checked(revision, name, stage, oid)

    def _checked(self, revision: Revision, name: str, stage: str, oid: str) -> Path:
        path = self._cached(oid)
        if self._is(path, oid):
            return path
        back = recovery(self._root, self._repo, revision, name, stage)
        if path.exists():  # DVC trusts what its cache holds
            raise DamagedError(f"{name} is damaged in DVC's cache; delete {path} and {back}")
        raise LostError(f"{name} is not in DVC's cache; {back}")

    def _cached(self, oid: str) -> Path:
        return Path(self._repo.cache.local.oid_to_path(oid))

    def _is(self, path: Path, oid: str) -> bool:
        """Whether a file's bytes have this hash; a study reads a file once."""
        if (path, oid) not in self._sound:
            try:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "md5").hexdigest()
            except OSError:
                return False
            if found != oid.removesuffix(".dir"):
                return False
            self._sound.add((path, oid))
        return True


def recovery(root: Path, repo: Any, revision: Revision, name: str, stage: str) -> str:
    """How to get a lost file of a revision back into DVC's cache, as the end of a sentence: the commands that do."""
    stored, shared = bool(repo.config.get("remote")), remotes(root)
    if revision.rev is None:
        pull, make = f"`dvc pull {name}`", f"`dvc repro {stage}`"
    elif revision.source == "experiment":
        pull = f"`dvc exp pull {shared[0]} {revision.name}`" if shared else ""
        make = f"`dvc exp apply {revision.name}`, then `dvc repro {stage}`"
    else:
        pull = "`dvc fetch --all-tags`" if revision.source == "tag" else "`dvc fetch --all-commits`"
        make = f"`git checkout {revision.name}`, then `dvc repro {stage}`"
    return f"run {pull} or, where no remote has it, {make}" if stored and pull else f"run {make}"


def of_stages(stages: Sequence[Stage]) -> Mapping[str, str]:
    """The hashes of everything that stages read or made, by path."""
    return {path: oid for stage in stages for path, oid in (stage.deps | stage.outs).items()}
