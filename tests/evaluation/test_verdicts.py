"""The numbers of a run, counted by hand."""

import pytest

from cot_distill.errors import UserError
from cot_distill.evaluation.verdicts import metrics, summarise
from cot_distill.records import Verdict


def _verdicts(*answers: str) -> list[Verdict]:
    """A word of digits a problem, a digit a sample: 1 is right, 0 is no answer, others are wrong."""
    return [
        Verdict(
            problem_id=f"p-{n}",
            dataset="svamp",
            completion="text",
            gold="1",
            predicted=None if said == "0" else said,
            correct=said == "1",
            read_by=None if said == "0" else "last_number",
            answered=said != "0",
            ambiguous=False,
            contains_gold=said == "1",
            truncated=said == "0",
            new_tokens=10,
            sample=sample,
        )
        for n, word in enumerate(answers)
        for sample, said in enumerate(word)
    ]


def test_one_sample_a_problem_has_wilsons_interval_and_no_majority() -> None:
    told = metrics(_verdicts(*"1111111000"), _verdicts(*"1000000000"))
    # Wilson at 95% of 7 of 10.
    assert told == {
        "n": 10,
        "accuracy": 0.7,
        "accuracy_low": 0.3968,
        "accuracy_high": 0.8922,
        "stated_accuracy": 0.0,
        "stated_rate": 0.0,
        "answered_rate": 0.7,
        "truncated_rate": 0.3,
        "mean_new_tokens": 10,
        "baseline_accuracy": 0.1,
        "baseline_stated_accuracy": 0.0,
        "baseline_answered_rate": 0.1,
    }


def test_samples_are_means_beside_majority_and_pass_rates_whatever_their_order() -> None:
    told = metrics(_verdicts("111", "122", "120", "000")[::-1], _verdicts("200", "100", "000", "000"))
    assert (told["n"], told["samples"], told["accuracy"]) == (4, 3, 0.4167)
    assert (told["answered_rate"], told["truncated_rate"]) == (0.6667, 0.3333)
    assert (told["maj_at_k"], told["pass_at_k"]) == (0.375, 0.75)
    assert 0 <= told["maj_at_k_low"] < 0.375 < told["maj_at_k_high"] <= 1
    assert (told["baseline_accuracy"], told["baseline_maj_at_k"], told["baseline_pass_at_k"]) == (0.0833, 0.25, 0.25)


def test_no_verdicts_and_unequal_samples_are_told() -> None:
    with pytest.raises(UserError, match="the test split is empty"):
        summarise([])
    with pytest.raises(UserError, match="some problems have 1 samples and others 2"):
        summarise(_verdicts("11", "1"))
