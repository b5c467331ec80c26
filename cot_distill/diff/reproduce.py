"""Runs the pipeline with small params at a commit, in a private checkout that shares DVC's cache."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.diff.sides import Side
from cot_distill.errors import UserError
from cot_distill.repository.checkout import Checkout
from cot_distill.repository.processes import end, end_leftovers


@contextmanager
def reproduced(root: Path, name: str, commit: str, profile: Mapping[str, Any]) -> Iterator[Side]:
    """Gives the files of `commit` after `dvc repro` with the params of `profile` (by dotted name), and removes them at
    the end.

    Stages that ran before come from the run cache of the project at `root`. The pipeline's output goes to standard
    error. Raises UserError if a param is unknown at that commit, or if the pipeline fails.
    """
    inside = root.absolute() / ".dvc" / "tmp"  # hard links to the cache work there, and git ignores it
    inside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="diff-", dir=inside, ignore_cleanup_errors=True) as temporary:
        checkout = Checkout(root.absolute(), Path(temporary) / "tree")
        checkout.go_to(commit)
        try:
            checkout.set_params(profile)
        except UserError as error:
            raise UserError(f"gate.profile cannot be run at {name}: {error}") from None
        print(f"reproducing {name} ({commit[:7]})", file=sys.stderr, flush=True)
        process = checkout.start("repro", output=sys.stderr)
        try:
            code = process.wait()
        finally:
            end([process])
            end_leftovers(checkout.folder)
        if code:
            raise UserError(f"`dvc repro` failed for {name}; see its output above")
        yield Side(name, checkout.root, None)
