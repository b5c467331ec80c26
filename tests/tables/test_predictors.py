"""The table `predictors`: rank correlations worked out by hand."""

import pytest

from cot_distill.tables.questions import as_markdown, ask
from tests.tables.synthetic import Synthetic


def _right(count: int) -> str:
    return "1" * count + "0" * (10 - count)


def test_each_predictor_s_rank_correlation_with_accuracy() -> None:
    runs = Synthetic()
    for level, (count, tokens) in enumerate(zip((2, 3, 4, 5, 6, 7), (20, 10, 30, 40, 50, 60), strict=True), start=1):
        runs.tuned(level, _right(count), mean_tokens=float(tokens), mean_steps=1.0, distinct_2=-1.0 * count)
    table = ask(runs.connect(), "predictors")
    found = {(row["over"], row["predictor"]): row for row in table.rows}
    # One swap of neighbours among six: 1 - 6 * 2 / (6 * 35). Its z is 1.764, the error sqrt((1 + 0.889 / 2) / 3).
    row = found["levels", "mean_tokens"]
    assert (row["groups"], row["arms"]) == (1, 6)
    assert row["rank_correlation"] == pytest.approx(0.942857, abs=1e-6)
    assert row["rank_correlation_low"] == pytest.approx(0.383, abs=0.002)
    assert row["rank_correlation_high"] == pytest.approx(0.996, abs=0.002)
    assert found["levels", "distinct_2"]["rank_correlation"] == pytest.approx(-0.999, abs=1e-6)
    # What does not vary predicts nothing, and no format or teacher has four arms.
    assert {key for key in found if key[1] == "mean_steps" or key[0] in ("formats", "teachers")} == set()
    assert "| 0.94             | 0.38 to 1.00" in as_markdown(table)


def test_groups_are_pooled_and_small_ones_left_out() -> None:
    runs = Synthetic()
    for dataset, order in (("svamp", (1, 2, 3, 4)), ("gsm8k", (4, 3, 2, 1)), ("aqua", (1, 2, 3, None))):
        for level, tokens in enumerate(order, start=1):
            if tokens is not None:
                runs.tuned(level, _right(level), dataset=dataset, mean_tokens=float(tokens))
    [row] = [row for row in ask(runs.connect(), "predictors").rows if row["over"] == "levels"]
    assert (row["predictor"], row["groups"], row["arms"]) == ("mean_tokens", 2, 8)
    assert row["rank_correlation"] == pytest.approx(0.0, abs=1e-9)


def test_students_who_were_asked_both_splits_count_once() -> None:
    runs = Synthetic()
    for level, right in enumerate((2, 3, 4, 5), start=1):
        runs.tuned(level, _right(right), split="dev", test_set="d", mean_tokens=float(right))
        runs.tuned(level, _right(6 - right), mean_tokens=float(right))
    [row] = [row for row in ask(runs.connect(), "predictors").rows if row["over"] == "levels"]
    assert (row["groups"], row["arms"]) == (1, 4)
    assert row["rank_correlation"] == pytest.approx(0.999, abs=1e-6)


def test_without_arms_the_table_is_empty() -> None:
    runs = Synthetic()
    runs.untuned("1100")
    assert ask(runs.connect(), "predictors").rows == []
