"""A study's runs: which are finished, and what the others will cost."""

import dataclasses
import fnmatch
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.repository.git import GitError, git, identity
from cot_distill.studies import cluster, experiments, grid, matching
from cot_distill.studies.cluster import Listed
from cot_distill.studies.experiments import Experiment
from cot_distill.studies.grid import Combination, Study
from cot_distill.studies.states import noted, times
from cot_distill.tables.layout import markdown

if TYPE_CHECKING:
    from cot_distill.studies.cost import Cost

_CODE = ("cot_distill", "stages")


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A study and the present state of its runs in a project."""

    name: str
    about: str
    root: Path
    runs: list[Combination]
    experiments: dict[str, Experiment]
    """The experiment of each run that has one, by the run's name."""
    matched: dict[str, int]
    """The number of problems that the arms of each matched dataset share."""
    jobs: Mapping[str, Listed] | None = None
    """This repository's jobs on Slurm, by their names; None if Slurm does not answer."""
    max_hours: float | None = None
    """The study's limit of hours."""
    elsewhere: str | None = None
    """A Git remote for finished runs."""

    @property
    def logs(self) -> Path:
        """The folder of the logs and states of runs."""
        return self.root / ".dvc" / "tmp" / "studies" / self.name

    @property
    def names(self) -> set[str]:
        """The runs' names."""
        return {run.name for run in self.runs}

    @property
    def waiting(self) -> list[Combination]:
        """The runs that are not finished."""
        return [run for run in self.runs if self.state(run) != "finished"]

    def state(self, run: Combination) -> str:
        """`finished`, `outdated` (other params or code), `running`, `queued`, `failed`, `stopped` or `missing`."""
        there = self.experiments.get(run.name)
        if there is not None and there.current:
            return "finished"
        note = noted(self.logs, run.name).get("state")
        if note == "running":
            return "running"
        if job := (self.jobs or {}).get(run.name):
            return job.state
        if note in ("failed", "stopped"):
            return str(note)
        return "missing" if there is None else "outdated"

    @property
    def spent_seconds(self) -> float:
        """The seconds that all runs of the study that ended here have taken, including runs that are not chosen."""
        return sum(float(noted(self.logs, path.stem).get("seconds", 0.0)) for path in self.logs.glob("*.json"))

    def chosen(self, only: str | None, shard: str | None) -> "Plan":
        """The plan of only the runs whose names match the pattern `only`, and of these the part `shard`, such as 2/4.

        Raises UserError if there are none, or if `shard` is malformed.
        """
        runs = [run for run in self.runs if only is None or fnmatch.fnmatchcase(run.name, only)]
        if not runs:
            raise UserError(f"--only {only}: no run of {self.name} matches; `study status {self.name}` names them")
        if shard is not None:
            part = re.fullmatch(r"(\d+)/(\d+)", shard)
            if part is None or not 1 <= int(part[1]) <= int(part[2]):
                raise UserError(f"--shard {shard}: write it as 2/4, the second part of four")
            runs = runs[int(part[1]) - 1 :: int(part[2])]
        return dataclasses.replace(self, runs=runs)

    def remarks(self) -> Iterator[str]:
        """Remarks besides the runs' states, as lines."""
        if self.jobs is None:
            yield "Slurm does not answer: what it runs is not known"
        if self.elsewhere is not None and (told := self._not_fetched()):
            yield told

    def _not_fetched(self) -> str | None:
        """A line with the command that fetches runs which only the remote has; None if there are none."""
        assert self.elsewhere is not None
        try:
            there = git(self.root, "ls-remote", "--refs", self.elsewhere, "refs/exps/*").splitlines()
        except GitError as error:
            return f"{self.elsewhere} cannot be asked for runs that were made elsewhere: {error}"
        names = {line.rpartition("/")[2] for line in there}
        missing = [run.name for run in self.runs if run.name in names and self.state(run) != "finished"]
        if not missing:
            return None
        fetch = f"git fetch {self.elsewhere} '+refs/exps/*:refs/exps/*'"
        return f"{len(missing)} of these runs were made elsewhere and are at {self.elsewhere}; fetch them: {fetch}"

    def with_results(self) -> "Plan":
        """The same plan with the present state of its runs."""
        return dataclasses.replace(self, experiments=experiments.find(self.root, self.runs))

    def trained(self, run: Combination) -> bool:
        """Whether DVC's cache has the run's student from an older experiment of its name."""
        there = self.experiments.get(run.name)
        return there is not None and there.trained

    def cost(self, workers: int, drop_students: bool) -> "Cost":
        """The cost of the runs that are neither finished nor trained already."""
        from cot_distill.studies.cost import cost

        return cost([run for run in self.waiting if not self.trained(run)], self.matched, workers, drop_students)

    def table(self) -> str:
        """The runs as Markdown."""
        lines = []
        for run in self.runs:
            there, state = self.experiments.get(run.name), self.state(run)
            accuracy = "" if there is None or there.accuracy is None or state != "finished" else f"{there.accuracy:.1%}"
            lines.append((run.name, state, accuracy, "" if there is None else there.rev[:7]))
        return markdown(("run", "state", "accuracy", "commit"), lines)

    def in_words(self, estimate: "Cost", drop_students: bool) -> str:
        """The finished runs and the remaining work, in a few lines."""
        states = Counter(self.state(run) for run in self.runs)
        waiting = self.waiting
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
                f"to run: {len(waiting)}, of which {sum(map(self.trained, waiting))} are trained already; "
                f"about {estimate.examples:,} training examples, each counted once an epoch; "
                f"disk: {estimate.kept_bytes / 1e9:.1f} GB to keep, {estimate.passing_bytes / 1e9:.1f} GB in passing"
                + (", students dropped" if drop_students else "")
            )
        if waiting:
            took = times(self.logs.parent)
            known = [took[run.values["student"]] for run in waiting if run.values["student"] in took]
            rest = len(waiting) - len(known)
            told = f"about {sum(known) / 3600:.1f} hours at the pace of finished runs of the same students"
            unknown = f"not known for {rest} runs, whose students have no finished run here"
            lines.append("time: " + "; ".join([told] * bool(known) + [unknown] * bool(rest)))
        if estimate.unknown:
            lines.append(f"disk not counted, since students.yaml has no `weights`: {', '.join(estimate.unknown)}")
        return "\n".join(lines)


def _as_it_is(study: Study) -> Study:
    return study


def look(
    root: Path,
    name: str,
    base: Mapping[str, Any],
    chosen: Mapping[str, Any],
    check: Callable[..., object],
    adapt: Callable[[Study], Study] = _as_it_is,
) -> Plan:
    """The plan of the study `name`, only to look at: it needs no data and writes nothing. The working folder must be
    the project's root, `root`.

    `base`, `chosen` and `check` are those of `grid.expand`. `check` also takes `with_data`: whether to check what
    depends on this machine's data. `adapt` may change the study from the file. Raises UserError if the study or a value
    is at fault.
    """
    study = adapt(grid.load(grid.FOLDER, name))
    runs = grid.expand(name, study, base, _absolute(root, base, chosen), partial(check, with_data=False))
    runs, shared = matching.listed(name, runs) if study.matched else (runs, {})
    jobs = cluster.jobs(root)
    return Plan(
        name, study.about, root, runs, {}, shared, jobs, study.max_hours, cluster.read(root).push_to
    ).with_results()


def make(
    root: Path,
    name: str,
    base: Mapping[str, Any],
    chosen: Mapping[str, Any],
    check: Callable[..., object],
    adapt: Callable[[Study], Study] = _as_it_is,
    *,
    write: bool,
) -> Plan:
    """The plan of a study that will be run: as `look`, but checked together with the data.

    With `write` a matched study's lists of problems are written again and added to git's index, so that its experiments
    include them. Raises UserError as `look` does, if data are missing, and if the workers' copies would lack code.
    """
    looked, study = look(root, name, base, chosen, check, adapt), adapt(grid.load(grid.FOLDER, name))
    matching.check_data(name, looked.runs, study.matched)
    if write:
        _check_git(root)
    runs = grid.expand(name, study, base, _absolute(root, base, chosen), check)
    if not study.matched:
        return looked
    runs, shared = matching.matched(name, runs, write)
    if write and shared:
        git(root, "add", "--", *(str(matching.file(name, dataset)) for dataset in shared))
    return dataclasses.replace(looked, runs=runs, experiments=experiments.find(root, runs), matched=shared)


def _check_git(root: Path) -> None:
    """Raises UserError if experiments cannot be committed, or if the workers' copies would lack code."""
    identity(root)
    unknown = git(root, "ls-files", "--others", "--exclude-standard", "--", *_CODE).splitlines()
    if unknown:
        raise UserError(f"{unknown[0]} is not in git, so that the study's copies would lack it; `git add` or move it")


def _absolute(root: Path, base: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen params, with absolute paths for folders of data that have files outside git. The workers' copies lack
    these files, and so read them in place."""
    values = {**base, **chosen}
    return {
        **chosen,
        **{
            param: str(root / values[param])
            for param in ("benchmarks", "published", "beyond_data")
            if isinstance(values[param], str)
            and not Path(values[param]).is_absolute()
            and ".." not in Path(values[param]).parts  # a path outside the repository is refused by the check
            and git(root, "ls-files", "--others", "--", values[param])
        },
    }
