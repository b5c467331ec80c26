"""Whether a run is current: which stages behind it DVC would run anew today. Everything that asks so asks here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.tables.lock import Stage, load, value

PIPELINE = "dvc.yaml"
_CODE = ("cot_distill/", "stages/")
_CATALOGUES = ("teachers.yaml", "students.yaml")
_LISTS = ("match_arms",)
"""Params that name a file whose content counts. Of the others (benchmarks, published, …) only what was made of it does,
so that where the files lie makes no difference."""


class Present:
    """The project as it is now: what its code, its dvc.yaml and its catalogues say."""

    def __init__(self, repo: Any) -> None:
        """`repo` is DVC's, which knows the hashes of files that did not change; where it is switched to a commit, that
        commit is what is meant by now."""
        self._repo = repo
        self._hashes: dict[str, str | None] = {}
        self._files: dict[str, str] = {}
        self._catalogues: dict[str, dict[str, Any]] = {}
        self._pipelines: dict[str, dict[str, Any]] = {}

    def stale(self, behind: Sequence[Stage], params: Mapping[str, Any], pipeline: str) -> Iterator[str]:
        """The names of those of these stages that would run anew with these params. Any of this makes a stage stale:
        other params than it ran with, another definition in dvc.yaml than that of `pipeline`, the text of the
        revision's own, other code, other entries of a catalogue, another list of problems, or other outs of the stages
        before it than it was made from.
        """
        made = {path: oid for stage in behind for path, oid in stage.outs.items()}
        for stage in behind:
            definition = self._definition(pipeline, stage)
            read = (definition or {}).get("deps", ())
            lists = [str(value(params, name)) for name in _LISTS if f"${{{name}}}" in read]
            if (
                any(held != value(params, name) for name, held in stage.params.items())
                or definition != self._definition(self._text(PIPELINE), stage)
                or any(path.startswith(_CODE) and oid != self._hash(path) for path, oid in stage.deps.items())
                or any(made.get(path, oid) != oid for path, oid in stage.deps.items())
                or any(held != self._entries(file, held) for file, held in stage.entries.items() if file in _CATALOGUES)
                or any(stage.deps.get(path, "") != self._hash(path) for path in lists)
            ):
                yield stage.name

    def _definition(self, pipeline: str, stage: Stage) -> dict[str, Any] | None:
        """How a dvc.yaml defines a stage, its description apart; None where it does not, or cannot be read."""
        if pipeline not in self._pipelines:
            try:
                found = load(pipeline)["stages"]
                self._pipelines[pipeline] = {
                    name: {key: told for key, told in of_stage.items() if key != "desc"}
                    for name, of_stage in found.items()
                }
            except (ValueError, TypeError, KeyError, AttributeError):
                self._pipelines[pipeline] = {}
        return self._pipelines[pipeline].get(stage.name.partition("@")[0])

    def _hash(self, path: str) -> str | None:
        from dvc_data.hashfile.build import build

        if path not in self._hashes:
            where, repo = str(Path(self._repo.root_dir) / path), self._repo
            try:
                _, _, built = build(repo.cache.local, where, repo.fs, "md5", dry_run=True, ignore=repo.dvcignore)
            except FileNotFoundError:
                self._hashes[path] = None
            else:
                self._hashes[path] = str(built.hash_info.value)
        return self._hashes[path]

    def _entries(self, file: str, names: Iterable[str]) -> dict[str, Any]:
        if file not in self._catalogues:
            self._catalogues[file] = catalogue.mapping(self._text(file) or "{}", file)
        return {name: value(self._catalogues[file], name) for name in names}

    def _text(self, file: str) -> str:
        if file not in self._files:
            fs, path = self._repo.fs, str(Path(self._repo.root_dir) / file)
            self._files[file] = fs.read_bytes(path).decode("utf-8", errors="replace") if fs.isfile(path) else ""
        return self._files[file]
