"""The runs, their verdicts and their outcomes as relations of DuckDB, which every table and every question reads."""

import dataclasses
import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.tables.runs import DIVERSITY, SUPERVISION, Run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cot_distill.tables.experiments import Gathered

_HERE = Path(__file__).parent
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
}
"""The columns of the view `verdicts` after `run_id`. Those that older files lack are null; `sample` is 0 then."""
_OUTCOMES = {
    "task": "VARCHAR",
    "question": "VARCHAR",
    "correct": "BOOLEAN",
    "untuned_correct": "BOOLEAN",
    "origin": "VARCHAR",
}
"""The columns of the view `outcomes` after `run_id`."""
_Columns = dict[str, tuple[str, Sequence[Any]]]
"""By name, the type and the values of a table's columns."""


@contextmanager
def connect(gathered: "Gathered") -> Iterator["DuckDBPyConnection"]:
    """A connection with the relations `runs`, `verdicts`, `outcomes` and `left_out`, as docs/tables.md describes them.

    Rows stay in their files and are read as questions ask for them. Raises UserError where one cannot be read.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        connection.execute("SET python_enable_replacements = false")  # no Python variable passes for a table
        # A study has thousands of small local files, which are read once: to cache or to prefetch them takes longer.
        connection.execute("SET enable_external_file_cache = false; SET disable_parquet_prefetching = true")
        connection.execute((_HERE / "statistics.sql").read_text(encoding="utf-8"))
        _add(connection, "left_out", {"why": ("VARCHAR", gathered.left_out)})
        _add_verdicts(connection, gathered.runs)
        _add_outcomes(connection, gathered.runs)
        _add_runs(connection, gathered.runs)
        yield connection
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise UserError(f"verdicts cannot be read ({str(error).splitlines()[0]}); run `dvc repro`") from error
    finally:
        connection.close()


def pool(connection: "DuckDBPyConnection") -> None:
    """Add the tables of pooled.sql, once."""
    if connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'pooled'").fetchall() == [(0,)]:
        for name in ("bits.sql", "pooled.sql"):
            connection.execute((_HERE / name).read_text(encoding="utf-8"))


def _add_verdicts(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    if not runs:
        _add_empty(connection, "verdicts", _VERDICTS)
        _add(connection, "test_problems", {"problem_id": ("VARCHAR", [])})
        return
    # A run's number is the place of its file in this list. Its columns are said beforehand: verdicts of other versions
    # may have more or less, and to look is to open every file.
    columns = ", ".join(
        f"'{name}': {{name: '{name}', type: '{kind}', default_value: NULL}}" for name, kind in _VERDICTS.items()
    )
    names = ", ".join("coalesce(sample, 0) AS sample" if name == "sample" else name for name in _VERDICTS)
    _set_files(connection, "verdict_files", (run.path for run in runs))
    connection.execute(
        f"CREATE VIEW verdicts AS SELECT file_index::INTEGER AS run_id, {names}"
        f" FROM read_parquet(getvariable('verdict_files'), schema = MAP {{{columns}}})"
    )
    # All runs of a test set answer the same problems: one of them tells which.
    _set_files(connection, "asked_files", {run.test_set or run.path: run.path for run in runs}.values())
    connection.execute(
        "CREATE VIEW test_problems AS SELECT DISTINCT problem_id"
        f" FROM read_parquet(getvariable('asked_files'), schema = MAP {{{columns}}})"
    )


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
    # Each role has a file of its own; the two rows of a question make one here.
    connection.execute(
        "CREATE VIEW outcomes AS SELECT run_id, task, question, bool_or(\"right\") FILTER (role = 'tuned') AS correct,"
        " bool_or(\"right\") FILTER (role = 'untuned') AS untuned_correct, any_value(source) AS origin"
        " FROM read_parquet(getvariable('outcome_files'), filename = true)"
        " JOIN outcome_files USING (filename) GROUP BY run_id, task, question"
    )


def _set_files(connection: "DuckDBPyConnection", variable: str, paths: Iterable[str]) -> None:
    """Let a variable hold the list of these files: thousands of names need not be parsed with every question."""
    connection.execute(f"SET VARIABLE {variable} = $1", [[glob.escape(path) for path in paths]])


def _add_runs(connection: "DuckDBPyConnection", runs: list[Run]) -> None:
    ids = {run.pool: number for number, run in reversed([*enumerate(runs)])}
    measured = {"examples": "BIGINT", **dict.fromkeys((*SUPERVISION, *DIVERSITY), "DOUBLE")}
    numbers = {"seed", "max_new_tokens"}
    plain = [
        field.name
        for field in dataclasses.fields(Run)
        if field.name not in ("supervision", "outcomes", "untuned_pool", "untuned_path")
    ]
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
