"""Computes the problems that a study's arms share, before anything runs."""

from collections import defaultdict
from collections.abc import Container, Sequence
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems import matching
from cot_distill.problems.matching import read_matched
from cot_distill.studies.grid import FOLDER, MATCH_ARMS, Combination
from cot_distill.supervision.levels import drawn_on
from cot_distill.supervision.mixture import Part, parts
from cot_distill.supervision.teachers import entries, release
from cot_distill.supervision.teachers.survey import teachable_ids
from stages import paths

MATCHED = FOLDER / "matched"


def check_data(study: str, runs: Sequence[Combination], is_matched: bool) -> None:
    """Raises UserError, with the params to set, if the runs' folders lack released rationales or the benchmarks that
    matching needs."""
    missing: dict[str, str] = {}
    for run in runs:
        dataset, published, benchmarks = (run.values[param] for param in ("dataset", "published", "benchmarks"))
        if not any(map(_is_published, _taught(run))):
            continue
        if not Path(published).is_dir() or not release.arms(Path(published)):
            missing["published"] = f"{published} has no rationales of the release"
        if is_matched and not (Path(benchmarks) / dataset).is_dir():
            missing.setdefault("benchmarks", f"{benchmarks} has no official files of {dataset}")
    if missing:
        options = " ".join(f"-S {param}=/path/to/{param}" for param in missing)
        raise UserError(
            f"{study} needs data that are not here: {', and '.join(missing.values())}; "
            f"docs/reproduce-the-paper.md says where to get them, then name their folders: {options}"
        )


def matched(study: str, runs: Sequence[Combination], write: bool) -> tuple[list[Combination], dict[str, int]]:
    """The runs with the param match_arms set, and the number of problems that each dataset's arms share.

    With `write` the lists are written. Answer-only arms can teach every problem. Raises UserError if an arm is not in
    the release, since its problems are known only after its teacher has written.
    """
    arms: dict[str, dict[str, None]] = defaultdict(dict)
    places: dict[str, tuple[Path, Path]] = {}
    for run in runs:
        dataset = run.values["dataset"]
        arms[dataset] |= dict.fromkeys(_released(run))
        places.setdefault(dataset, (Path(run.values["published"]), Path(run.values["benchmarks"])))
    counts: dict[str, int] = {}
    for dataset, names in arms.items():
        if names:
            ids = matching.shared(list(teachable_ids(list(names), *places[dataset])))
            counts[dataset] = len(ids)
            if write:
                # Sorted, so that another order of a study's grids re-runs nothing.
                matching.write(file(study, dataset), sorted(names), ids)
    return _with_lists(study, runs, counts), counts


def listed(study: str, runs: Sequence[Combination]) -> tuple[list[Combination], dict[str, int]]:
    """As `matched`, from lists that were written before. A dataset without a list is not matched yet."""
    lists = {dataset: file(study, dataset) for dataset in dict.fromkeys(run.values["dataset"] for run in runs)}
    counts = {dataset: len(read_matched(path) or ()) for dataset, path in lists.items() if path.is_file()}
    return _with_lists(study, runs, counts), counts


def _with_lists(study: str, runs: Sequence[Combination], datasets: Container[str]) -> list[Combination]:
    return [
        run.with_param(MATCH_ARMS, str(file(study, run.values["dataset"])))
        if run.values["dataset"] in datasets
        else run
        for run in runs
    ]


def file(study: str, dataset: str) -> Path:
    """The path of the list of problems that a study's arms of a dataset share."""
    return MATCHED / f"{study}-{dataset}.txt"


def _taught(run: Combination) -> tuple[Part, ...]:
    """The arms of a run that teach a teacher's rationales; empty for an answer-only run."""
    return tuple(part for part in parts(run.values) if part.granularity != 0)


def _is_published(part: Part) -> bool:
    """Whether its rationales are from the authors' release."""
    return bool(entries(paths.TEACHERS)[part.teacher]["source"] == "published")


def _released(run: Combination) -> list[str]:
    """The names of the released arms that a run needs; empty for an answer-only run."""
    values, found = run.values, list[str]()
    for part in _taught(run):
        if not _is_published(part):
            raise UserError(
                f"{run.name}: matched: true goes with released rationales, and {part.teacher!r} has none: "
                "run without it, then match the experiments with `cot-distill match`"
            )
        if values["verified_only"] or values["max_words"] is not None:
            raise UserError(f"{run.name}: matched: true goes with verified_only: false and max_words: null")
        entry = entries(paths.TEACHERS)[part.teacher]
        where = Path(values["published"]), values["dataset"], entry["family"]
        found += [
            release.find(*where, level, form, entry.get("variant")).arm
            for level in drawn_on(part.granularity, values["mixed_weights"])
            for form in dict.fromkeys(("original", part.format))
        ]
    return found
