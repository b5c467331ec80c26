"""Several samples a problem, counted by hand."""

import pytest

from cot_distill.errors import UserError
from cot_distill.evaluation.samples import Sample, maj_at_k, pass_at_k

R, W, V, NONE = ("7", True), ("8", False), ("9", False), (None, False)


@pytest.mark.parametrize(
    ("samples", "k", "value"),
    [
        ([R, W, R], 3, 1.0),
        ([W, R, W], 3, 0.0),
        ([W, R, R], 1, 0.0),  # the first alone
        ([R, W, NONE, NONE], 4, 0.5),  # a tie of two; what was not read has no vote
        ([R, W, V], 3, 1 / 3),
        ([W, V, NONE], 3, 0.0),
        ([NONE, NONE, R], 3, 1.0),
        ([NONE, NONE, R], 2, 0.0),
    ],
)
def test_majority(samples: list[Sample], k: int, value: float) -> None:
    assert maj_at_k([samples], k) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("samples", "k", "value"),
    [
        ([R, W, W, V], 1, 1 / 4),
        ([R, W, W, V], 2, 1 - 3 / 6),  # of C(4,2) = 6 pairs, C(3,2) = 3 hold wrong ones alone
        ([R, R, W, NONE, V], 2, 1 - 3 / 10),
        ([R, W, W, V], 4, 1.0),
        ([W, V, NONE], 3, 0.0),
        ([R, R, W], 2, 1.0),
    ],
)
def test_passing(samples: list[Sample], k: int, value: float) -> None:
    assert pass_at_k([samples], k) == [pytest.approx(value)]


def test_a_value_a_problem_and_no_more_samples_than_there_are() -> None:
    assert maj_at_k([[R, R], [W, V]], 2) == [1.0, 0.0]
    assert pass_at_k([], 3) == []
    for k in (0, 3):
        with pytest.raises(UserError, match=f"k is {k}; give 1 to 2"):
            pass_at_k([[R, R, W], [W, V]], k)
