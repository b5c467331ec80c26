"""Pushes an exported student, or the data that taught it, to the Hugging Face hub."""

import dataclasses
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.sharing.export import CARD, is_export

_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)

_STALE = (".safetensors", ".safetensors.index.json")
"""Files of an earlier push that might be loaded beside or instead of the new weights."""

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
    """The files of a push, and its target."""

    files: list[tuple[str, int]]
    """(name, bytes), sorted by name."""
    url: str


def plan(folder: Path, repo: str) -> Push:
    """What `publish` would push, without asking the hub.

    Raises UserError if the folder is not an exported student, or if `repo` is not OWNER/NAME.
    """
    if not is_export(folder):
        raise UserError(
            f"{folder}: not an exported student (a card and safetensors); make one with `cot-distill export`"
        )
    return _planned({path.name: path for path in folder.iterdir() if _is_pushed(path)}, repo, "model")


def plan_data(tables: Mapping[str, Path], card: str, repo: str) -> Push:
    """What `publish_data` would push. Raises UserError if `repo` is not OWNER/NAME."""
    return _planned({CARD: card.encode(), **tables}, repo, "dataset")


def publish(folder: Path, repo: str, private: bool) -> str:
    """Push an exported student as one commit, and return its URL. The repository is created if it does not exist.

    The token is the environment's (`HF_TOKEN`) or that of `hf auth login`. It is sent only to the hub. `private` counts
    only when the repository is created. Weights of an earlier push that this one does not replace are deleted in the
    same commit. Raises UserError as `plan` does, if there is no token, or if the hub cannot be reached or refuses.
    """
    names = [name for name, _ in plan(folder, repo).files]
    files: dict[str, Path | bytes] = {name: folder / name for name in names}
    return _pushed(files, repo, private, "model", _STALE)


def publish_data(tables: Mapping[str, Path], card: str, repo: str, private: bool) -> str:
    """Push tables and their card as one commit of a data set, and return its URL. `tables` maps paths in the data set
    to files.

    Tables of an earlier push that this one does not replace are deleted in the same commit. Raises UserError as
    `publish` does.
    """
    return _pushed({CARD: card.encode(), **tables}, repo, private, "dataset", (".parquet",))


def _planned(files: Mapping[str, Path | bytes], repo: str, kind: str) -> Push:
    from huggingface_hub import constants

    if not _REPO.fullmatch(repo):
        raise UserError(f"{repo!r}: name the repository as OWNER/NAME (letters, digits, '-', '_', '.')")
    sizes = {name: len(file) if isinstance(file, bytes) else file.stat().st_size for name, file in files.items()}
    return Push(sorted(sizes.items()), f"{constants.ENDPOINT}/{'datasets/' if kind == 'dataset' else ''}{repo}")


def _pushed(files: Mapping[str, Path | bytes], repo: str, private: bool, kind: str, replaced: tuple[str, ...]) -> str:
    """Push files as one commit. Files of an earlier push with one of the endings `replaced` that are not pushed again
    are deleted."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
    from huggingface_hub.utils.tqdm import disable_progress_bars

    pushed = _planned(files, repo, kind)
    token = get_token()
    if token is None:
        raise UserError("no token for the hub: set HF_TOKEN, or log in with `hf auth login`")
    if not sys.stderr.isatty():
        disable_progress_bars()
    hub = HfApi(token=token)
    folders = {name.rpartition("/")[0] for name in files}
    try:
        hub.create_repo(repo, repo_type=kind, private=private or None, exist_ok=True)
        there = [name for name in hub.list_repo_files(repo, repo_type=kind) if name.rpartition("/")[0] in folders]
        stale = [name for name in there if name.endswith(replaced) and name not in files]
        hub.create_commit(
            repo,
            [
                *(CommitOperationDelete(name) for name in stale),
                *(
                    CommitOperationAdd(name, file if isinstance(file, bytes) else str(file))
                    for name, file in sorted(files.items())
                ),
            ],
            commit_message=f"{'Data' if kind == 'dataset' else 'Model'} by cot-distill",
            repo_type=kind,
        )
    except Exception as error:  # the hub client's backends raise exceptions of their own; all mean that the push failed
        raise UserError(f"{pushed.url}: not pushed: {_reason(error).replace(token, '***')}") from None
    return pushed.url


def _is_pushed(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _reason(error: BaseException) -> str:
    """Why a push failed, in one line: the hub's words, or why the hub could not be reached."""
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
