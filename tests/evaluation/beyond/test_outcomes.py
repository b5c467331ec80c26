"""The numbers of a benchmark, against values worked out by hand."""

from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.outcomes import Outcome, read, summarise, write


def outcomes(role: str, marks: str) -> list[Outcome]:
    return [Outcome(f"part/{number:05}", role, mark == "+", "file") for number, mark in enumerate(marks)]


def test_the_metrics() -> None:
    found = summarise([*outcomes("untuned", "+---"), *outcomes("tuned", "+++-")])
    assert (found["n"], found["parts"], found["gain"], found["mcnemar_p"]) == (4, 1, 0.5, 0.5)
    assert found["tuned"]["accuracy"] == 0.75 and found["untuned"]["accuracy"] == 0.25
    assert found["tuned"]["standard_error"] == 0.25  # sqrt(3/4 * 1/4 / 3)
    assert (round(found["tuned"]["low"], 4), round(found["tuned"]["high"], 4)) == (0.3006, 0.9544)


def test_one_question_has_no_standard_error() -> None:
    found = summarise([*outcomes("untuned", "+"), *outcomes("tuned", "-")])
    assert found["tuned"]["standard_error"] is None and found["gain"] == -1.0 and found["mcnemar_p"] == 1.0


def test_other_questions_are_not_compared() -> None:
    with pytest.raises(UserError, match="was asked other questions"):
        summarise([*outcomes("untuned", "+-"), *outcomes("tuned", "+--")])


def test_the_table_holds_a_row_for_each_question_and_role(tmp_path: Path) -> None:
    rows = [*outcomes("untuned", "+-"), *outcomes("tuned", "++")]
    write(tmp_path / "arc_easy.parquet", rows)
    assert read(tmp_path / "arc_easy.parquet") == sorted(rows, key=lambda row: row.key)
    with pytest.raises(UserError, match="column 'role' is 'teacher'"):
        write(tmp_path / "arc_easy.parquet", outcomes("teacher", "+"))
