"""Every cell of every table is what pandas makes of the same verdicts: the benchmark's other side."""

from pathlib import Path

import pytest

pytest.importorskip("pandas")
from benchmarks import tables_in_pandas
from benchmarks.tables import check_equal, in_duckdb, synthetic_runs


@pytest.mark.slow
def test_the_tables_are_those_that_pandas_makes(tmp_path: Path) -> None:
    runs = synthetic_runs(tmp_path, 260)
    ours = in_duckdb(runs)
    assert len(ours["granularity"]) == 80
    check_equal(ours, tables_in_pandas.tables(runs))
