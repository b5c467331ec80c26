"""What a reader of a table must know: which cells are missing, and which runs are not compared with each other."""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cot_distill.tables.runs import ARM, NO_DIFFERENCE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GRIDS = {
    "granularity": ("granularity", ("dataset", "teacher", "format", "selection")),
    "format": ("format", ("dataset", "teacher", "granularity", "selection")),
    "teacher": ("teacher", ("dataset", "granularity", "format", "selection")),
}
"""Tables of which every student should have every cell: the factor, and what it is looked at within."""
CHOICE = (
    "accuracy took part in the choice of the best, which flatters it; test_accuracy, where the choice was made on dev "
    "problems, did not"
)


def notes(connection: "DuckDBPyConnection", name: str) -> list[str]:
    """The notes below the table `name`, but for what is left out and what is outdated."""
    if name in ("results", "supervision", "beyond", "predictors"):  # what follows is about test problems
        return []
    told = _apart(connection) + _same_cell(connection) + _without_untuned(connection)
    if name == "best":
        told.insert(0, CHOICE)
    return told + (_missing(connection, *GRIDS[name]) if name in GRIDS else [])


def about_runs(connection: "DuckDBPyConnection") -> list[str]:
    """What is left out, and which runs the present code would make otherwise: the same for every table."""
    told = [f"not taken: {why}" for (why,) in connection.execute("SELECT why FROM left_out").fetchall()]
    told += of_choices(connection)
    return told + outdated(connection.execute("SELECT run, stale FROM runs ORDER BY run_id").fetchall())


def of_choices(connection: "DuckDBPyConnection") -> list[str]:
    """Which runs were asked the dev problems; all others' numbers took no part in a choice of ours."""
    found = connection.execute("SELECT run FROM runs WHERE split = 'dev' AND role = 'tuned' ORDER BY run_id").fetchall()
    return [f"on the dev split, by which arms are chosen: {_listed([run for (run,) in found])}"] if found else []


def outdated(runs: Sequence[tuple[str, str | None]]) -> list[str]:
    """A line about those of these runs, each with its `stale` stages, that the present code would make otherwise."""
    found: dict[str, list[str]] = {}
    for run, stale in runs:
        if stale and run not in found.setdefault(stale, []):
            found[stale].append(run)
    return [
        f"outdated: {_listed(names)}: code, or data that it was made from, has changed since, so that {stale} would run"
        " anew"
        for stale, names in found.items()
    ]


def _apart(connection: "DuckDBPyConnection") -> list[str]:
    """Why students' rows are not compared with each other: other problems, other graders, other settings."""
    found = connection.execute(
        "SELECT DISTINCT dataset, student, test_set, n, grader, max_new_tokens, setting, params FROM arms"
        " WHERE role = 'tuned' ORDER BY dataset, student"
    ).fetchall()
    told = []
    for (dataset, student), rows in itertools.groupby(found, key=lambda row: row[:2]):
        _, _, test_sets, sizes, graders, caps, settings, params = map(_distinct, zip(*rows, strict=True))
        where = f"{dataset}, {student}: rows of"
        if len(test_sets) > 1:
            told.append(f"{where} {len(test_sets)} test sets (n = {_listed(sizes)}) are not compared with each other")
        if len(graders) > 1:
            told.append(f"{where} {len(graders)} versions of the grader are not compared with each other")
        if len(caps) > 1:
            told.append(f"{where} token caps {_listed(caps)} are not compared with each other")
        if len(settings) > 1:
            differ = differing(params, ("dataset", "student", "seed", *ARM))
            told.append(f"{where} {len(settings)} settings are not compared with each other; they differ in {differ}")
    return told


def _same_cell(connection: "DuckDBPyConnection") -> list[str]:
    """Cells with several rows that nothing in the table tells apart."""
    found = connection.execute(
        "SELECT dataset, trained_on, student, coalesce(teacher, 'answer only'), coalesce(granularity, 'as written'),"
        " coalesce(format, ''), selection, list(params), list(list_aggregate(runs, 'string_agg', ' ')) FROM arms"
        " WHERE role = 'tuned' AND twins > 1 GROUP BY dataset, trained_on, student, teacher, granularity, format,"
        " selection, field ORDER BY ALL"
    ).fetchall()
    told = []
    for dataset, trained_on, student, teacher, granularity, form, selection, params, runs in found:
        cell = ", ".join(filter(None, [dataset, student, teacher, granularity, form, selection]))
        cell += f" (trained on {trained_on})" if trained_on != dataset else ""
        shown = ("dataset", "student", "seed", "teacher", "granularity", "format", "selection")
        differ = differing(params, shown) or "none of their params: in code or data"
        told.append(
            f"{cell}: {len(runs)} rows of one cell, not pooled ({'; '.join(sorted(runs))}); they differ in {differ}"
        )
    return told


def _without_untuned(connection: "DuckDBPyConnection") -> list[str]:
    found = connection.execute(
        "SELECT dataset, student, count(*) FROM arms WHERE role = 'tuned' AND untuned IS NULL"
        " GROUP BY dataset, student ORDER BY ALL"
    ).fetchall()
    return [
        f"{dataset}, {student}: {rows} rows have no untuned student on the same problems, read by the same grader"
        for dataset, student, rows in found
    ]


def _missing(connection: "DuckDBPyConnection", factor: str, within: tuple[str, ...]) -> list[str]:
    """Cells that one student has and another has not."""
    groups, values = ", ".join(within), {"granularity": "granularity <> '0' AND granularity"}.get(factor, factor)
    found = connection.execute(
        f"WITH held AS (SELECT DISTINCT {groups}, student, {factor} FROM arms WHERE role = 'tuned' AND"
        f" trained_on = dataset AND teacher IS NOT NULL AND {values} IS NOT NULL),"
        " students AS (SELECT DISTINCT dataset, student FROM held),"
        f" wanted AS (SELECT DISTINCT {', '.join(f'held.{name}' for name in within)}, students.student, held.{factor}"
        "  FROM held JOIN students USING (dataset))"
        f" SELECT concat_ws(', ', {groups.replace('dataset', 'dataset, student')}), list({factor} ORDER BY {factor})"
        f" FROM (FROM wanted EXCEPT FROM held) GROUP BY {groups}, student ORDER BY ALL"
    ).fetchall()
    return [f"missing: {where}: {factor} {_listed(values)}" for where, values in found]


def differing(params: Iterable[str], aside: Sequence[str]) -> str:
    """The names of the params in which these differ, without those of `aside` and those that no result depends on."""
    leaves = [dict(_leaves(json.loads(one), (*aside, *NO_DIFFERENCE))) for one in params]
    names = sorted({name for one in leaves for name in one})
    return _listed([name for name in names if len({json.dumps(one.get(name)) for one in leaves}) > 1])


def _leaves(params: Mapping[str, Any], aside: Sequence[str] = (), before: str = "") -> list[tuple[str, Any]]:
    return [
        leaf
        for name, value in params.items()
        if name not in aside
        for leaf in (
            _leaves(value, (), f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
        )
    ]


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Each value once, in order, none last."""
    return sorted(set(values), key=lambda value: (value is None, value))


def _listed(values: Sequence[Any]) -> str:
    return ", ".join("none" if value is None else str(value) for value in values)
