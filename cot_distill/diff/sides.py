"""The two sides of a comparison: a base revision, and the head that branched off it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, one_line
from cot_distill.repository.git import git, git_or_none
from cot_distill.repository.revisions import files_at

_UNSHALLOW = "this clone is shallow; run `git fetch --unshallow` and try again"


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """A state of the repository: the files of a commit or of a working tree."""

    name: str
    """Its name in output."""
    root: Path
    """The repository."""
    rev: str | None
    """The commit; None: the files in `root`."""

    @contextmanager
    def read(self) -> Iterator[Any]:
        """Gives its files as DVC sees them: from git, the workspace, DVC's cache or a remote.

        An exception of DVC, such as for a dvc.yaml that it does not understand, becomes a UserError.
        """
        from dvc.exceptions import DvcException

        try:
            with files_at(self.root, self.rev) as files:
                yield files
        except DvcException as error:
            raise UserError(f"{self.name}: DVC cannot read it ({one_line(error)})") from error

    def text(self, path: str) -> str:
        """The text of a file in git; bytes that are not UTF-8 are replaced. Empty if there is no such file."""
        if self.rev is not None:
            return git_or_none(self.root, "show", f"{self.rev}:./{path}") or ""
        file = self.root / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Sides:
    """Base and head, the commit of each, and notes for the reader (lines)."""

    base: Side
    head: Side
    head_commit: str
    notes: list[str]


def sides(root: Path, base: str, head: str | None) -> Sides:
    """The merge base of the revisions `base` and `head`, and `head`; without `head`, the working tree at `root`.

    A revision is a commit, a branch, a tag or an experiment. Raises UserError if `root` is not a DVC repository in git,
    for an unknown revision, and if this clone has no common history of the two.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    git(root, "rev-parse", "--verify", "HEAD")
    try:
        with Repo(str(root)) as repo:
            tip, head_commit = _commit(repo, base), _commit(repo, head or "HEAD")
    except DvcException as error:
        raise UserError(f"{root.absolute()}: no DVC repository ({error}); run this inside a clone") from error
    base_commit = git_or_none(root, "merge-base", tip, head_commit)
    if base_commit is None:
        why = _UNSHALLOW if _shallow(root) else "they share no history"
        raise UserError(f"no merge base of {base!r} and {head or 'HEAD'!r}: {why}")
    return Sides(
        base=Side(base if base_commit == tip else f"the merge base with {base}", root, base_commit),
        head=Side(head or "workspace", root, head_commit if head else None),
        head_commit=head_commit,
        notes=[
            f"Base is {'' if base_commit == tip else f'the merge base with {base}, '}{base_commit[:7]};"
            f" head is {head_commit[:7]}.",
            *_uncommitted(root, included=head is None),
        ],
    )


def _commit(repo: Any, rev: str) -> str:
    from dvc.scm import RevError, resolve_rev

    try:
        return str(resolve_rev(repo.scm, rev))
    except RevError:
        shallow = _shallow(Path(repo.root_dir))
        what = _UNSHALLOW if shallow else "name a commit, branch, tag or experiment, or `git fetch` it"
        raise UserError(f"{rev!r} is not a revision of this repository: {what}") from None


def _uncommitted(root: Path, included: bool) -> list[str]:
    changed = len(git(root, "status", "--porcelain", "--", ".").splitlines())
    if not changed:
        return []
    files = "1 uncommitted file is" if changed == 1 else f"{changed} uncommitted files are"
    return [f"The working tree is dirty: {files} {'included' if included else 'not part of this'}."]


def _shallow(root: Path) -> bool:
    return git(root, "rev-parse", "--is-shallow-repository") == "true"
