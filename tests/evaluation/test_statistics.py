"""Statistics against values worked out by hand."""

import dataclasses

import numpy as np
import pytest

from cot_distill.decoding import Completion
from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import holm, paired, seed_part, wilson, with_interval
from cot_distill.evaluation.verdicts import judge, summarise
from cot_distill.records import Problem

PROBLEM = Problem("p-1", "word_problems", "test", "How many?", None, "number", "24", None, None)


def test_wilson() -> None:
    # (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = 0.2, n = 100, z = 1.959964
    assert wilson(20, 100) == pytest.approx((0.13337, 0.28882), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)


def test_the_paired_test_and_its_interval() -> None:
    # 7 problems for one, 1 for the other, of 10: 6/12 = 0.5; √((9/12 - 0.25) / 12) = 0.204124; t = 2.449490 with 11
    # degrees of freedom, whose 97.5% quantile is 2.200985
    found = paired(6, 8, 10)
    assert found.difference == pytest.approx(0.6)
    assert (found.low, found.high) == pytest.approx((0.050726, 0.949274), abs=1e-5)
    assert found.p == pytest.approx(0.0323, abs=1e-4)
    # the other way round, and without a difference
    assert paired(-6, 8, 10) == pytest.approx((-0.6, -0.949274, -0.050726, 0.0323), abs=1e-4)
    assert paired(0, 8, 10).p == 1.0
    # sides that never differ, or always: ±z of one problem in 102, and no more than the whole
    assert paired(0, 0, 100) == pytest.approx((0, -0.019443, 0.019443, 1), abs=1e-5)
    assert paired(3, 3, 3).high == 1.0


def test_p_is_below_5_percent_where_the_interval_leaves_0_out() -> None:
    total, n = np.meshgrid(np.arange(-30, 31), (30, 100, 1000))
    for of_seeds, freedom in ((0.0, 0), (0.001, 1), (0.01, 4)):
        found = paired(total, np.abs(total) + 4, n, of_seeds, freedom)
        assert ((found.p < 0.05) == ((found.low > 0) | (found.high < 0))).all()


def test_what_seeds_add_is_pooled_and_an_untuned_student_has_none() -> None:
    # variances 0.002 with 2 and 0.001 with 1 degrees of freedom: (0.004 + 0.001) / 3, over 3 and over 2 seeds
    assert seed_part([3, 2], [0.002, 0.001]) == pytest.approx((0.005 / 3 * (1 / 3 + 1 / 2), 3))
    # an arm with one seed borrows from the other; the untuned student has no seed
    assert seed_part([3, 1], [0.002, 0.0]) == pytest.approx((0.002 * (1 / 3 + 1), 2))
    assert seed_part([3, 0], [0.002, 0.0]) == pytest.approx((0.002 / 3, 2))
    # one seed each tells nothing, and less variance than problems explain is none
    assert (seed_part([1, 1], [0.0, 0.0]), seed_part([2, 2], [-0.001, 0.0])) == ((0.0, 0.0), (0.0, 2.0))
    # the mean over two arms against one
    assert seed_part([2, 2, 2], [0.003, 0.003, 0.003], [1 / 4, 1 / 4, 1]) == pytest.approx((0.003 * 1.5 / 2, 3))


def test_seeds_that_vary_make_a_difference_less_sure() -> None:
    # d = 30/300 with q = 0.2: (0.19933 + …) / 302; twice that variance with 2 degrees of freedom for the half of it
    alone = paired(30, 60, 300)
    both = paired(30, 60, 300, 0.000631, 2)
    assert alone.p < 0.001 and 0.02 < both.p < 0.06
    assert both.high - both.low > 1.4 * (alone.high - alone.low)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_interval_of_several_answers_a_problem() -> None:
    # One seed: 3 right of 5, as above with p = 0.6, n = 5.
    assert with_interval([1, 0, 1, 1, 0], 1)[1:] == pytest.approx((0.23072, 0.88238), abs=1e-4)
    # Seeds that always agree are no more than one: p = 0.5, n = 4.
    assert with_interval([1, 1, 0, 0], 2)[1:] == pytest.approx((0.15004, 0.84996), abs=1e-4)
    # Shares 1, ½, ½, 0 have variance 1/8; n = 4 · ¼ / ⅛ = 8, that of eight independent answers.
    assert with_interval([1, 1 / 2, 1 / 2, 0], 2)[1:] == pytest.approx((0.21522, 0.78478), abs=1e-4)
    # Every problem is right with one seed in three: no variance over problems, and n is that of all nine answers.
    assert with_interval([1 / 3, 1 / 3, 1 / 3], 3)[1:] == pytest.approx((0.12058, 0.64580), abs=1e-4)
    assert with_interval([0] * 10, 3)[1:] == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert with_interval([1] * 10, 3)[1:] == pytest.approx((0.72247, 1.0), abs=1e-4)


def test_a_mean_of_shares_has_an_interval() -> None:
    # Shares 1, ½, ½, 0 of one answer each are no more than four answers: p = 0.5, n = 4.
    assert with_interval([1.0, 0.5, 0.5, 0.0]) == pytest.approx((0.5, 0.15004, 0.84996), abs=1e-4)


def test_verdicts_and_their_summary() -> None:
    texts = [("The answer is 24.", "stop"), ("The answer is 23.", "stop"), ("Let me think", "length"), ("24", "stop")]
    problems = [dataclasses.replace(PROBLEM, id=f"p-{number}") for number in range(4)]
    verdicts = [
        judge(problem, Completion(text, 10, reason, 5)) for problem, (text, reason) in zip(problems, texts, strict=True)
    ]
    assert [verdict.correct for verdict in verdicts] == [True, False, False, True]
    assert [verdict.read_by for verdict in verdicts] == ["answer_line", "answer_line", None, "whole"]
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
