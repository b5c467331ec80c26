"""Where your rows are: the files, or the hub's splits, that `own` names, each with the split that it belongs to."""

import dataclasses
import functools
import glob
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems.columns import Columns
from cot_distill.problems.opening import ending
from cot_distill.problems.reading import READABLE, rows_of
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Pinned

DEV = "dev"
_SPLIT_NAMES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    DEV: ("dev", "val", "valid", "validation", "development"),
}
_WORD = re.compile(r"[^a-z]+")
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
_INSTEAD = "the folder of benchmarks, and name them in own.file"
_BESIDE_ROWS = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}
"""Files in which `datasets` tells of the rows beside them."""
_LISTED = 5
_SAMPLED = 200
_GLOB = re.compile(r"[*?\[]")


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong together: a file, or one of the hub's splits."""

    name: str
    split: str | None
    """train, test or dev; None: its rows may say, else the test problems are drawn."""
    rows: Callable[[], Iterator[Row]]
    """Raises UserError where they cannot be had."""


@functools.lru_cache(1024)
def split_named(name: str) -> str | None:
    """The split that a name means: "validation" is dev, "data/train-00000-of-00002" is train; None: it says none."""
    words = _WORD.split(name.casefold())
    return next((split for split, names in _SPLIT_NAMES.items() if not set(names).isdisjoint(words)), None)


def _splits_of(names: Sequence[str], columns: Columns) -> list[str | None]:
    """The splits that the names of several files, or of the hub's splits, mean; None for all where none of them does,
    or a column says so. Raises UserError where only some do: others may hold test problems."""
    told = [split_named(name) if len(names) > 1 and columns.split is None else None for name in names]
    if None in told and (others := [name for name, split in zip(names, told, strict=True) if split]):
        raise UserError(
            f"{columns.file}: {names[told.index(None)]} names no split, as {others[0]} does; say by own.splits which "
            "are train, test and dev"
        )
    return told


def parts(columns: Columns, folder: Path, revisions: Path | None, dataset: str = "own") -> list[Part]:
    """The parts of the data. Those that no split of `own.splits` names are left out. `dataset` is the key under which
    the file of revisions pins what comes from the hub.

    Where no file or split is called test, the one called dev is the test split. Where none is called train, the test
    split is parted. Raises UserError where there is no such file, or none that can be read.
    """
    if columns.file is None:
        raise UserError("own.file is null; name your file in the folder of benchmarks, or a data set of the hub")
    on_hub = is_hub_id(columns.file, folder)
    if on_hub and revisions is None:
        raise UserError(f"{columns.file}: no such file in {folder}")
    if on_hub and revisions is not None:
        found = _on_hub(columns, columns.file, Pinned(dataset, revisions, _INSTEAD if dataset == "own" else None))
    elif columns.splits and columns.split is None:
        found = [
            _file_part(path, split, columns)
            for split, named in columns.called.items()
            for path in _named_files(folder, columns.file, named)
        ]
    else:
        base = folder / columns.file
        files = _files(folder, columns.file)
        names = [str(path.relative_to(base)) if base.is_dir() else path.name for path in files]
        told = zip(files, _splits_of(names, columns), strict=True)
        found = [_file_part(path, split, columns) for path, split in told]
    return _assigned(found)


def sampled(found: Iterable[Part]) -> list[Row]:
    """The first rows of each part, by which columns are found out."""
    return [row for part in found for row in itertools.islice(part.rows(), _SAMPLED)]


def counted(part: Part) -> int | UserError:
    """How many rows a part has, or why it cannot be read."""
    try:
        return sum(1 for _ in part.rows())
    except UserError as error:
        return error


def check_whole(counts: Mapping[str, int | UserError]) -> None:
    """Raises UserError that names each part that cannot be read and, of several, those that can; `counts` are by name
    of a part."""
    broken = [count for count in counts.values() if isinstance(count, UserError)]
    if not broken:
        return
    if len(counts) == 1:
        raise broken[0]
    sound = [f"{os.path.basename(name)} ({count:,} rows)" for name, count in counts.items() if isinstance(count, int)]
    more = f", and {len(sound) - _LISTED:,} more" if len(sound) > _LISTED else ""
    raise UserError(
        f"{'; '.join(map(str, broken[:_LISTED]))}: {len(broken)} of {len(counts)} cannot be read; the others can: "
        f"{', '.join(sound[:_LISTED]) or 'none'}{more}"
    )


def is_hub_id(name: str, folder: Path) -> bool:
    """Whether a name is that of a data set on the hub: OWNER/NAME, and no file of the folder."""
    return _HUB_ID.fullmatch(name) is not None and not (folder / name).exists() and ending(Path(name)) not in READABLE


def renamed(splits: Set[str | None]) -> dict[str | None, str | None]:
    """What splits that are not train and test mean together: with a train split dev is the test; else the first of
    train, test and dev is None, of which test problems are drawn."""
    if None in splits or {"train", "test"} <= splits:
        return {}
    if {"train", DEV} <= splits:
        return {DEV: "test"}
    return {next(one for one in ("train", "test", DEV) if one in splits): None}


def _assigned(found: Sequence[Part]) -> list[Part]:
    names = renamed({part.split for part in found})
    return [dataclasses.replace(part, split=names.get(part.split, part.split)) for part in found]


def _file_part(path: Path, split: str | None, columns: Columns) -> Part:
    return Part(str(path), split, partial(rows_of, path, columns.dialect))


def _named_files(folder: Path, file: str, names: Sequence[str]) -> list[Path]:
    inside = folder / file if (folder / file).is_dir() else folder
    return [path for name in names for path in _files(inside, name)]


def _files(folder: Path, name: str) -> list[Path]:
    """The readable files that a name means: itself, those of a folder, or those that match a glob; sorted."""
    path = folder / name
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.is_file() and ending(one) in READABLE]
        hidden = [one for one in found if any(part.startswith(".") for part in one.relative_to(path).parts)]
        found = [one for one in found if one not in hidden and one.name not in _BESIDE_ROWS]
    elif _GLOB.search(name) and not path.exists():
        pattern = os.path.join(glob.escape(str(folder)), name)  # an absolute name stays as it is
        found = sorted(one for one in map(Path, glob.glob(pattern, recursive=True)) if one.is_file())
    else:
        return [path]
    if not found:
        raise UserError(f"{path}: holds no file that can be read; readable are {', '.join(READABLE)}")
    return found


def _on_hub(columns: Columns, repo: str, source: Pinned) -> list[Part]:
    if columns.splits and columns.split is None:
        named = columns.called
    else:
        there = source.splits(repo, columns.config)
        named = {}
        for name, split in zip(there, _splits_of(there, columns), strict=True):
            named.setdefault(split or "", []).append(name)
    return [
        Part(f"{repo} {name}", split or None, partial(source.rows, "", [HubSplit(repo, columns.config, name)]))
        for split, names in named.items()
        for name in names
    ]
