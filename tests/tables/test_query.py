"""Questions of one's own: the answer is DuckDB's, in every layout."""

import datetime
import decimal
import json
import math
import random
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cot_distill.errors import UserError
from cot_distill.tables.experiments import Gathered
from cot_distill.tables.query import query, schema

DOCS = Path(__file__).resolve().parents[2] / "docs" / "schema.md"
NOTHING = Gathered([], [])
_VALUES = {
    "INTEGER": ("0", "-7", "NULL", "2147483647"),
    "HUGEINT": ("170141183460469231731687303715884105727", "NULL"),
    "DOUBLE": ("0.1", "'nan'", "'inf'", "'-inf'", "1e300", "-0.0", "NULL", "1e-7"),
    "DECIMAL(18,4)": ("1.5000", "-0.0001", "NULL", "12345678901234.5678"),
    "BOOLEAN": ("true", "false", "NULL"),
    "VARCHAR": ("'a'", "'a,b'", "'say \"x\"'", "'|'", "'two' || chr(10) || 'lines'", "NULL", "' é '", "'1'", "'null'"),
    "DATE": ("'2024-02-29'", "NULL", "'0001-01-01'", "'-infinity'", "'12024-01-01'"),
    "TIMESTAMP": ("'2024-02-29 12:34:56.789'", "NULL", "'infinity'"),
    "TIMESTAMP_NS": ("'2024-02-29 12:34:56.123456789'", "NULL"),
    "INTERVAL": ("'3 months'", "'1 day 02:03:04.5'", "NULL"),
    "BLOB": ("'\\x00\\xFFa'", "NULL"),
    "UUID": ("'00000000-0000-0000-0000-000000000001'", "NULL"),
    "INTEGER[]": ("[1, 2, NULL]", "[]", "NULL"),
    "DOUBLE[][]": ("[[1.5::DOUBLE], ['nan'::DOUBLE, NULL]]", "NULL"),
    "STRUCT(a INTEGER, b VARCHAR)": ("{'a': 1, 'b': 'it''s'}", "{'a': NULL, 'b': NULL}", "NULL"),
    "DATE[]": ("['2024-02-29', 'infinity', NULL]", "NULL"),
    "MAP(INTEGER, INTERVAL)": ("MAP {1: '3 months', 2: NULL}", "NULL"),
    "STRUCT(a INTEGER, b DOUBLE[])[]": ("[{'a': 1, 'b': [0.5::DOUBLE, 'inf'::DOUBLE]}, NULL]",),
}

_IN_WORDS = {"DATE", "TIMESTAMP", "TIMESTAMP_NS", "INTERVAL", "BLOB", "UUID"}
"""What JSON has no word for: there it stands in DuckDB's own."""


def _table(draw: random.Random) -> str:
    """Rows of a few typed columns whose names may be those of another table."""
    kinds = draw.choices(list(_VALUES), k=draw.randint(1, 4))
    names = [draw.choice(("a", "b", "correct", "top_p", "runs", "accuracy", "p_best", "select")) for _ in kinds]
    rows = []
    for number in range(draw.randint(0, 4)):
        cells = [f"CAST({draw.choice(_VALUES[kind])} AS {kind})" for kind in kinds]
        rows.append(
            f"SELECT {number % 2} AS k, " + ", ".join(f'{c} AS "{n}"' for c, n in zip(cells, names, strict=True))
        )
    empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for kind, name in zip(kinds, names, strict=True))
    return " UNION ALL ".join(rows) or f"SELECT 0 AS k, {empty} WHERE false"


@pytest.mark.parametrize("form", ["markdown", "csv", "json"])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))])
def test_a_random_answer_is_duckdbs_own(seed: int, form: str, tmp_path: Path) -> None:
    draw = random.Random(f"{seed} {form}")
    for _ in range(17):
        one, other = _table(draw), _table(draw)
        sql = draw.choice(
            (
                one,
                f"SELECT * FROM ({one}) AS x JOIN ({other}) AS y ON x.k = y.k ORDER BY ALL",
                f"SELECT x.*, y.* FROM ({one}) AS x LEFT JOIN ({other}) AS y USING (k) ORDER BY ALL",
                f"SELECT k, count(*), list(k) AS k FROM ({one}) GROUP BY k ORDER BY k",
            )
        )
        with duckdb.connect() as connection:
            relation = connection.sql(sql)
            relation.create("expected")
            names = connection.table("expected").columns
            kinds = [str(kind) for kind in connection.table("expected").types]
            values = connection.sql("FROM expected").fetchall()
            texts = connection.sql("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM expected").fetchall()
            told = query(NOTHING, sql, form)[0]
            if form == "markdown":
                assert _of_markdown(told) == (names, [[_cell(text) for text in row] for row in texts]), sql
            elif form == "csv":
                file = tmp_path / "answer.csv"
                file.write_bytes(told.encode())
                kinds_of = dict(zip(names, kinds, strict=True))
                read = connection.read_csv(str(file), header=True, delimiter=",", quotechar='"', dtype=kinds_of)
                read.create("read")
                assert connection.table("read").columns == names
                again = connection.sql("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read").fetchall()
                assert again == texts, sql
            else:
                rows = json.loads(told, parse_constant=_no_number, parse_float=decimal.Decimal)
                assert [list(row) for row in rows] == [names for _ in values]
                told_by = [
                    [
                        text if kind in _IN_WORDS else _as_json(value)
                        for kind, text, value in zip(kinds, *row, strict=True)
                    ]
                    for row in zip(texts, values, strict=True)
                ]
                assert [list(row.values()) for row in rows] == told_by, sql


def _cell(text: str | None) -> str:
    return "" if text is None else text.replace("\n", "\\n").strip()


def _of_markdown(text: str) -> tuple[list[str], list[list[str]]]:
    lines = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines()
    ]
    return lines[0], lines[2:]


def _no_number(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def _as_json(value: Any) -> Any:
    if isinstance(value, float):
        return decimal.Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, datetime.timedelta):
        return "3 months"
    if isinstance(value, datetime.date):
        return "infinity" if value == datetime.date.max else str(value)
    if isinstance(value, dict):
        return {str(key): _as_json(one) for key, one in value.items()}
    return [_as_json(one) for one in value] if isinstance(value, list) else value


def test_columns_of_one_name_are_told_apart() -> None:
    sql = "SELECT a.correct, b.correct FROM (VALUES (false)) AS a(correct), (VALUES (true)) AS b(correct)"
    assert query(NOTHING, sql)[0] == "| correct | correct_1 |\n| ------- | --------- |\n| false   | true      |\n"
    assert query(NOTHING, sql, "json")[0] == '[\n  {"correct": false, "correct_1": true}\n]\n'


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT nobody FROM runs", r"Binder Error: .*nobody.* \(line 1, column 8\)"),
        ("SELECT run,\n  nobody FROM runs", r"nobody.* \(line 2, column 3\)"),
        ("SELEC 1", r"Parser Error: syntax error at or near \"SELEC\" \(line 1, column 1\)"),
        ("SELECT * FROM nowhere", r"Catalog Error: .*nowhere.* \(line 1, column 15\)"),
        ("SELECT 'é', 'x'::INT", r"Could not convert .* \(line 1, column 16\)"),
    ],
)
def test_an_error_is_one_line_with_its_place(sql: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as raised:
        query(NOTHING, sql)
    assert "\n" not in str(raised.value)


def test_the_schema_is_documented() -> None:
    assert schema() in DOCS.read_text(encoding="utf-8")
    assert "None" not in schema()
