"""Revisions to gather runs from, and the small files that Git holds of each, read by one process."""

import dataclasses
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.repository.git import git, git_or_none
from cot_distill.tables import lock
from cot_distill.tables.runs import WORKSPACE

_NEEDED = ("dataset", "student", "teacher", "granularity", "format", "seed")


@dataclasses.dataclass(frozen=True, slots=True)
class Revision:
    """A state of the project: its name, where the name comes from, and its commit."""

    name: str
    source: str
    """`workspace`, `experiment`, `tag` or `commit`."""
    rev: str | None
    """None for the workspace."""


def asked_for(root: Path, experiments: bool, revs: Sequence[str], tags: bool) -> list[Revision]:
    """The revisions to gather, each commit once: experiments, tags, named ones, and the workspace in the end.

    `revs` are names of experiments or whatever Git takes for a commit. Raises UserError for one that is neither.
    """
    every = [Revision(ref.split("/")[4], "experiment", rev) for ref, rev in _refs(root, "exps") if ref.count("/") == 4]
    found = every if experiments else []
    if tags:
        found = found + [Revision(ref.removeprefix("refs/tags/"), "tag", rev) for ref, rev in _refs(root, "tags")]
    for name in revs:
        named = [revision for revision in every if revision.name == name]
        found = found + (named or [Revision(name, "commit", _commit(root, name))])
    once = {revision.rev: revision for revision in reversed(found)}
    return [*reversed(once.values()), Revision(WORKSPACE, WORKSPACE, None)]


def the_one(root: Path, name: str) -> Revision:
    """The revision that `name` means, as `asked_for` takes it: of several experiments of one name, which started from
    different commits, the one that started from this commit. Raises UserError if none of them did."""
    named = asked_for(root, False, [name], False)[:-1]
    if len(named) == 1:
        return named[0]
    head = git(root, "rev-parse", "HEAD").strip()
    here = [rev for ref, rev in _refs(root, f"exps/{head[:2]}/{head[2:]}") if ref.endswith(f"/{name}")]
    if not here:
        which = ", ".join(str(one.rev)[:9] for one in named)
        raise UserError(f"{len(named)} experiments are called {name}, none made from this commit; name one of {which}")
    return Revision(name, "experiment", here[0])


def unfinished(repo: Any) -> list[str]:
    """A line for each queued experiment that has not run, runs, or failed."""
    queue = repo.experiments.celery_queue
    states = {
        "failed": [entry for entry, _ in queue.iter_failed()],
        "queued": [*queue.iter_queued()],
        "running": [*queue.iter_active()],
    }
    return [f"{entry.name or entry.stash_rev[:7]}: {state}" for state, found in states.items() for entry in found]


def texts(root: Path, revisions: Iterable[Revision], names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The contents of the files `names`, paths below `root`, in each revision; one that is not there is left out."""
    asked = [(revision, name) for revision in revisions for name in names]
    wanted = "".join(f"{revision.rev}:./{name}\n" for revision, name in asked if revision.rev)
    held = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=root, input=wanted.encode(), capture_output=True, check=True
    ).stdout
    found: dict[Revision, dict[str, str]] = {revision: {} for revision, _ in asked}
    at = 0
    for revision, name in asked:
        if revision.rev is None:
            path = root / name
            if path.is_file():
                found[revision][name] = path.read_text(encoding="utf-8", errors="replace")
            continue
        end = held.index(b"\n", at)
        told = held[at:end].split(b" ")
        at = end + 1
        if len(told) == 3 and told[1] == b"blob":
            size = int(told[2])
            found[revision][name] = held[at : at + size].decode("utf-8", errors="replace")
            at += size + 1
    yield from found.values()


def params(text: str) -> dict[str, Any]:
    """The params of a revision, which is this text of its params.yaml; raises UserError where they make no run."""
    try:
        loaded = lock.load(text)
    except ValueError as error:
        raise UserError("its params.yaml cannot be read") from error
    if not isinstance(loaded, dict):
        raise UserError("its params.yaml holds no params")
    missing = [name for name in _NEEDED if name not in loaded]
    if missing:
        raise UserError(f"its params.yaml has no {missing[0]}")
    return loaded


def remotes(root: Path) -> list[str]:
    """The names of Git's remotes, `origin` first."""
    return sorted(git(root, "remote").split(), key=lambda name: (name != "origin", name))


def _commit(root: Path, name: str) -> str:
    commit = git_or_none(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        raise UserError(f"{name!r} is no experiment, tag or commit; see `dvc exp list --all-commits` and `git log`")
    return commit


def _refs(root: Path, kind: str) -> list[tuple[str, str]]:
    """The name and the commit of every ref of a kind, sorted by name."""
    told = "%(refname) %(objectname) %(*objectname)"  # the last is what an annotated tag stands for
    lines = [line.split() for line in git(root, "for-each-ref", f"--format={told}", f"refs/{kind}").splitlines()]
    return sorted(((line[0], line[-1]) for line in lines), key=lambda found: found[0].rsplit("/", 1)[-1])
