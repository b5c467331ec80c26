"""Tests and sizes by hand, with z(0.975) = 1.959964, z(0.95) = 1.644854, z(0.9) = 1.281552, z(0.8) = 0.841621."""

import numpy as np
import pytest

from cot_distill.tables.findings import power


def _differences(better: int, worse: int, alike: int) -> power.Values:
    return np.array([1.0] * better + [-1.0] * worse + [0.0] * alike)


def test_with_one_answer_each_the_paired_test_is_mcnemars() -> None:
    # 2 · (C(5,0) + C(5,1)) / 2⁵
    assert power.paired_p(_differences(4, 1, 5)) == pytest.approx(12 / 32)
    assert power.paired_p(_differences(0, 0, 5)) == 1.0


def test_with_fractions_it_counts_the_signs() -> None:
    # ±½ ±½ ±1 has the sums 2, 1, 1, 0 and their negatives
    assert power.paired_p(np.array([0.5, 0.5, 1.0])) == pytest.approx(2 / 8)
    assert power.paired_p(np.array([0.5, -0.5, 1.0, 0.0])) == pytest.approx(6 / 8)
    assert power.paired_p(np.array([0.5, 0.5, -1.0])) == 1.0
    # ±⅓ twenty times: only the two sums of equal signs reach that far
    assert power.paired_p(np.full(20, 1 / 3)) == pytest.approx(2 / 2**20)


def test_the_interval_adds_half_a_problem_to_each_cell() -> None:
    # (4 - 1) / 12 = 0.25; √((6 / 12 - 0.0625) / 12) = 0.190941
    assert power.interval(_differences(4, 1, 5)) == pytest.approx((-0.124238, 0.624238), abs=1e-5)
    # without disagreement: 0 ± 1.959964 · √(1 / 102 / 102)
    assert power.interval(_differences(0, 0, 100)) == pytest.approx((-0.019215, 0.019215), abs=1e-5)


def test_holm() -> None:
    assert power.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert power.holm([0.6, 0.5]) == [1.0, 1.0]
    assert power.holm([]) == []


def test_problems_that_show_a_difference() -> None:
    # d = 0.1, q = 0.25: (1.959964 · 0.5 + 0.841621 · √0.24)² / 0.01 = 193.8
    assert power.problems_needed(_differences(7, 3, 30)) == 194
    assert power.problems_needed(_differences(3, 7, 30)) == 194
    assert power.problems_needed(_differences(3, 3, 30)) is None


def test_problems_that_show_equivalence() -> None:
    # (1.644854 + 1.281552)² · 0.25 / 0.05² = 856.4
    assert power.problems_for_equivalence(_differences(5, 5, 30), 0.05) == 857
    assert power.problems_for_equivalence(_differences(7, 3, 30), 0.05) is None


def test_problems_that_bound_a_gain() -> None:
    # (1.959964 + 0.841621)² · 0.25 / 0.03² = 2180.2
    assert power.problems_to_bound(_differences(5, 5, 30), 0.03) == 2181
    # a loss is further from the margin: 7.848880 · 0.24 / 0.13² = 111.5
    assert power.problems_to_bound(_differences(3, 7, 30), 0.03) == 112
    assert power.problems_to_bound(_differences(7, 3, 30), 0.03) is None


def test_seeds_that_show_a_difference_on_the_same_problems() -> None:
    # n d² = 0.8, between problems 0.24 - 0.2 = 0.04: 7.848880 · 0.2 / (0.8 - 7.848880 · 0.04) = 3.2
    assert power.seeds_needed(_differences(14, 6, 60), 0.2, 1) == 4
    # all of it varies between problems: 7.848880 · 0.24 is more than 0.8
    assert power.seeds_needed(_differences(14, 6, 60), 0.0, 1) is None
