"""Questions of one's own over the runs and their verdicts: one SELECT, which writes nothing and reads nothing else.

Answers are shown as DuckDB gives them: every column in its order, values whole, in DuckDB's own words.
"""

import decimal
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.tables import layout
from cot_distill.tables.relations import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Error

    from cot_distill.tables.experiments import Gathered

FORMS = ("markdown", "csv", "json")
_RELATIONS = ("runs", "arms", "scores", "compared", "verdicts", "outcomes", "left_out")
_COLUMNS = "SELECT column_name, lower(data_type), comment FROM duckdb_columns() WHERE table_name = ?"
_AS_IT_IS = frozenset(
    "boolean tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint float double decimal"
    " struct tuple union".split()
)
"""Types whose values JSON takes as Python has them; rows without names and unions have no type to cast to."""
_CREATE = "CREATE TEMP TABLE answer AS "
"""What is put before the question. DuckDB then tells columns of one name apart: `correct`, `correct_1`."""


def query(gathered: "Gathered", sql: str, form: str = "markdown") -> tuple[str, list[str], list[str]]:
    """The answer to one SELECT over the relations that `schema` lists, laid out as one of `FORMS`; the lines that tell
    which runs are left out, and those of them that are lost.

    JSON has null for what it has no number for, and DuckDB reads the CSV back to the same table. Raises UserError
    where `sql` is another statement, does not parse, or names what is not there.
    """
    import duckdb

    with connect(gathered) as connection, tempfile.TemporaryDirectory() as folder:
        out, before = Path(folder) / "answer.csv", ""
        try:
            connection.execute("SET errors_as_json = true")
            if not _is_select(connection, sql):
                raise UserError("a query is one SELECT; nothing else is run")
            before = _CREATE
            paths = ", ".join("'" + path.replace("'", "''") + "'" for path in [*gathered.files, str(out)])
            connection.execute(f"SET allowed_paths = [{paths}]")
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            connection.execute(_CREATE + sql)
            left_out = connection.execute("FROM left_out").fetchall()
            told = {"csv": _csv, "json": _json, "markdown": _markdown}[form](connection, out)
        except duckdb.Error as error:
            raise UserError(f"the query fails: {_in_one_line(error, sql, len(before))}") from error
    return told, [why for why, _ in left_out], [why for why, is_lost in left_out if is_lost]


def _markdown(connection: "DuckDBPyConnection", _: Path) -> str:
    found = connection.sql("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM answer")
    rows = [["" if value is None else layout.cell(value) for value in row] for row in found.fetchall()]
    return layout.markdown([layout.cell(name) for name in found.columns], rows)


def _csv(connection: "DuckDBPyConnection", out: Path) -> str:
    connection.execute(f"COPY answer TO '{out}' (FORMAT csv, HEADER)")
    return out.read_bytes().decode("utf-8")


def _json(connection: "DuckDBPyConnection", _: Path) -> str:
    answer = connection.table("answer")
    names = [json.dumps(name, ensure_ascii=False) for name in answer.columns]
    told = [(f"#{place}", kind, _in_json(kind)) for place, kind in enumerate(answer.types, 1)]
    kinds = ", ".join(place if str(kind) == as_kind else f"{place}::{as_kind}" for place, kind, as_kind in told)
    rows = [
        "  {" + ", ".join(f"{name}: {_value(value)}" for name, value in zip(names, row, strict=True)) + "}"
        for row in connection.execute(f"SELECT {kinds} FROM answer").fetchall()
    ]
    return "[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n"


def _in_json(kind: Any) -> str:
    """The type as which a value becomes JSON: whatever JSON has no word for is text, in DuckDB's own words. Python has
    no infinite date, no month and no nanosecond."""
    if kind.id in ("list", "array"):
        return f"{_in_json(kind.children[0][1])}[]"
    if kind.id == "map":
        (_, key), (_, value) = kind.children
        return f"MAP({_in_json(key)}, {_in_json(value)})"
    if kind.id == "struct" and all(name for name, _ in kind.children):
        parts = ", ".join(f"{_quoted(name)} {_in_json(part)}" for name, part in kind.children)
        return f"STRUCT({parts})"
    return str(kind) if kind.id in _AS_IT_IS else "VARCHAR"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: Any) -> str:
    """A value of DuckDB's as JSON: decimals as numbers with all their digits, null for NaN and infinities."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, decimal.Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, float):
        return repr(value) if abs(value) < float("inf") else "null"
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_select(connection: "DuckDBPyConnection", sql: str) -> bool:
    import duckdb

    try:
        return [statement.type for statement in duckdb.extract_statements(sql)] == [duckdb.StatementType.SELECT]
    except duckdb.ParserException:
        connection.execute(sql)  # fails alike, and says where
        raise


def _in_one_line(error: "Error", sql: str, start: int) -> str:
    """What DuckDB says is wrong, and where in the question, which begins at `start` of what it was given."""
    kind, _, told = str(error).partition(": ")
    try:
        found = json.loads(told)
    except json.JSONDecodeError:
        return " ".join(str(error).split())
    message = " ".join(f"{kind}: {found['exception_message']}".split())
    before = sql.encode()[: max(0, int(found.get("position", 0)) - start)].decode(errors="ignore")
    place = f" (line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))})"
    return message + (place if "position" in found else "") + "; `cot-distill query --schema` lists the columns"


def schema() -> str:
    """The relations that a query may ask, with every column's type and meaning, as Markdown."""
    from cot_distill.tables.experiments import Gathered

    with connect(Gathered([], [])) as connection:
        connection.execute(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
        parts = []
        of_runs = {column for column, _, _ in connection.execute(_COLUMNS, ["runs"]).fetchall()}
        for name in _RELATIONS:
            told = connection.execute(
                "SELECT comment FROM (SELECT table_name, comment FROM duckdb_tables() UNION ALL"
                " SELECT view_name, comment FROM duckdb_views()) WHERE table_name = ?",
                [name],
            ).fetchall()
            rows: Sequence[Any] = connection.execute(_COLUMNS, [name]).fetchall()
            rows = [row for row in rows if name != "arms" or row[0] not in of_runs]
            parts.append(f"**{name}**: {told[0][0]}\n\n{layout.markdown(('column', 'type', 'meaning'), rows)}")
    return "\n".join(parts)
