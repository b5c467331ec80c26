"""The functions of cot_distill/evaluation/statistics.py as functions of SQL, over whole columns."""

from typing import TYPE_CHECKING, Any

from cot_distill.evaluation import statistics
from cot_distill.supervision import in_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def add(connection: "DuckDBPyConnection") -> None:
    """Let SQL call `accuracy_interval`, `wilson`, `paired` and `holm`, and `in_words` of a granularity."""
    import numpy as np

    def accuracy_interval(share: Any, variance: Any, n: Any, answers: Any, seed_variance: Any, seeds: Any) -> Any:
        columns = _floats(share, variance, n, answers, seed_variance, seeds)
        return _struct(("low", "high"), statistics.accuracy_interval(*columns))

    def wilson(share: Any, n: Any) -> Any:
        p, size = _floats(share, n)
        return _struct(("low", "high"), statistics.accuracy_interval(p, p * (1 - p), size, size))

    def paired(
        total: Any, squares: Any, n: Any, seeds: Any, variance: Any, of_other: Any, variance_of_other: Any
    ) -> Any:
        one, two, one_variance, two_variance = _floats(seeds, of_other, variance, variance_of_other)
        of_seeds, freedom = statistics.seed_part(np.stack([one, two], -1), np.stack([one_variance, two_variance], -1))
        total, squares, n = _floats(total, squares, n)
        found = statistics.paired(total, squares, n, of_seeds, freedom)
        return _struct(statistics.Paired._fields, found)

    known: Any = connection  # whose types know Python's functions alone
    bounds = "STRUCT(low DOUBLE, high DOUBLE)"
    difference = "STRUCT(difference DOUBLE, low DOUBLE, high DOUBLE, p DOUBLE)"
    for function, arguments, returns in ((accuracy_interval, 6, bounds), (wilson, 2, bounds), (paired, 7, difference)):
        known.create_function(function.__name__, function, ["DOUBLE"] * arguments, returns, type="arrow")
    known.create_function("holm", statistics.holm, ["DOUBLE[]"], "DOUBLE[]")
    known.create_function("in_words", in_words, ["VARCHAR"], "VARCHAR", null_handling="special")


def _floats(*columns: Any) -> list[Any]:
    return [column.to_numpy(zero_copy_only=False).astype(float) for column in columns]


def _struct(names: tuple[str, ...], columns: tuple[Any, ...]) -> Any:
    import pyarrow as pa

    return pa.StructArray.from_arrays([pa.array(column) for column in columns], names=list(names))
