"""Running a small profile of the pipeline at a commit, in a private checkout that shares DVC's cache."""

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
    """The files of `commit` after `dvc repro` with the params of `profile` (by dotted name); removed at the end.

    What either side has run before comes from the run-cache of the project at `root`. The pipeline's output goes to
    the standard error. Raises UserError if a param is unknown at that commit, or the pipeline fails.
    """
    inside = root.absolute() / ".dvc" / "tmp"  # where hard links to the cache are possible, and git looks away
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
