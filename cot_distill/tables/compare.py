"""One table over runs: accuracy with its interval, seeds pooled, and the gain over the untuned student with its own."""

import csv
import glob
import io
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from cot_distill.errors import UserError
from cot_distill.evaluation.samples import maj_at_k, pass_at_k
from cot_distill.evaluation.statistics import bootstrap, mcnemar, wilson, wilson_over_seeds, with_interval
from cot_distill.supervision import in_words
from cot_distill.tables import layout
from cot_distill.tables.runs import Run

_SQL = Path(__file__).with_name("compare.sql")
_HEADER = (
    *("run", "dataset", "student", "supervision", "seeds", "n", "accuracy", "95% interval", "gain (95% interval, p)"),
    *("stated", "answered", "cut off", "tokens"),
)
_COLUMNS = (
    *("run", "role", "dataset", "student", "teacher", "granularity", "format", "seed", "pool", "path", "untuned_path"),
)


def compare(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row a pool of runs, as compare.sql orders them, ready for `as_csv`; rates and gains are shares.

    `accuracy` is the mean over seeds and samples, `stated_accuracy` that of answers stated in
    so many words; its 95% interval is Wilson's, over problems. `seed_sd`, `seed_min`
    and `seed_max` say how the seeds' accuracies spread. `gain` has a paired bootstrap interval and, with one seed and
    one sample, the exact McNemar `p`. `maj_at_k` and `pass_at_k` are those of `samples` > 1 a problem. Raises UserError
    where a verdict table cannot be read, or problems of one row differ in how often they were answered.
    """
    import duckdb
    import pyarrow as pa

    if not runs:
        return []
    with duckdb.connect() as connection:
        schema = pa.schema([(name, pa.int64() if name == "seed" else pa.string()) for name in _COLUMNS])
        rows = [{name: getattr(run, name) for name in _COLUMNS} for run in runs]
        connection.register("runs", pa.Table.from_pylist(rows, schema=schema))
        try:
            paths = sorted({glob.escape(run.path) for run in runs})
            # By name: verdicts of other versions may have columns more or less.
            files = connection.read_parquet(paths, filename=True, union_by_name=True)
            if "stated" not in files.columns:
                files = files.project("*, NULL::BOOLEAN AS stated")
            files.create_view("verdicts")
            found = connection.sql(_SQL.read_text(encoding="utf-8")).to_arrow_table().to_pylist()
        except duckdb.Error as error:
            raise UserError(f"verdicts cannot be read ({str(error).splitlines()[0]}); run `dvc repro`") from error
    return [_with_statistics(row) for row in found]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as a Markdown table: rates in percent, the gain in points."""
    header, cells = list(_HEADER), [_cells(row) for row in rows]
    if any(row["samples"] > 1 for row in rows):
        header += ["k", "maj@k", "pass@k"]
        for line, row in zip(cells, rows, strict=True):
            line += [str(row["samples"]), _rate(row, "maj_at_k"), _rate(row, "pass_at_k")]
    return layout.markdown(header, cells)


def as_latex(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as a LaTeX table, with what `markdown` shows."""
    return layout.latex(_HEADER, [_cells(row) for row in rows])


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as CSV, numbers rounded to four digits."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else ["run"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return out.getvalue()


def _with_statistics(row: dict[str, Any]) -> dict[str, Any]:
    right, accuracies, runs, seeds = row.pop("right_answers"), row.pop("accuracies"), row.pop("runs"), row.pop("seeds")
    untuned_right, drawn, counts = row.pop("untuned_right"), row.pop("samples"), set(row.pop("answers"))
    n, pooled, correct, answers = len(right), len(runs), sum(right), max(counts)
    if len(counts) > 1:
        raise UserError(
            f"{' '.join(runs)}: some problems have {min(counts)} answers and others {answers}; only runs on the same "
            "problems, sampled alike, make a row; run `dvc repro`"
        )
    low, high = wilson(correct, n) if answers == 1 else wilson_over_seeds(right, answers)
    return {
        "run": " ".join(runs),
        **{name: row.pop(name) for name in ("role", "dataset", "student", "teacher", "granularity", "format")},
        "seeds": " ".join(str(seed) for seed in seeds if seed is not None),
        "n_seeds": pooled,
        "n": n,
        "correct": correct,
        "accuracy": correct / (n * answers),
        "accuracy_low": low,
        "accuracy_high": high,
        "seed_sd": stdev(accuracies) if pooled > 1 else None,
        "seed_min": min(accuracies) if pooled > 1 else None,
        "seed_max": max(accuracies) if pooled > 1 else None,
        **_gain(right, untuned_right, answers),
        "samples": answers // pooled,
        **_sampled(drawn, answers // pooled),
        **row,
    }


def _sampled(drawn: list[list[list[dict[str, Any]]] | None], k: int) -> dict[str, float | None]:
    """Majority and pass rates with their intervals, a problem's value being the mean over seeds; all None where each
    problem has one sample. `drawn` holds each problem's samples by seed."""
    told: dict[str, float | None] = {}
    for name, rate in (("maj_at_k", maj_at_k), ("pass_at_k", pass_at_k)):
        numbers: tuple[float | None, ...] = (None, None, None)
        if k > 1:
            seeds = [
                [[(one["answer"], one["correct"]) for one in samples] for samples in problem or ()] for problem in drawn
            ]
            numbers = with_interval([fmean(rate(problem, k)) for problem in seeds])
        told |= dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))
    return told


def _gain(right: list[int], untuned_right: list[float | None], answers: int) -> dict[str, float | None]:
    """How the runs differ from the untuned student on the same problems; all None for the untuned student itself."""
    names = ("gain", "gain_low", "gain_high", "only_this_right", "only_untuned_right", "p")
    told: dict[str, float | None] = dict.fromkeys(names)
    pairs = [(one / answers, other) for one, other in zip(right, untuned_right, strict=True) if other is not None]
    if not pairs:
        return told
    differences = [share - untuned for share, untuned in pairs]
    told["gain"] = sum(differences) / len(differences)
    told["gain_low"], told["gain_high"] = bootstrap(differences)
    if answers == 1 and all(untuned in (0, 1) for _, untuned in pairs):
        only_this, only_untuned = differences.count(1.0), differences.count(-1.0)
        told |= {
            "only_this_right": only_this,
            "only_untuned_right": only_untuned,
            "p": mcnemar(only_this, only_untuned),
        }
    return told


def _rate(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return ""
    return f"{row[name]:.1%} ({layout.interval(row[f'{name}_low'], row[f'{name}_high'])})"


def _cells(row: dict[str, Any]) -> list[str]:
    names = row["run"].split(" ")
    return [
        names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}",
        row["dataset"],
        row["student"],
        supervision(row),
        _seeds(row),
        str(row["n"]),
        f"{row['accuracy']:.1%}",
        layout.interval(row["accuracy_low"], row["accuracy_high"]),
        _gain_in_words(row),
        "" if row["stated_accuracy"] is None else f"{row['stated_accuracy']:.1%}",
        f"{row['answered_rate']:.1%}",
        f"{row['truncated_rate']:.1%}",
        f"{row['mean_new_tokens']:.0f}",
    ]


def _seeds(row: dict[str, Any]) -> str:
    if row["role"] == "untuned":
        return ""
    if row["n_seeds"] == 1:
        return "1"
    spread = layout.interval(row["seed_min"], row["seed_max"])
    return f"{row['n_seeds']}: {spread}, sd {100 * row['seed_sd']:.1f}"


def _gain_in_words(row: dict[str, Any]) -> str:
    if row["gain"] is None:
        return ""
    p = "" if row["p"] is None else f", p {layout.p_value(row['p'])}"
    return f"{layout.points(row['gain'])} ({layout.points(row['gain_low'])} to {layout.points(row['gain_high'])}{p})"


def supervision(row: dict[str, Any]) -> str:
    """What a run was trained on, in words."""
    if row["role"] == "untuned":
        return "none (untuned)"
    level = in_words(row["granularity"])
    return level if row["teacher"] is None else f"{row['teacher']}, {level}, {row['format']}"
