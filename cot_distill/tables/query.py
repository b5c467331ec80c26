"""Questions of one's own over the runs and their verdicts: one SELECT, which writes nothing and reads nothing else."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cot_distill.errors import UserError
from cot_distill.tables import layout
from cot_distill.tables.questions import Table
from cot_distill.tables.relations import connect, pool

if TYPE_CHECKING:
    from cot_distill.tables.experiments import Gathered

_RELATIONS = ("runs", "verdicts", "outcomes", "pooled", "left_out")
_COLUMNS = "SELECT column_name, lower(data_type), comment FROM duckdb_columns() WHERE table_name = ?"


def query(gathered: "Gathered", sql: str) -> Table:
    """The answer to one SELECT over `runs`, `verdicts`, `outcomes`, `pooled` and `left_out`; see `schema`.

    Raises UserError where it is another statement, does not parse, or names what is not there.
    """
    import duckdb

    with connect(gathered) as connection:
        if re.search(r"\bpooled\b", sql, re.IGNORECASE):  # made where it is asked for: it reads every verdict
            pool(connection)
        try:
            statements = duckdb.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise UserError("a query is one SELECT; nothing else is run")
            paths = ", ".join("'" + path.replace("'", "''") + "'" for path in gathered.files)
            connection.execute(f"SET allowed_paths = [{paths}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            found = connection.sql(sql)
            columns = tuple(found.columns)
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            told = " ".join(str(error).split("\n\nLINE")[0].split())
            raise UserError(f"the query fails ({told}); `cot-distill query --schema` lists the columns") from error
    return Table(columns, rows, [f"not taken: {why}" for why in gathered.left_out])


def schema() -> str:
    """The relations that a query may ask, with every column's type and meaning, as Markdown."""
    from cot_distill.tables.experiments import Gathered

    with connect(Gathered([], [])) as connection:
        pool(connection)
        connection.execute(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
        parts = []
        of_runs = {column for column, _, _ in connection.execute(_COLUMNS, ["runs"]).fetchall()}
        for name in _RELATIONS:
            told = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall()
            rows = connection.execute(_COLUMNS, [name]).fetchall()
            rows = [row for row in rows if name != "pooled" or row[0] not in of_runs]
            parts.append(f"**{name}**: {told[0][0]}\n\n{layout.markdown(('column', 'type', 'meaning'), rows)}")
    return "\n".join(parts)
