"""Runs git."""

import subprocess
from pathlib import Path

from cot_distill.errors import UserError


class GitError(UserError):
    """Git failed, or is not installed."""


def git(folder: Path, *arguments: str) -> str:
    """Git's output when it runs in `folder`, stripped.

    Raises GitError with the first line of git's error message if it fails.
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
    """As `git`; None if git fails."""
    try:
        return git(folder, *arguments)
    except GitError:
        return None


def identity(folder: Path) -> dict[str, str]:
    """The name and the e-mail address with which git commits, as git's variables. Raises UserError if git has none."""
    variables: dict[str, str] = {}
    for who in ("AUTHOR", "COMMITTER"):
        ident = git_or_none(folder, "var", f"GIT_{who}_IDENT")  # Name <mail> seconds zone
        if ident is None:
            raise UserError("git has no identity, and experiments are commits: set user.name and user.email")
        name, _, mail = ident.rpartition(">")[0].rpartition(" <")
        variables |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": mail}
    return variables
