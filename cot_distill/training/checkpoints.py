"""Checkpoints of training: kept outside the pipeline's outs, identified by what is trained, deleted on success.

DVC removes a stage's outs before it runs, so checkpoints, which must survive a crash, are under the cache root. A
checkpoint counts only if a marker says that it was written completely.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.files import alone, cache_root

_MARKER = "complete"
_PREFIX = "checkpoint-"


def key(facts: dict[str, Any]) -> str:
    """The name of a training run. Equal examples, params, model and code give equal names."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def code() -> dict[str, str]:
    """The identity of the code: the hash of this folder's modules, and the versions of the libraries that train."""
    from importlib.metadata import version

    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    libraries = ("torch", "transformers", "trl", "peft", "accelerate")
    return {"modules": digest.hexdigest(), **{name: version(name) for name in libraries}}


@contextmanager
def folder(name: str, first: bool) -> Iterator[Path]:
    """The folder of a run's checkpoints while the block runs. It is deleted if the block ends without an exception.

    Only one run of a name can use it at a time; another one waits. `first` says whether this is the first of the run's
    processes. Only that one locks and deletes.
    """
    place = cache_root() / "checkpoints" / name
    place.mkdir(parents=True, exist_ok=True)
    if not first:
        yield place
        return

    def busy() -> None:
        print("training: another process trains the same student; waiting for it", file=sys.stderr, flush=True)

    with alone(cache_root() / "locks" / name, busy):
        place.mkdir(exist_ok=True)  # another run may have ended in the meantime and deleted it
        for torn in place.glob(f"{_PREFIX}*"):
            if not (torn / _MARKER).is_file():
                shutil.rmtree(torn)
        yield place
        shutil.rmtree(place)


def mark(checkpoint: Path) -> None:
    """Mark a checkpoint as complete."""
    (checkpoint / _MARKER).touch()


def drop_others(checkpoint: Path) -> None:
    """Delete a run's other checkpoints. Call it when this one is complete, so that there is always one to continue
    from."""
    for other in checkpoint.parent.glob(f"{_PREFIX}*"):
        if other != checkpoint:
            (other / _MARKER).unlink(missing_ok=True)
            shutil.rmtree(other)


def latest(place: Path) -> Path | None:
    """The newest complete checkpoint, or None."""
    whole = [path.parent for path in place.glob(f"{_PREFIX}*/{_MARKER}")]
    return max(whole, key=lambda path: int(path.name.removeprefix(_PREFIX)), default=None)


def name_of(step: int) -> str:
    """The name of the folder of a step's checkpoint."""
    return f"{_PREFIX}{step}"
