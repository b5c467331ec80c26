"""Running a small profile of the pipeline at a commit, in a working tree of its own that shares DVC's cache."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.diff.sides import Side
from cot_distill.errors import UserError


@contextmanager
def reproduced(root: Path, name: str, commit: str, profile: Mapping[str, Any]) -> Iterator[Side]:
    """The working tree of `commit` after `dvc repro` with the params of `profile` (by dotted name); removed at the end.

    What either tree has run before comes from the run-cache of the repository at `root`. The pipeline's output goes to
    the standard error. Raises UserError where a param is unknown at that commit, or the pipeline fails.
    """
    inside = root.absolute() / ".dvc" / "tmp"  # where hard links to the cache are possible, and git looks away
    inside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="diff-", dir=inside, ignore_cleanup_errors=True) as temporary:
        tree = Path(temporary) / "tree"
        try:
            _run(root, name, "git", "worktree", "add", "--quiet", "--detach", str(tree), commit)
            _set_params(tree / "params.yaml", profile, name)
            _share_cache(root, name, tree)
            print(f"reproducing {name} ({commit[:7]})", file=sys.stderr)
            _run(tree, name, sys.executable, "-m", "dvc", "repro")
            yield Side(name, tree, None)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=root, capture_output=True)


def _set_params(path: Path, profile: Mapping[str, Any], name: str) -> None:
    from ruamel.yaml import YAML

    if not path.is_file():
        raise UserError(f"{name} has no params.yaml; it cannot be reproduced")
    yaml = YAML()
    content = yaml.load(path)
    for param, value in profile.items():
        *sections, key = param.split(".")
        place: Any = content
        for section in sections:
            place = place.get(section) if isinstance(place, MutableMapping) else None
        if not isinstance(place, MutableMapping) or key not in place:
            raise UserError(f"gate.profile names {param!r}, which is no param at {name}")
        place[key] = value
    yaml.dump(content, path)


def _share_cache(root: Path, name: str, tree: Path) -> None:
    from dvc.repo import Repo

    own = root / ".dvc" / "config.local"  # remotes and their keys, which git does not know
    if own.is_file():
        shutil.copy(own, tree / ".dvc" / "config.local")
    with Repo(str(root)) as repo:
        cache = repo.cache.local.path
    _run(tree, name, sys.executable, "-m", "dvc", "cache", "dir", "--quiet", "--local", cache)


def _run(folder: Path, name: str, *command: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # the stages' own `python`
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, stdout=sys.stderr)
    if done.returncode:
        shown = " ".join(("dvc" if command[0] == sys.executable else command[0], *command[1:]))
        raise UserError(f"`{shown.replace('-m dvc ', '')}` failed for {name}; its output stands above")
