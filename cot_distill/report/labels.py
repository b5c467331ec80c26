"""Names for arms and runs that stand side by side: they say what differs, and leave out what is the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill.supervision import in_words

_TELLING = ("dataset", "student", "trained_on", "teacher", "format", "selection", "seed")


def labels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each row, which has `role` and `granularity` and may have what else tells arms and runs apart.

    The granularity (or `untuned`) always stands first; student, dataset, teacher, format, selection and seed follow
    if rows differ in them. Rows that this does not tell apart get their `run`'s name, if they have one.
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
