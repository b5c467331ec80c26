"""Statistics against values worked out by hand."""

import dataclasses

import pytest

from cot_distill.decoding import Completion
from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import bootstrap, mcnemar, wilson, wilson_over_seeds
from cot_distill.evaluation.verdicts import judge, summarise
from cot_distill.records import Problem

PROBLEM = Problem("p-1", "word_problems", "test", "How many?", None, "number", "24", None, None)


def test_wilson() -> None:
    # (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = 0.2, n = 100, z = 1.959964
    assert wilson(20, 100) == pytest.approx((0.13337, 0.28882), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)


def test_mcnemar() -> None:
    # 2 · (C(8,0) + C(8,1)) / 2⁸
    assert mcnemar(7, 1) == pytest.approx(2 * 9 / 256)
    assert mcnemar(1, 7) == pytest.approx(2 * 9 / 256)
    assert mcnemar(4, 4) == 1.0
    assert mcnemar(0, 0) == 1.0


def test_wilson_over_seeds() -> None:
    # One seed: 3 right of 5, as above with p = 0.6, n = 5.
    assert wilson_over_seeds([1, 0, 1, 1, 0], 1) == pytest.approx((0.23072, 0.88238), abs=1e-4)
    # Seeds that always agree are no more than one: p = 0.5, n = 4.
    assert wilson_over_seeds([2, 2, 0, 0], 2) == pytest.approx((0.15004, 0.84996), abs=1e-4)
    # Shares 1, ½, ½, 0 have variance 1/8; n = 4 · ¼ / ⅛ = 8, that of eight independent answers.
    assert wilson_over_seeds([2, 1, 1, 0], 2) == pytest.approx((0.21522, 0.78478), abs=1e-4)
    # Every problem is right with one seed in three: no variance over problems, and n is that of all nine answers.
    assert wilson_over_seeds([1, 1, 1], 3) == pytest.approx((0.12058, 0.64580), abs=1e-4)
    assert wilson_over_seeds([0] * 10, 3) == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert wilson_over_seeds([3] * 10, 3) == pytest.approx((0.72247, 1.0), abs=1e-4)


def test_bootstrap_has_the_quantiles_of_what_is_drawn() -> None:
    # Ten draws are right as often as ten coins: P(≤ 1) = 11/1024 < 0.025 ≤ P(≤ 2) = 56/1024, and the same from above.
    assert bootstrap([1] * 5 + [0] * 5) == pytest.approx((0.2, 0.8))
    # Four draws of -1, 0, 0, 1 sum to -4 in 1/256 of the cases, to -3 or less in 9/256; 2.5% lies between.
    assert bootstrap([0, 1, -1, 0]) == pytest.approx((-0.75, 0.75))
    # Three draws of 1, 0, 0 hold no 1 in 8/27 of the cases and three in 1/27, both above 2.5%.
    assert bootstrap([1.0, 0.0, 0.0]) == pytest.approx((0.0, 1.0))
    values = [(n * 7 % 5 - 2) / 3 for n in range(200)]
    assert bootstrap(values) == bootstrap(values)
    assert (bootstrap([1, 1, 1]), bootstrap([-0.5])) == ((1.0, 1.0), (-0.5, -0.5))


def test_verdicts_and_their_summary() -> None:
    texts = [("The answer is 24.", "stop"), ("The answer is 23.", "stop"), ("Let me think", "length"), ("24", "stop")]
    problems = [dataclasses.replace(PROBLEM, id=f"p-{number}") for number in range(4)]
    verdicts = [
        judge(problem, Completion(text, 10, reason, 5)) for problem, (text, reason) in zip(problems, texts, strict=True)
    ]
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
