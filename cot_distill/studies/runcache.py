"""What DVC's run-cache holds of a study already: trainings that will be taken from it, and students in it."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill import catalogue, students
from cot_distill.studies.grid import Combination
from cot_distill.supervision import teachers
from stages import paths

STUDENT = "data/students/tuned"
_EXAMPLES = "data/examples"
_MADE_FROM, _TRAINS = "python -m stages.transform", "python -m stages.train"
_NOT_MADE = re.compile(r"stages/|cot_distill/")
"""Deps that are code."""


def trained(cache: Path, root: Path, runs: Sequence[Combination]) -> set[str]:
    """The names of the runs whose trained student the cache holds for these params and this code.

    The examples are known by the params they were made with. It is a forecast: whether a stage runs is DVC's decision.
    """
    examples = _index(_entries(cache, _MADE_FROM), runs, lambda entry: {_hash(entry["outs"], _EXAMPLES)})
    made_from = _index(
        (entry for entry in _entries(cache, _TRAINS) if _current(entry, root) and _whole(cache, entry)),
        runs,
        lambda entry: {_hash(entry["deps"], _EXAMPLES)},
    )
    return {run.name for run in runs if examples[run.name] & made_from[run.name]}


def student_hashes(cache: Path) -> set[str]:
    """The hashes of all students that the run-cache names, whether the cache still holds them or not."""
    found = (re.search(rf"path: {STUDENT}\s+hash: md5\s+md5: (\S+)", text) for text in _texts(cache))
    return {match[1] for match in found if match}


def _index(entries: Iterator[dict[str, Any]], runs: Sequence[Combination], told: Any) -> dict[str, set[str]]:
    """For each run, what is told of the entries that were made with its params."""
    by_params: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        names = {file: sorted(values or ()) for file, values in entry.get("params", {}).items()}
        by_params[_canonical(names), _canonical(entry.get("params", {}))] |= told(entry)
    key_sets = {keys for keys, _ in by_params}
    catalogues = {"teachers": teachers.entries(paths.TEACHERS), "students": students.entries(paths.STUDENTS)}
    found: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        for keys in key_sets:
            wanted = {
                file: {key: _value(file, key, run.values, catalogues) for key in named}
                for file, named in json.loads(keys).items()
            }
            found[run.name] |= by_params.get((keys, _canonical(wanted)), set())
    return found


def _value(file: str, key: str, values: Mapping[str, Any], catalogues: Mapping[str, Mapping[str, Any]]) -> Any:
    if file == "params.yaml":
        place: Any = values
        for part in key.split("."):
            place = place.get(part) if isinstance(place, Mapping) else None
        return place
    kind = Path(file).parent.name
    if kind in catalogues and values[kind.removesuffix("s")] == key:
        return catalogues[kind].get(key)
    return {"another": key}  # the entry of another teacher or student


def _entries(cache: Path, command: str) -> Iterator[dict[str, Any]]:
    for text in _texts(cache):
        if text.startswith(f"cmd: {command}\n"):
            yield catalogue.parsed(text)


def _texts(cache: Path) -> Iterator[str]:
    for path in sorted((cache / "runs").glob("??/*/*")):
        yield path.read_text(encoding="utf-8")


def _hash(items: Sequence[Mapping[str, Any]], path: str) -> str:
    return next((str(item["md5"]) for item in items if item["path"] == path), "")


def _current(entry: Mapping[str, Any], root: Path) -> bool:
    code = [dep for dep in entry["deps"] if _NOT_MADE.match(dep["path"])]
    return all(_md5(root / dep["path"]) == dep["md5"] for dep in code if not dep["md5"].endswith(".dir"))


def _md5(path: Path) -> str | None:
    return hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else None


def _whole(cache: Path, entry: Mapping[str, Any]) -> bool:
    files = objects(cache, _hash(entry["outs"], STUDENT))
    return bool(files) and all(path.is_file() for path in files)


def objects(cache: Path, folder_hash: str) -> set[Path]:
    """Where the cache keeps a folder's files and, a file of it too, their listing; nothing where it has no listing."""
    listing = _place(cache, folder_hash)
    if not listing.is_file():
        return set()
    return {listing, *(_place(cache, item["md5"]) for item in json.loads(listing.read_text(encoding="utf-8")))}


def _place(cache: Path, md5: str) -> Path:
    return cache / "files" / "md5" / md5[:2] / md5[2:]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
