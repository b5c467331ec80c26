"""Where a benchmark's raw rows come from: a folder of its official files, or the hub at a pinned commit."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from cot_distill import catalogue
from cot_distill.errors import UserError, first_line
from cot_distill.files import cache_root
from cot_distill.problems.reading import rows_of
from cot_distill.problems.row import Row, as_json, numbered


@dataclasses.dataclass(frozen=True, slots=True)
class HubSplit:
    """One split of a dataset on the hub."""

    name: str
    """The repository."""
    config: str | None
    split: str


@dataclasses.dataclass(frozen=True, slots=True)
class Archive:
    """One JSON file in a zip archive on the web."""

    name: str
    """Its address."""
    member: str


Remote = HubSplit | Archive


class Source(Protocol):
    """Gives the raw rows of one split: of `file` in a folder, or of all `remotes`."""

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[Row]:
        """Raises UserError where they cannot be had."""
        ...

    def optional(self, file: str, remotes: Sequence[Remote] = ()) -> Iterator[Row]:
        """The rows of a file that need not be there, or of all `remotes`; none where it is not."""
        ...


class Folder:
    """A local folder of official files, laid out as data/benchmarks/README.md says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[Row]:
        """See `Source.rows`."""
        return rows_of(self._folder / file)

    def optional(self, file: str, remotes: Sequence[Remote] = ()) -> Iterator[Row]:
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

    def rows(self, file: str, remotes: Sequence[Remote]) -> Iterator[Row]:
        """See `Source.rows`."""
        for remote in remotes:
            with self._asked(remote.name, "hub" if isinstance(remote, HubSplit) else "web"):
                yield from numbered(
                    remote.name, self._hub(remote) if isinstance(remote, HubSplit) else self._archive(remote)
                )

    def optional(self, file: str, remotes: Sequence[Remote] = ()) -> Iterator[Row]:
        """See `Source.optional`: what is on the hub is there."""
        return self.rows(file, remotes)

    def splits(self, name: str, config: str | None) -> list[str]:
        """The splits of a data set on the hub. Raises UserError where they cannot be had, and where it has several
        configurations, of which none or another is named."""
        import datasets

        with self._asked(name, "hub"):
            commit = self._commit(name)
            there = datasets.get_dataset_config_names(name, revision=commit)
            if (config or "default") not in there and len(there) > 1:
                raise UserError(f"{name} has the configurations {', '.join(there)}; set own.config to one of them")
            return list(datasets.get_dataset_split_names(name, config, revision=commit))

    @contextmanager
    def _asked(self, name: str, place: str) -> Iterator[None]:
        """Whatever the client raises (network, access, a repository's layout): the user can only act on it."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"{name}: cannot be had from the {place} ({type(error).__name__}: {first_line(error)}); "
                f"connect to it, or put the official files into {self._instead}"
            ) from error

    def _commit(self, name: str) -> str:
        return self._pin(name) or self._record(name, _newest(name))

    def _hub(self, part: HubSplit) -> Iterable[dict[str, Any]]:
        import datasets

        datasets.utils.logging.disable_progress_bar()
        return map(
            as_json, datasets.load_dataset(part.name, part.config, split=part.split, revision=self._commit(part.name))
        )

    def _archive(self, part: Archive) -> Iterable[dict[str, Any]]:
        folder, found = _unpacked(part.name)
        pinned = self._pin(part.name)
        if pinned and found != pinned:
            folder, found = _unpacked(part.name, anew=True)
        if pinned and found != pinned:
            raise UserError(
                f"{part.name}: its sha256 is {found}, {self._revisions} pins {pinned}; the file has changed"
            )
        if not folder.is_dir():
            raise UserError(f"{part.name}: is no zip archive")
        files = sorted(folder.rglob(part.member))
        if not files:
            raise UserError(f"{part.name}: holds no file {part.member!r}")
        if not pinned:
            self._record(part.name, found)
        return rows_of(files[0])

    def _pin(self, name: str) -> str | None:
        pins = catalogue.load_any(self._revisions).get(self._dataset) or {}
        if not isinstance(pins, dict):
            raise UserError(f"{self._revisions}: {self._dataset} must map names to revisions, or be null")
        pin = pins.get(name)
        return None if pin is None else str(pin)

    def _record(self, name: str, revision: str) -> str:
        with catalogue.changed(self._revisions) as pins:
            pins[self._dataset] = pins.get(self._dataset) or {}
            pins[self._dataset][name] = revision
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


def _unpacked(url: str, anew: bool = False) -> tuple[Path, str]:
    """The folder of an archive's files and its sha256; from our cache, unless it is to be had anew."""
    import datasets

    datasets.utils.logging.disable_progress_bar()
    config = datasets.DownloadConfig(
        cache_dir=cache_root() / "downloads", use_etag=False, force_download=anew, force_extract=anew
    )
    manager = datasets.DownloadManager(download_config=config, record_checksums=True)
    folder = Path(manager.download_and_extract(url))
    return folder, manager.get_recorded_sizes_checksums()[url]["checksum"]
