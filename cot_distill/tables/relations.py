"""The runs, their verdicts and outcomes as relations of DuckDB, and `arms` and `scores`, which every table reads."""

import dataclasses
import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.predictors import PREDICTORS
from cot_distill.tables import functions
from cot_distill.tables.runs import DIVERSITY, SUPERVISION, Run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cot_distill.tables.experiments import Gathered

_ARMS = Path(__file__).with_name("arms.sql")
_VERDICTS = {
    "problem_id": "VARCHAR",
    "sample": "BIGINT",
    "correct": "BOOLEAN",
    "answered": "BOOLEAN",
    "ambiguous": "BOOLEAN",
    "contains_gold": "BOOLEAN",
    "truncated": "BOOLEAN",
    "new_tokens": "BIGINT",
    "predicted": "VARCHAR",
    "gold": "VARCHAR",
    "read_by": "VARCHAR",
    "completion": "VARCHAR",
    "stated": "BOOLEAN",
    "asked_again": "BOOLEAN",
    "unclosed": "BOOLEAN",
    "longest": "BOOLEAN",
}
"""The columns of the view `verdicts` after `run_id`. Those that older files lack are null; `sample` is 0 then."""
_TRUTH = "CASE {} WHEN 'true' THEN true WHEN 'false' THEN false END"
"""From text, for as a boolean DuckDB takes any number for true."""
_MADE = {"sample": "coalesce(sample, 0)", "correct": _TRUTH.format("correct")}
"""What two of them are made by."""
_NEEDED = {"problem_id", "correct"}
_ANSWERS = {"question": "VARCHAR", "role": "VARCHAR", "right": "BOOLEAN", "source": "VARCHAR"}
"""The columns of a file of outcomes."""
_OUTCOMES = {
    "task": "VARCHAR",
    "question": "VARCHAR",
    "correct": "BOOLEAN",
    "untuned_correct": "BOOLEAN",
    "origin": "VARCHAR",
}
"""The columns of the view `outcomes` after `run_id`."""
_REPRESENTATIVES = 3
"""From how many runs of a test set its problems are taken: one that was cut would not name all."""
_Columns = dict[str, tuple[str, Sequence[Any]]]
"""By name, the type and the values of a table's columns."""
_Bad = dict[tuple[int, str | None], str]
"""By the number of a run, and the task beyond its benchmark or None for its verdicts, why it cannot be taken."""


@contextmanager
def connect(gathered: "Gathered") -> Iterator["DuckDBPyConnection"]:
    """A connection with the relations that docs/tables.md describes.

    A run whose verdicts cannot be read, or that did not answer what its test set asks, is none of them, nor is
    such a task beyond its benchmark: it stands in `left_out`, as lost. Raises UserError where something else goes
    wrong.
    """
    import duckdb

    runs = list(gathered.runs)
    left_out = [(why, why in gathered.lost) for why in gathered.left_out]
    while True:
        connection = duckdb.connect()
        try:
            try:
                _build(connection, runs)
                bad = _damaged(connection)
            except duckdb.Error:  # a damaged Parquet file brings forth several kinds
                bad = _unreadable(runs)
                if not bad:
                    raise
            if not bad:
                whys, are_lost = [why for why, _ in left_out], [is_lost for _, is_lost in left_out]
                _add(connection, "left_out", {"why": ("VARCHAR", whys), "lost": ("BOOLEAN", are_lost)})
                try:
                    yield connection
                except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
                    raise UserError(f"verdicts cannot be read ({str(error).splitlines()[0]})") from error
                return
        finally:
            connection.close()
        lines = dict.fromkeys(f"{runs[number].run}: {why}" for (number, _), why in bad.items())
        left_out += [(line, True) for line in lines]
        runs = [
            _without(run, [task for of, task in bad if of == number])
            for number, run in enumerate(runs)
            if (number, None) not in bad
        ]


def lost(connection: "DuckDBPyConnection") -> list[str]:
    """Why runs that were asked for are not there, a line each, where that needs mending."""
    return [why for (why,) in connection.execute("SELECT why FROM left_out WHERE lost").fetchall()]


def _build(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    connection.execute("SET python_enable_replacements = false")  # no Python variable passes for a table
    # A study has thousands of small local files, which are read once: to cache or to prefetch them takes longer.
    connection.execute("SET enable_external_file_cache = false; SET disable_parquet_prefetching = true")
    _add_verdicts(connection, runs)
    _add_outcomes(connection, runs)
    _add_runs(connection, runs)
    pool(connection)


def pool(connection: "DuckDBPyConnection") -> None:
    """Add the tables and views of arms.sql to the relations `runs`, `verdicts` and `test_problems`."""
    functions.add(connection)
    connection.execute(_ARMS.read_text(encoding="utf-8"))


def _without(run: Run, tasks: Sequence[str | None]) -> Run:
    """The run without what it was asked beyond its benchmark in these tasks."""
    return dataclasses.replace(run, outcomes={name: of for name, of in run.outcomes.items() if name not in tasks})


def _damaged(connection: "DuckDBPyConnection") -> _Bad:
    """What can be read, and does not answer each problem of its test set, or each question of a task, equally often."""
    why = (
        "its verdicts are damaged or cut: some problems have more answers than others, or are not those of its test "
        "set, or have no `correct` that is true or false; run `dvc repro`"
    )
    bad: _Bad = {(number, None): why for (number,) in connection.execute("FROM uneven ORDER BY run_id").fetchall()}
    tasks = connection.execute(
        "SELECT DISTINCT run_id, task FROM outcomes"
        " WHERE question IS NULL OR correct IS NULL OR untuned_correct IS NULL ORDER BY ALL"
    ).fetchall()
    why = "damaged or cut: not every question has the answer of the untuned and of the tuned student; run `dvc repro`"
    return bad | {(number, task): f"data/beyond/{task} is {why}" for number, task in tasks}


def _unreadable(runs: list[Run]) -> _Bad:
    """The files that cannot be read as what they should be."""
    import duckdb

    found: _Bad = {}
    known: dict[str, str] = {}
    with duckdb.connect() as connection:
        for number, run in enumerate(runs):
            outcomes = [(path, task, _ANSWERS) for task, pair in run.outcomes.items() for path in pair]
            for path, task, columns in [(run.path, None, _VERDICTS), *outcomes]:
                if path not in known:
                    known[path] = _why_unreadable(connection, path, columns)
                if known[path]:
                    found[number, task] = f"{known[path]}; run `dvc repro`"
    return found


def _why_unreadable(connection: "DuckDBPyConnection", path: str, columns: Mapping[str, str]) -> str:
    import duckdb

    names = ", ".join(f'count("{name}")' for name in columns)
    try:
        _set_files(connection, "file", [path])
        connection.execute(f"SELECT {names} FROM {_read(columns, 'file')}")
    except duckdb.Error as error:
        what = "verdicts" if columns is _VERDICTS else "outcomes"
        return f"{what} cannot be read ({str(error).splitlines()[0]}: {path})"
    return ""


def _read(columns: Mapping[str, str], variable: str) -> str:
    """A scan of the files that a variable lists, whose columns are said beforehand: those of other versions may have
    more or less, and to look is to open every file."""
    told = [f"'{name}': {{name: '{name}', type: '{kind}', default_value: NULL}}" for name, kind in columns.items()]
    return f"read_parquet(getvariable('{variable}'), schema = MAP {{{', '.join(told)}}}, filename = true)"


def _add_verdicts(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    if not runs:
        _add_empty(connection, "verdicts", _VERDICTS)
        _add(connection, "test_problems", {"problem_id": ("VARCHAR", [])})
        return
    names = ", ".join(f"{_MADE.get(name, name)} AS {name}" for name in _VERDICTS)
    _set_files(connection, "verdict_files", (run.path for run in runs))
    connection.execute(  # a run's number is the place of its file in this list
        f"CREATE VIEW verdicts AS SELECT file_index::INTEGER AS run_id, {names}"
        f" FROM {_read(_VERDICTS | {'correct': 'VARCHAR'}, 'verdict_files')}"
    )
    asked: dict[str, list[str]] = {}
    for run in runs:
        asked.setdefault(run.test_set or run.path, []).append(run.path)
    chosen = [path for paths in asked.values() for path in _representatives(paths)]
    _set_files(connection, "asked_files", chosen or [runs[0].path])
    connection.execute(
        "CREATE VIEW test_problems AS SELECT DISTINCT problem_id"
        f" FROM {_read(_VERDICTS, 'asked_files')} WHERE problem_id IS NOT NULL"
    )


def _representatives(paths: list[str]) -> list[str]:
    """A few of these verdict files, far from each other, that have what they must."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[str] = []
    for place in (*range(0, len(paths), max(1, len(paths) // _REPRESENTATIVES)), *range(len(paths))):
        try:
            if paths[place] not in found and set(pq.read_schema(paths[place]).names) >= _NEEDED:
                found.append(paths[place])
        except (OSError, pa.ArrowException):
            continue  # it is told as soon as all are read
        if len(found) == _REPRESENTATIVES:
            break
    return found


def _add_outcomes(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    asked = [
        (number, task, path)
        for number, run in enumerate(runs)
        for task, files in run.outcomes.items()
        for path in files
    ]
    if not asked:
        _add_empty(connection, "outcomes", _OUTCOMES)
        return
    numbers, tasks, paths = zip(*asked, strict=True)
    columns: _Columns = {"run_id": ("INTEGER", numbers), "task": ("VARCHAR", tasks), "filename": ("VARCHAR", paths)}
    _add(connection, "outcome_files", columns)
    _set_files(connection, "outcome_files", sorted(set(paths)))
    # Each role has a file of its own; the two rows of a question make one here. Whether they can be read is seen now.
    # One that stands there twice, once right and once wrong, is null.
    right = '"right"'
    role = "CASE WHEN bool_and(found) FILTER (role = '{0}') = bool_or(found) FILTER (role = '{0}')"
    role += " THEN bool_or(found) FILTER (role = '{0}') END"
    connection.execute(
        f"CREATE TABLE outcomes AS SELECT run_id, task, question, {role.format('tuned')} AS correct,"
        f" {role.format('untuned')} AS untuned_correct, any_value(source) AS origin"
        f" FROM (SELECT *, {_TRUTH.format(right)} AS found"
        f" FROM {_read(_ANSWERS | {'right': 'VARCHAR'}, 'outcome_files')})"
        " JOIN outcome_files USING (filename) GROUP BY run_id, task, question"
    )


def _set_files(connection: "DuckDBPyConnection", variable: str, paths: Iterable[str]) -> None:
    """Let a variable hold the list of these files: thousands of names need not be parsed with every question."""
    connection.execute(f"SET VARIABLE {variable} = $1", [[glob.escape(path) for path in paths]])


def _add_runs(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    ids = {run.pool: number for number, run in reversed([*enumerate(runs)])}
    measured = {"examples": "BIGINT", **dict.fromkeys((*SUPERVISION, *DIVERSITY, *PREDICTORS), "DOUBLE")}
    numbers = {"seed", "max_new_tokens"}
    apart = ("supervision", "outcomes", "untuned_pool", "untuned_path")
    plain = [field.name for field in dataclasses.fields(Run) if field.name not in apart]
    columns: _Columns = {"run_id": ("INTEGER", range(len(runs)))}
    columns |= {
        name: ("BIGINT" if name in numbers else "VARCHAR", [getattr(run, name) for run in runs]) for name in plain
    }
    columns |= {"untuned_id": ("INTEGER", [ids.get(run.untuned_pool or "") for run in runs])}
    columns |= {name: (kind, [run.supervision.get(name) for run in runs]) for name, kind in measured.items()}
    _add(connection, "runs", columns)
    if any(run.test_set is None for run in runs):
        # Nobody said what was asked: the problems' ids and gold answers do.
        connection.execute(
            "UPDATE runs SET test_set = asked.asked FROM ("
            "  SELECT run_id, to_hex(bit_xor(hash(problem_id, gold))) AS asked FROM verdicts WHERE sample = 0"
            "  AND run_id IN (SELECT run_id FROM runs WHERE test_set IS NULL) GROUP BY run_id"
            ") AS asked WHERE runs.run_id = asked.run_id AND runs.test_set IS NULL"
        )


def _add(connection: "DuckDBPyConnection", name: str, columns: _Columns) -> None:
    """Create a table of these columns."""
    import pyarrow as pa

    kinds = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64()}
    kinds["BOOLEAN"] = pa.bool_()
    table = pa.table({column: pa.array(values, kinds[kind]) for column, (kind, values) in columns.items()})
    connection.register("rows_of_python", table)
    connection.execute(f"CREATE TABLE {name} AS FROM rows_of_python")
    connection.unregister("rows_of_python")


def _add_empty(connection: "DuckDBPyConnection", name: str, kinds: Mapping[str, str]) -> None:
    """Create a table without rows, whose columns are `run_id` and these."""
    _add(connection, name, {"run_id": ("INTEGER", []), **{column: (kind, []) for column, kind in kinds.items()}})
