"""The shared problems of a study's arms, worked out before anything runs."""

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
    """Raises UserError that names the params, if released rationales, or the benchmarks by which they are matched,
    are not in the folders that the runs name."""
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
    """The runs with the param match_arms set, and how many problems each dataset's arms share.

    With `write` each list is written. Answer-only arms teach every problem. Raises UserError if an arm
    is none of the release, since what it teaches shows only once its teacher has written.
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
                # Sorted, so that the order of a study's grids is no reason to run it again.
                matching.write(file(study, dataset), sorted(names), ids)
    return _with_lists(study, runs, counts), counts


def listed(study: str, runs: Sequence[Combination]) -> tuple[list[Combination], dict[str, int]]:
    """As `matched`, by the lists that were written before; a dataset without one is not matched yet."""
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
    """Where the problems are listed that a study's arms of a dataset share."""
    return MATCHED / f"{study}-{dataset}.txt"


def _taught(run: Combination) -> tuple[Part, ...]:
    """The arms that a run teaches with a teacher's rationales; none for an answer-only one."""
    return tuple(part for part in parts(run.values) if part.granularity != 0)


def _is_published(part: Part) -> bool:
    """Whether its rationales are the authors'."""
    return bool(entries(paths.TEACHERS)[part.teacher]["source"] == "published")


def _released(run: Combination) -> list[str]:
    """The names of the released arms that a run needs; none for an answer-only one."""
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
