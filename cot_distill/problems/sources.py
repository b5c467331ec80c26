"""Where a benchmark's raw rows come from: a folder of its official files, or the hub at a pinned commit."""

import dataclasses
import hashlib
import io
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.files import cache_root, write_aside
from cot_distill.problems.reading import LARGEST_FILE, NumberText, Row, rows_of

_SECONDS = 60
_LARGEST_ARCHIVE = 200 * 2**20


@dataclasses.dataclass(frozen=True, slots=True)
class HubSplit:
    """One split of a dataset on the hub."""

    repo: str
    config: str | None
    split: str


@dataclasses.dataclass(frozen=True, slots=True)
class Archive:
    """One JSON file in a zip archive on the web."""

    url: str
    member: str


Remote = HubSplit | Archive
RawRow = tuple[str, int, Row]
"""Where a row stands (for messages), its number there from 0, and the row."""


class Source(Protocol):
    """Gives the raw rows of one split: of `file` in a folder, or of all `remotes`."""

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[RawRow]:
        """Raises UserError where they cannot be had."""
        ...

    def optional(self, file: str) -> Iterator[RawRow]:
        """The rows of a file that need not be there; none where it is not."""
        ...


class Folder:
    """A local folder of official files, laid out as data/benchmarks/README.md says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[RawRow]:
        """See `Source.rows`."""
        path = self._folder / file
        for number, row in enumerate(rows_of(path)):
            yield str(path), number, row

    def optional(self, file: str) -> Iterator[RawRow]:
        """See `Source.optional`."""
        return self.rows(file, ()) if (self._folder / file).exists() else iter(())


class Pinned:
    """The hub and the web, each dataset at the version that the file of revisions names.

    A dataset without one is resolved to the newest, which is written into the file: put it under version control,
    and everyone gets the same rows.
    """

    def __init__(self, dataset: str, revisions: Path, instead: str | None = None) -> None:
        """`instead` names, for messages, the folder that the official files may be put into instead."""
        self._dataset, self._revisions = dataset, revisions
        self._instead = instead or f"a folder {dataset!r} below the one that the param benchmarks names"

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[RawRow]:
        """See `Source.rows`."""
        for remote in remotes:
            rows = self._hub(remote) if isinstance(remote, HubSplit) else self._archive(remote)
            name = remote.repo if isinstance(remote, HubSplit) else remote.url
            for number, row in enumerate(rows):
                yield name, number, row

    def optional(self, file: str) -> Iterator[RawRow]:
        """See `Source.optional`: the hub holds no such file."""
        return iter(())

    def _hub(self, part: HubSplit) -> Iterator[Row]:
        import datasets

        try:
            commit = self._pin(part.repo) or self._record(part.repo, _newest(part.repo))
            datasets.utils.logging.disable_progress_bar()
            table = datasets.load_dataset(part.repo, part.config, split=part.split, revision=commit)
        except UserError:
            raise
        except Exception as error:
            # Whatever the hub's client raises (network, access, a repository's layout): the user can only act on it.
            raise UserError(
                f"{part.repo}: cannot be had from the hub ({_first_line(error)}); connect to it, or put the official "
                f"files into {self._instead}"
            ) from error
        return ({name: _as_text(value) for name, value in row.items()} for row in table)

    def _archive(self, part: Archive) -> Iterator[Row]:
        path = cache_root() / "downloads" / f"{self._dataset}.zip"
        pinned = self._pin(part.url)
        if not path.is_file() or _sha256(path) != pinned:
            content = _download(part.url, self._instead)
            found = hashlib.sha256(content).hexdigest()
            if pinned and found != pinned:
                raise UserError(
                    f"{part.url}: its sha256 is {found}, {self._revisions} pins {pinned}; the file has changed"
                )
            with write_aside(path) as aside:
                aside.write_bytes(content)
            self._record(part.url, found)
        with write_aside(path.with_suffix(".json")) as aside:
            aside.write_bytes(_unpacked(path, part))
        return iter(rows_of(path.with_suffix(".json")))

    def _pin(self, name: str) -> str | None:
        pins = catalogue.load_any(self._revisions).get(self._dataset) or {}
        if not isinstance(pins, dict):
            raise UserError(f"{self._revisions}: {self._dataset} must map names to revisions, or be null")
        pin = pins.get(name)
        return None if pin is None else str(pin)

    def _record(self, name: str, revision: str) -> str:
        catalogue.change(self._revisions, [self._dataset, name], revision)
        print(f"{name} is pinned to {revision} in {self._revisions}; commit that file")
        return revision


def choose(dataset: str, benchmarks: Path, revisions: Path) -> Source:
    """The folder where it holds the dataset's files, else the hub."""
    if (benchmarks / dataset).is_dir():
        return Folder(benchmarks)
    return Pinned(dataset, revisions)


def _newest(repo: str) -> str:
    from huggingface_hub import HfApi

    return str(HfApi().dataset_info(repo).sha)


def _download(url: str, instead: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            content: bytes = answer.read(_LARGEST_ARCHIVE + 1)
    except OSError as error:
        raise UserError(
            f"{url}: cannot be downloaded ({_first_line(error)}); connect, or put the official file into {instead}"
        ) from error
    if len(content) > _LARGEST_ARCHIVE or not zipfile.is_zipfile(io.BytesIO(content)):
        raise UserError(f"{url}: is no zip archive of at most {_LARGEST_ARCHIVE:,} bytes")
    return content


def _unpacked(path: Path, part: Archive) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [one for one in archive.infolist() if PurePosixPath(one.filename).name == part.member]
            if not found or found[0].file_size > LARGEST_FILE:
                raise UserError(f"{part.url}: holds no file {part.member!r} of at most {LARGEST_FILE:,} bytes")
            return archive.read(found[0])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{path}: damaged ({_first_line(error)}); delete it and run again") from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    return NumberText(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}".rstrip(": ")
