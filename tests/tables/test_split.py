"""Runs that were asked the dev problems stand apart from those on test, and tables name them."""

from cot_distill.report.headline import headlines
from cot_distill.tables.questions import ask
from cot_distill.tables.runs import pair, problems, split
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
    assert problems(split(PARAMS)) == "data/problems/test.parquet"
    assert problems(split(on_dev)) == "data/problems/dev.parquet"
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
    (found,) = headlines(connection)
    assert (found.split, found.problems) == ("dev", 4)
    (tested,) = found.on_test
    assert tested.on_test is not None
    assert (tested.label, tested.on_test.accuracy, tested.on_test.problems) == ("level 3", 0.6, 5)


def _raced() -> Synthetic:
    runs = Synthetic()
    runs.untuned("000000000000", test_set="d", split="dev")
    runs.tuned(3, "111111110000", run="three-dev", split="dev", test_set="d")
    runs.tuned(4, "100000000000", run="four-dev", split="dev", test_set="d")
    return runs


def test_the_best_is_chosen_on_dev_and_its_test_accuracy_stands_beside_it() -> None:
    runs = _raced()
    runs.tuned(3, "1100", run="three-test", test_set="t")
    table = ask(runs.connect(), "best")
    (best,) = table.rows
    assert (best["split"], best["granularity"], best["compared"]) == ("dev", "3", 2)
    assert (best["accuracy"], best["test_accuracy"]) == (8 / 12, 0.5)
    assert best["test_accuracy_low"] < 0.5 < best["test_accuracy_high"]
    assert table.notes[1].startswith("accuracy took part in the choice of the best")


def test_more_arms_on_test_than_on_dev_are_a_choice_of_their_own() -> None:
    runs = _raced()
    for level, right in ((3, "1100"), (4, "1110"), (5, "1111")):
        runs.tuned(level, right, run=f"{level}-test", test_set="t")
    rows = ask(runs.connect(), "best").rows
    assert [(row["split"], row["granularity"], row["test_accuracy"]) for row in rows] == [
        ("dev", "3", 0.5),
        ("test", "5", None),
    ]


def test_where_nothing_is_on_dev_tables_say_nothing_of_splits() -> None:
    runs = Synthetic()
    runs.tuned(3, "1100")
    runs.tuned(4, "1110")
    connection = runs.connect()
    for name in ("best", "granularity"):
        assert not {"split", "test_accuracy", "test_accuracy_low"} & {*ask(connection, name).columns}
