"""One table over runs: accuracy with its interval, seeds pooled, and the gain over the untuned student with its own."""

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.evaluation.samples import maj_at_k, pass_at_k
from cot_distill.evaluation.statistics import with_interval
from cot_distill.problems.positions import told, unread
from cot_distill.supervision import in_words
from cot_distill.tables import layout
from cot_distill.tables.questions import ask
from cot_distill.tables.relations import connect, lost
from cot_distill.tables.runs import Run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HEADER = (
    *("run", "dataset", "student", "supervision", "seeds", "n", "accuracy", "95% interval", "gain (95% interval, p)"),
    *("stated", "answered", "cut off", "tokens"),
)
_LAST = ("stated_accuracy", "answered_rate", "truncated_rate", "unclosed_rate", "mean_new_tokens")
_SAMPLES = """
SELECT problem_id, list({'answer': predicted, 'correct': correct} ORDER BY sample) AS samples
FROM verdicts JOIN members USING (run_id) WHERE arm = $1 GROUP BY problem_id, run_id ORDER BY problem_id
"""
_OF_BLIND = ("majority", "longest_choice")
_BLIND = "SELECT gold, longest FROM verdicts JOIN members USING (run_id) WHERE arm = $1 AND sample = 0"


def compare(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """`results` of these runs alone; raises UserError where verdicts of one cannot be read."""
    from cot_distill.tables.experiments import Gathered

    with connect(Gathered([*runs], [])) as connection:
        for why in lost(connection):
            raise UserError(why)
        return results(connection)


def results(connection: "DuckDBPyConnection") -> list[dict[str, Any]]:
    """A row an arm, as results.sql orders them, ready for `as_csv`; rates and gains are shares.

    `accuracy` is the mean over seeds and samples, `stated_accuracy` that of answers stated in so many words; `seed_sd`,
    `seed_min` and `seed_max` say how the seeds' accuracies spread. `p` and the interval of `gain` are of the paired
    test, `p_holm` is adjusted for all arms of the same student, setting and problems. `maj_at_k` and `pass_at_k` are
    those of `samples` > 1 a problem. Of untuned students that choose among a few answers, `majority` and
    `longest_choice` are what one would score who reads no question.
    """
    rows = []
    for row in ask(connection, "results", of_runs=False).rows:
        arm = row.pop("arm")
        last = {name: row.pop(name) for name in _LAST if name in row}
        blind = unread(connection.execute(_BLIND, [arm]).fetchall()) if row["role"] == "untuned" else {}
        rows.append({**row, **_sampled(connection, arm, row["samples"]), **last, **blind})
    there = [name for name in _OF_BLIND if any(name in row for row in rows)]
    return [{**row, **{name: row.get(name) for name in there}} for row in rows]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as a Markdown table: rates in percent, the gain in points; below it what one would score who reads
    no question."""
    header, cells = _laid_out(rows)
    table = layout.markdown(header, [[layout.cell(cell) for cell in line] for line in cells])
    blind = [(row["dataset"], {name: row[name] for name in _OF_BLIND if row.get(name) is not None}) for row in rows]
    lines = dict.fromkeys(
        f"- without reading a question of {name}: {told(shares)}\n" for name, shares in blind if shares
    )
    return table + ("\n" + "".join(lines) if lines else "")


def as_latex(rows: Sequence[dict[str, Any]]) -> str:
    """The same as a LaTeX table."""
    return layout.latex(*_laid_out(rows))


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as CSV, numbers rounded to four digits; `family` only says whether Markdown tells Holm's p."""
    names = [name for name in rows[0] if name != "family"] if rows else ["run"]
    return layout.as_csv(names, ([_rounded(row[name]) for name in names] for row in rows))


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _laid_out(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Header and cells; samples and thoughts that never end only where some row has them."""
    header, cells = list(_HEADER), [_cells(row) for row in rows]
    if any(row["samples"] > 1 for row in rows):
        header += ["k", "maj@k", "pass@k"]
        for line, row in zip(cells, rows, strict=True):
            line += [str(row["samples"]), _rate(row, "maj_at_k"), _rate(row, "pass_at_k")]
    if any(row.get("unclosed_rate") for row in rows):
        header.append("unclosed")
        for line, row in zip(cells, rows, strict=True):
            line.append(f"{row['unclosed_rate'] or 0:.1%}")
    return header, cells


def _sampled(connection: "DuckDBPyConnection", arm: int, k: int) -> dict[str, float | None]:
    """Majority and pass rates with their intervals, a problem's value being the mean over seeds; all None where each
    problem has one sample."""
    told: dict[str, float | None] = {}
    problems: dict[str, list[list[tuple[str | None, bool]]]] = {}
    for problem, samples in connection.execute(_SAMPLES, [arm]).fetchall() if k > 1 else ():
        problems.setdefault(problem, []).append([(one["answer"], one["correct"]) for one in samples])
    for name, rate in (("maj_at_k", maj_at_k), ("pass_at_k", pass_at_k)):
        numbers: tuple[float | None, ...] = (None, None, None)
        if problems:
            numbers = with_interval([fmean(rate(seeds, k)) for seeds in problems.values()])
        told |= dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))
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
        _gain(row),
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


def _gain(row: dict[str, Any]) -> str:
    if row["gain"] is None:
        return ""
    several = row["family"] > 1
    p = f"p {layout.p_value(row['p'])}" + (f", Holm {layout.p_value(row['p_holm'])}" if several else "")
    return f"{layout.points(row['gain'])} ({layout.points(row['gain_low'])} to {layout.points(row['gain_high'])}, {p})"


def supervision(row: dict[str, Any]) -> str:
    """What a run was trained on, in words."""
    if row["role"] == "untuned":
        return "none (untuned)"
    level = in_words(row["granularity"])
    parts = [level] if row["teacher"] is None else [row["teacher"], level, row["format"], row.get("selection")]
    return ", ".join(filter(None, parts))
