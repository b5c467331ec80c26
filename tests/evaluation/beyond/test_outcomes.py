"""The numbers of a benchmark, against values worked out by hand."""

from pathlib import Path

import pytest

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.outcomes import Outcome, summarise


def outcomes(role: str, marks: str) -> list[Outcome]:
    return [Outcome(f"part/{number:05}", role, mark == "+", "file") for number, mark in enumerate(marks)]


def test_the_metrics() -> None:
    found = summarise(outcomes("tuned", "+++-"))
    assert (found["n"], found["parts"], found["accuracy"]) == (4, 1, 0.75)
    assert found["standard_error"] == 0.25  # sqrt(3/4 * 1/4 / 3)
    assert (round(found["low"], 4), round(found["high"], 4)) == (0.3006, 0.9544)


def test_one_question_has_no_standard_error() -> None:
    found = summarise(outcomes("tuned", "-"))
    assert (found["accuracy"], found["standard_error"]) == (0.0, None)


def test_the_table_holds_a_row_for_each_question_and_role(tmp_path: Path) -> None:
    rows = [*outcomes("untuned", "+-"), *outcomes("tuned", "++")]
    records.write(tmp_path / "arc_easy.parquet", rows, Outcome)
    assert records.read(tmp_path / "arc_easy.parquet", Outcome) == sorted(rows, key=lambda row: row.key)
    with pytest.raises(UserError, match="column 'role' is 'teacher'"):
        records.write(tmp_path / "arc_easy.parquet", outcomes("teacher", "+"), Outcome)
