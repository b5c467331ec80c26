"""Git, asked in one way."""

import subprocess
from pathlib import Path

from cot_distill.errors import UserError


class GitError(UserError):
    """Git refused, or is not installed."""


def git(folder: Path, *arguments: str) -> str:
    """What git prints when it is run in `folder`, without white space at the ends.

    Raises GitError with git's first line of complaint if it fails.
    """
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", errors="replace"
        )
    except FileNotFoundError:
        raise GitError(f"git cannot be run in {folder}; install git") from None
    if done.returncode:
        complaint = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise GitError(f"git {arguments[0]} failed in {folder}: {complaint}")
    return done.stdout.strip()


def git_or_none(folder: Path, *arguments: str) -> str | None:
    """What git prints, as `git` gives it; None if it fails."""
    try:
        return git(folder, *arguments)
    except GitError:
        return None


def identity(folder: Path) -> dict[str, str]:
    """The name and the mail with which git commits, as git's variables. Raises UserError if there is none."""
    variables: dict[str, str] = {}
    for who in ("AUTHOR", "COMMITTER"):
        ident = git_or_none(folder, "var", f"GIT_{who}_IDENT")  # Name <mail> seconds zone
        if ident is None:
            raise UserError("git has no identity, and experiments are commits: set user.name and user.email")
        name, _, mail = ident.rpartition(">")[0].rpartition(" <")
        variables |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": mail}
    return variables
