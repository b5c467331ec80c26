"""Tests and sizes by hand, with z(0.975) = 1.959964, z(0.95) = 1.644854, z(0.9) = 1.281552, z(0.8) = 0.841621."""

import numpy as np

from cot_distill.tables.findings import power


def _differences(better: int, worse: int, alike: int) -> power.Values:
    return np.array([1.0] * better + [-1.0] * worse + [0.0] * alike)


def test_problems_that_show_a_difference() -> None:
    # d = 0.1, q = 0.25: (1.959964 + 0.841621)² · 0.24 / 0.01 = 188.4
    assert power.problems_needed(_differences(7, 3, 30)) == 189
    assert power.problems_needed(_differences(3, 7, 30)) == 189
    # seeds add 0.0005, which no problem takes away: 7.848880 · 0.24 / (0.01 - 7.848880 · 0.0005) = 310.1
    assert power.problems_needed(_differences(7, 3, 30), 0.0005) == 311
    assert power.problems_needed(_differences(7, 3, 30), 0.002) is None
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
    assert power.seeds_needed(_differences(14, 6, 60), 0.2, 0.0, 1) == 4
    # all of it varies between problems: 7.848880 · 0.24 is more than 0.8
    assert power.seeds_needed(_differences(14, 6, 60), 0.0, 0.0, 1) is None
