"""Where a project begins."""

from pathlib import Path

_MARKS = ("dvc.yaml", "params.yaml")


def find_root(folder: Path) -> Path | None:
    """The nearest folder, from `folder` upwards, that holds the pipeline and its params; None if none does."""
    for place in (folder, *folder.parents):
        if all((place / mark).is_file() for mark in _MARKS):
            return place
    return None
