"""One comparison over runs: accuracy with its interval, and the gain over the untuned student with its p-value."""

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading.statistics import mcnemar, wilson
from cot_distill.supervision import in_words
from cot_distill.tables import layout

_SQL = Path(__file__).with_name("compare.sql")
_HEADER = (
    *("run", "dataset", "student", "supervision", "n", "accuracy", "95% interval", "gain (p)"),
    *("answered", "cut off", "tokens"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One evaluated student: what it was taught, and where its verdicts are."""

    run: str
    """The experiment's name, or `workspace`."""
    role: str
    """`untuned` or `tuned`."""
    dataset: str
    student: str
    teacher: str | None
    granularity: str | None
    """As params say it: a level, `mixed`, `padded`; None without a level."""
    format: str | None
    seed: int | None
    path: str
    untuned_path: str | None
    """The untuned student's verdicts on the same problems; None for the untuned student itself."""


def pair(
    run: str, params: dict[str, Any], untuned_path: str, tuned_path: str, untuned_name: str | None = None
) -> tuple[Run, Run]:
    """The untuned and the tuned run of one experiment with these params."""
    shared = {"dataset": params["dataset"], "student": params["student"]}
    answer_only = params["granularity"] == 0
    untuned = Run(
        run=untuned_name or run,
        role="untuned",
        **shared,
        teacher=None,
        granularity=None,
        format=None,
        seed=None,
        path=untuned_path,
        untuned_path=None,
    )
    tuned = Run(
        run=run,
        role="tuned",
        **shared,
        teacher=None if answer_only else params["teacher"],
        granularity=None if params["granularity"] is None else str(params["granularity"]),
        format=None if answer_only else params["format"],
        seed=params["seed"],
        path=tuned_path,
        untuned_path=untuned_path,
    )
    return untuned, tuned


def compare(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row a run, as compare.sql orders them, with `accuracy`, its 95% Wilson interval, and `p` (exact McNemar).

    Raises UserError where a verdict table cannot be read.
    """
    import duckdb
    import pyarrow as pa

    if not runs:
        return []
    with duckdb.connect() as connection:
        connection.register("runs", pa.Table.from_pylist([dataclasses.asdict(run) for run in runs], schema=_schema()))
        try:
            files = connection.read_parquet(sorted({run.path for run in runs}), filename=True)
            files.create_view("verdicts")
            found = connection.sql(_SQL.read_text(encoding="utf-8")).to_arrow_table().to_pylist()
        except duckdb.Error as error:
            raise UserError(f"verdicts cannot be read ({str(error).splitlines()[0]}); run `dvc repro`") from error
    return [_with_statistics(row) for row in found]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as a Markdown table: rates in percent, the gain in points."""
    return layout.markdown(_HEADER, [_cells(row) for row in rows])


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as CSV, numbers rounded to four digits."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else ["run"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return out.getvalue()


def _with_statistics(row: dict[str, Any]) -> dict[str, Any]:
    low, high = wilson(row["correct"], row["n"])
    tuned = row["role"] == "tuned"
    return {
        **row,
        "accuracy": row["correct"] / row["n"],
        "accuracy_low": low,
        "accuracy_high": high,
        "p": mcnemar(row["only_this_right"], row["only_untuned_right"]) if tuned else None,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    gain = f"{100 * row['gain']:+.1f} (p {_p(row['p'])})" if row["gain"] is not None else ""
    return [
        row["run"],
        row["dataset"],
        row["student"],
        supervision(row),
        str(row["n"]),
        f"{row['accuracy']:.1%}",
        f"{row['accuracy_low']:.1%} to {row['accuracy_high']:.1%}",
        gain,
        f"{row['answered_rate']:.1%}",
        f"{row['truncated_rate']:.1%}",
        f"{row['mean_new_tokens']:.0f}",
    ]


def supervision(row: dict[str, Any]) -> str:
    """What a run was trained on, in words."""
    if row["role"] == "untuned":
        return "none (untuned)"
    level = in_words(row["granularity"])
    return level if row["teacher"] is None else f"{row['teacher']}, {level}, {row['format']}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [(field.name, pa.int64() if field.name == "seed" else pa.string()) for field in dataclasses.fields(Run)]
    )
