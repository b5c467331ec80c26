"""What a study's runs are, which are finished, and what the others will cost."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cot_distill.studies import grid, matching, runcache
from cot_distill.studies.cost import Cost, cost
from cot_distill.studies.grid import Combination
from cot_distill.studies.pool import noted
from cot_distill.studies.repository import Found, Repository
from cot_distill.tables.layout import markdown


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A study against a repository as it stands."""

    name: str
    about: str
    repository: Repository
    snapshot: str
    """The commit that holds the workspace as it stands."""
    runs: list[Combination]
    found: dict[str, Found]
    """The experiments of these names."""
    trained: set[str]
    """The runs whose training is in DVC's run-cache."""
    matched: dict[str, int]
    """How many problems the arms of each matched dataset share."""

    @property
    def folder(self) -> Path:
        """Where the study's logs lie."""
        return self.repository.work / self.name

    @property
    def names(self) -> set[str]:
        """The runs' names."""
        return {run.name for run in self.runs}

    @property
    def waiting(self) -> list[Combination]:
        """The runs that are not finished."""
        return [run for run in self.runs if self.state(run) != "finished"]

    def state(self, run: Combination) -> str:
        """`finished`, `outdated` (other params or code), `running`, `failed`, `stopped` or `missing`."""
        found = self.found.get(run.name)
        if found is not None and found.current:
            return "finished"
        told = noted(self.folder, run.name)
        if told in ("running", "failed", "stopped"):
            return told
        return "missing" if found is None else "outdated"

    def cost(self, workers: int, drop_students: bool) -> Cost:
        """What the runs that are neither finished nor trained already will take."""
        return cost([run for run in self.waiting if run.name not in self.trained], self.matched, workers, drop_students)

    def table(self) -> str:
        """The runs as Markdown."""
        lines = []
        for run in self.runs:
            found, state = self.found.get(run.name), self.state(run)
            accuracy = "" if found is None or found.accuracy is None or state != "finished" else f"{found.accuracy:.1%}"
            cached = "yes" if state != "finished" and run.name in self.trained else ""
            lines.append((run.name, state, accuracy, cached, "" if found is None else found.rev[:7]))
        return markdown(("run", "state", "accuracy", "training cached", "commit"), lines)

    def in_words(self, told: Cost, drop_students: bool) -> str:
        """What is there and what is to be done, in a few lines."""
        states = Counter(self.state(run) for run in self.runs)
        waiting = self.waiting
        cached = sum(run.name in self.trained for run in waiting)
        lines = [
            f"{self.name}: {self.about}",
            f"{len(self.runs)} runs: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())),
        ]
        lines += [
            f"matched: all arms of {dataset} train on the same {count} problems"
            for dataset, count in self.matched.items()
        ]
        if waiting:
            lines.append(
                f"to run: {len(waiting)}, of which {cached} are trained already; about {told.examples:,} training "
                f"examples, each counted once an epoch; disk: {told.kept_bytes / 1e9:.1f} GB to keep, "
                f"{told.passing_bytes / 1e9:.1f} GB in passing" + (", students dropped" if drop_students else "")
            )
        if told.unknown:
            lines.append(f"not counted, since their size is not known: {', '.join(told.unknown)}")
        return "\n".join(lines)


def make(
    root: Path,
    name: str,
    base: Mapping[str, Any],
    chosen: Mapping[str, Any],
    check: Callable[[Any, str], object] | None,
    write: bool,
) -> Plan:
    """The plan of the study `name` in the repository `root`; see `grid.expand` for the rest.

    Without `check` what is there is looked at, and nothing is checked or worked out, for which the data were needed.
    With `write` a matched study's lists of problems are made anew and added to git's index, so that its experiments
    hold them. Raises UserError where the study, the repository or what it names is at fault.
    """
    study = grid.load(root / grid.FOLDER, name)
    repository = Repository(root)
    repository.identity()
    runs = grid.expand(name, study, base, {**chosen, **_absolute(repository, {**base, **chosen})}, check or _unchecked)
    shared: dict[str, int] = {}
    if study.matched:
        runs, shared = matching.matched(name, runs, write) if check else matching.listed(name, runs)
        if write and shared:
            repository.git("add", "--", *(str(matching.file(name, dataset)) for dataset in shared))
    snapshot = repository.snapshot()
    found = repository.find(runs, snapshot)
    trained = runcache.trained(repository.cache, repository.root, runs)
    return Plan(name, study.about, repository, snapshot, runs, found, trained, shared)


def _unchecked(values: Any, where: str) -> None:
    """What is only looked at needs no check."""


def _absolute(repository: Repository, values: Mapping[str, Any]) -> dict[str, str]:
    """The folders of data that hold files which git does not: copies lack these, and so read them where they are."""
    return {
        param: str(repository.root / values[param])
        for param in ("benchmarks", "published", "beyond_data")
        if not Path(values[param]).is_absolute() and repository.git("ls-files", "--others", "--", values[param])
    }
