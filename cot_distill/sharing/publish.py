"""Pushing an exported student to the Hugging Face hub."""

import dataclasses
import re
import sys
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.sharing.export import is_export

_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)

_STALE = (".safetensors", ".safetensors.index.json")
"""What an earlier push may have left that would be loaded beside or instead of the new weights."""

_REFUSALS = {
    400: "it does not accept what was sent",
    401: "it does not know the token, or wants one",
    403: "the token may not write there",
    404: "it knows no such place",
    409: "somebody else is changing the repository",
    413: "a file is too large for it",
    429: "it is asked too often; wait a while",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Push:
    """What would be pushed where."""

    files: list[tuple[str, int]]
    """(name, bytes), sorted by name."""
    url: str


def plan(folder: Path, repo: str) -> Push:
    """What `publish` would push, without asking the hub.

    Raises UserError where the folder is no exported student, or `repo` is no OWNER/NAME.
    """
    from huggingface_hub import constants

    if not is_export(folder):
        raise UserError(f"{folder}: no exported student (a card and safetensors); make it with `cot-distill export`")
    if not _REPO.fullmatch(repo):
        raise UserError(f"{repo!r}: name the repository as OWNER/NAME (letters, digits, '-', '_', '.')")
    files = sorted((path.name, path.stat().st_size) for path in folder.iterdir() if _is_pushed(path))
    return Push(files, f"{constants.ENDPOINT}/{repo}")


def publish(folder: Path, repo: str, private: bool) -> str:
    """Push an exported student as one commit, and return its URL; the repository is made where it is not there yet.

    The token is the environment's (`HF_TOKEN`) or that of `hf auth login`; it goes to the hub alone. `private` counts
    where the repository is made. Weights of an earlier push that have no successor are deleted in the same commit.
    Raises UserError as `plan` does, where there is no token, or where the hub cannot be reached or refuses.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
    from huggingface_hub.utils.tqdm import disable_progress_bars

    pushed = plan(folder, repo)
    token = get_token()
    if token is None:
        raise UserError("no token for the hub: set HF_TOKEN, or log in with `hf auth login`")
    if not sys.stderr.isatty():
        disable_progress_bars()
    hub = HfApi(token=token)
    names = [name for name, _ in pushed.files]
    try:
        hub.create_repo(repo, private=private or None, exist_ok=True)
        there = hub.list_repo_files(repo)
        stale = [name for name in there if "/" not in name and name.endswith(_STALE) and name not in names]
        hub.create_commit(
            repo,
            [
                *(CommitOperationDelete(name) for name in stale),
                *(CommitOperationAdd(name, str(folder / name)) for name in names),
            ],
            commit_message="Model by cot-distill",
        )
    except Exception as error:  # each of the hub client's backends raises its own; all mean that it was not pushed
        raise UserError(f"{pushed.url}: not pushed: {_reason(error).replace(token, '***')}") from None
    return pushed.url


def _is_pushed(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _reason(error: BaseException) -> str:
    """Why a push failed, in one line: what the hub said, or why it could not be asked."""
    from huggingface_hub.errors import HfHubHTTPError

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, HfHubHTTPError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        said = " ".join(str(error).split()) or type(error).__name__
        return f"the hub cannot be asked, or its answer not be read ({said[:200]})"
    return _refusal(cause)


def _refusal(error: Any) -> str:
    status = int(error.response.status_code)
    told = _REFUSALS.get(status, "it is out of order; try again later" if status >= 500 else "it refuses")
    said = " ".join((error.server_message or "").split())
    return f"the hub answers HTTP {status}: {told}" + (f" ({said[:200]})" if said else "")
