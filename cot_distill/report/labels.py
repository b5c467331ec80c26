"""Short names for arms or runs that are shown together. They say what differs and leave out what is the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill.supervision import in_words

_TELLING = ("dataset", "student", "trained_on", "teacher", "format", "selection", "seed")


def labels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each row. A row has `role` and `granularity`, and may have other columns that identify an arm or run.

    The granularity (or `untuned`) always comes first. Student, dataset, teacher, format, selection and seed follow if
    rows differ in them. If names are still equal, the name of the `run` is added, if there is one.
    """
    varying = [name for name in _TELLING if len({row.get(name) for row in rows} - {None}) > 1]
    named = [
        ", ".join([_taught(row), *(_part(row, name) for name in varying if row.get(name) is not None)]) for row in rows
    ]
    return [
        f"{name} ({row['run']})" if named.count(name) > 1 and row.get("run") else name
        for name, row in zip(named, rows, strict=True)
    ]


def _taught(row: Mapping[str, Any]) -> str:
    return "untuned" if row["role"] == "untuned" else in_words(row["granularity"])


def _part(row: Mapping[str, Any], name: str) -> str:
    said = str(row[name]).replace("_", " ") if name == "format" else str(row[name])
    return {"dataset": f"on {said}", "trained_on": f"taught {said}", "seed": f"seed {said}"}.get(name, said)
