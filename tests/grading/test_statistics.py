"""Statistics against values worked out by hand."""

import pytest

from cot_distill.decoding import Completion
from cot_distill.errors import UserError
from cot_distill.grading.statistics import mcnemar, wilson
from cot_distill.grading.verdicts import judge, summarise
from cot_distill.records import Problem

PROBLEM = Problem("p-1", "word_problems", "test", "How many?", None, "number", "24", None, None)


def test_wilson() -> None:
    # (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = 0.2, n = 100, z = 1.959964
    assert wilson(20, 100) == pytest.approx((0.13337, 0.28882), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)


def test_mcnemar() -> None:
    # 2 · (C(8,0) + C(8,1)) / 2⁸
    assert mcnemar(7, 1) == pytest.approx(2 * 9 / 256)
    assert mcnemar(0, 0) == 1.0


def test_verdicts_and_their_summary() -> None:
    texts = [("The answer is 24.", "stop"), ("The answer is 23.", "stop"), ("Let me think", "length"), ("24", "stop")]
    verdicts = [judge(PROBLEM, Completion(text, 10, reason, 5)) for text, reason in texts]
    assert [verdict.correct for verdict in verdicts] == [True, False, False, True]
    assert [verdict.read_by for verdict in verdicts] == ["answer_sentence", "answer_sentence", None, "conclusion"]
    assert [verdict.contains_gold for verdict in verdicts] == [True, False, False, True]
    corrected = judge(PROBLEM, Completion("The answer is 24. Wait: the answer is 25.", 9, "stop", 5))
    assert (corrected.predicted, corrected.ambiguous, corrected.contains_gold, corrected.correct) == (
        "25",
        True,
        True,
        False,
    )
    hedged = judge(PROBLEM, Completion("The answer is 24 or 25.", 9, "stop", 5))
    assert (hedged.predicted, hedged.ambiguous, hedged.correct, hedged.answered) == (None, True, False, False)
    summary = summarise(verdicts)
    assert (summary.n, summary.accuracy, summary.answered_rate, summary.truncated_rate) == (4, 0.5, 0.75, 0.25)
    assert summary.mean_new_tokens == 10
    with pytest.raises(UserError, match="no verdicts"):
        summarise([])
