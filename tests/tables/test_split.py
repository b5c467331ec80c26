"""Runs that were asked the dev problems stand apart from those on test, and tables name them."""

from cot_distill.report.headline import headlines
from cot_distill.tables.questions import ask
from cot_distill.tables.runs import pair, problems
from tests.tables.synthetic import Synthetic

PARAMS = {
    "dataset": "svamp",
    "student": "small",
    "teacher": "solver",
    "granularity": 3,
    "format": "original",
    "seed": 1,
}


def test_the_split_is_that_of_the_params_and_older_runs_were_asked_test() -> None:
    on_dev = {**PARAMS, "evaluation": {"split": "dev"}}
    assert problems(PARAMS) == "data/problems/test.parquet"
    assert problems(on_dev) == "data/problems/dev.parquet"
    old, test, dev = (
        pair("a", params, "untuned", "tuned", made_of={}, test_set=asked)[1]
        for params, asked in ((PARAMS, "t"), ({**PARAMS, "evaluation": {"split": "test"}}, "t"), (on_dev, "d"))
    )
    assert (old.split, test.split, dev.split) == ("test", "test", "dev")
    assert (old.pool, old.setting) == (test.pool, test.setting)
    assert dev.pool != test.pool
    # Of another dataset the test problems are asked, whatever is asked at home.
    assert pair("a", on_dev, "untuned", "tuned", tested_on="gsm8k")[1].split == "test"


def test_tables_and_report_name_what_took_part_in_a_choice() -> None:
    runs = Synthetic()
    runs.tuned(3, "11100", run="three-test")
    runs.tuned(3, "1100", run="three-dev", split="dev")
    runs.tuned(4, "1000", run="four-dev", split="dev")
    connection = runs.connect()
    assert ask(connection, "granularity").notes[0] == "on the dev split, by which arms are chosen: three-dev, four-dev"
    assert {(found.split, found.problems) for found in headlines(connection)} == {("test", 5), ("dev", 4)}
