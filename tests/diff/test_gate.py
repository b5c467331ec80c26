"""The gate by itself: which drops it stops."""

import pytest

from cot_distill.diff.accuracy import Accuracy
from cot_distill.diff.gate import Gate


def _accuracy(head: float, p: float, high: float) -> Accuracy:
    return Accuracy(100, 0.5, (0.4, 0.6), head, (head - 0.1, head + 0.1), p, (-0.3, high))


@pytest.mark.parametrize(
    ("head", "p", "high", "stopped"),
    [
        (0.40, 0.01, -0.01, True),
        (0.40, 0.20, -0.01, False),
        (0.49, 0.01, -0.01, False),
        (0.60, 0.01, 0.20, False),
    ],
)
def test_a_drop_is_stopped_where_it_is_large_and_sure(head: float, p: float, high: float, stopped: bool) -> None:
    gate = Gate(max_drop=0.02, p=0.05)
    assert gate.fails(_accuracy(head, p, high)) is stopped
    assert f", p = {p:.3f}, one seed; " in gate.in_words(_accuracy(head, p, high))
