"""Finds a project's root."""

from pathlib import Path

_MARKS = ("dvc.yaml", "params.yaml")


def find_root(folder: Path) -> Path | None:
    """The nearest folder, from `folder` upwards, that has the pipeline and its params; None if none has."""
    for place in (folder, *folder.parents):
        if all((place / mark).is_file() for mark in _MARKS):
            return place
    return None
