"""Tests on paired differences, and how much more data would decide them.

A difference is one problem's share of right answers under one arm minus that under another: -1, 0 or 1 with one answer
each, fractions between them where seeds or arms are averaged. `d` is their mean, `q` the mean of their squares, which
with one answer each is the share of problems on which the two disagree.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cot_distill.evaluation.statistics import mcnemar

Values = NDArray[np.float64]
ALPHA, POWER = 0.05, 0.8


def paired_p(differences: Values) -> float:
    """The exact two-sided p-value of "the two are alike": each problem's difference may as well have the other sign.

    With one answer each this is McNemar's exact test. Otherwise the distribution of the sum under all 2ⁿ signs is
    computed whole, as the inverse Fourier transform of the product of cosines that is its characteristic function.
    """
    if np.all(np.isin(differences, (-1.0, 0.0, 1.0))):
        return mcnemar(int((differences == 1).sum()), int((differences == -1).sum()))
    found, counts = np.unique(np.abs(differences), return_counts=True)
    exact = [Fraction(float(value)).limit_denominator(10_000) for value in found]
    scale = math.lcm(*(value.denominator for value in exact))
    steps = [int(value * scale) for value in exact]
    reach = sum(step * int(count) for step, count in zip(steps, counts, strict=True))
    size = 2 * reach + 1
    angle = 2 * np.pi * np.arange(reach + 1) / size
    wave = np.ones(reach + 1)
    for step, count in zip(steps, counts, strict=True):
        wave *= np.cos(angle * step) ** int(count)
    chance = np.fft.irfft(wave, n=size)  # of the sums 0, 1, …, reach, -reach, …, -1
    observed = round(abs(float(differences.sum())) * scale)
    if observed == 0:
        return 1.0
    return float(min(1.0, max(0.0, 2 * chance[observed : reach + 1].sum())))


def interval(differences: Values, alpha: float = ALPHA) -> tuple[float, float]:
    """The interval of the mean difference at 1 - alpha, after Agresti and Min (2005).

    With one answer each, half a problem is added to each of the four cells of the 2×2 table, so that data without
    disagreement have an interval too. In sums: two problems more, and one more in the sum of squares.
    """
    n = len(differences) + 2
    mean = float(differences.sum()) / n
    variance = (float((differences**2).sum()) + 1) / n - mean * mean
    half = _z(1 - alpha / 2) * math.sqrt(variance / n)
    return max(-1.0, mean - half), min(1.0, mean + half)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjustment: below alpha for every hypothesis that is rejected when all of them decide one claim."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def problems_needed(differences: Values, alpha: float = ALPHA) -> int | None:
    """How many test problems show this mean difference with a power of 80%; None where it is nothing.

    Connor's (1987) size for McNemar's test: n = (z(1 - alpha/2) √q + z(power) √(q - d²))² / d².
    """
    d, q = float(differences.mean()), float((differences**2).mean())
    if d == 0:
        return None
    root = _z(1 - alpha / 2) * math.sqrt(q) + _z(POWER) * math.sqrt(max(0.0, q - d * d))
    return _up((root / d) ** 2)


def problems_for_equivalence(differences: Values, margin: float, alpha: float = ALPHA) -> int | None:
    """How many test problems show, with a power of 80%, that the two differ by less than `margin`.

    n = (z(1 - alpha) + z(1 - (1 - power)/2))² (q - d²) / (margin - |d|)², the size for two one-sided tests. None where
    they already differ by the margin or more: then no number does.
    """
    d, q = float(differences.mean()), float((differences**2).mean())
    if abs(d) >= margin:
        return None
    z = _z(1 - alpha) + _z(1 - (1 - POWER) / 2)
    return _up(z * z * max(0.0, q - d * d) / (margin - abs(d)) ** 2)


def problems_to_bound(differences: Values, margin: float, alpha: float = ALPHA) -> int | None:
    """How many test problems show, with a power of 80%, that the mean difference is below `margin`.

    n = (z(1 - alpha/2) + z(power))² (q - d²) / (margin - d)². None where it is already the margin or more.
    """
    d, q = float(differences.mean()), float((differences**2).mean())
    if d >= margin:
        return None
    z = _z(1 - alpha / 2) + _z(POWER)
    return _up(z * z * max(0.0, q - d * d) / (margin - d) ** 2)


def seeds_needed(differences: Values, seed_variance: float, seeds: int, alpha: float = ALPHA) -> int | None:
    """How many training seeds an arm show this difference, on these very problems, with a power of 80%.

    `seed_variance` is the mean over problems of the variance of a difference of single seeds, of which `seeds` were
    averaged here. More seeds shrink that part of the variance alone, so S = z² w / (n d² - z² b), where w is
    `seed_variance`, b = q - d² - w / seeds is what varies between problems, and z = z(1 - alpha/2) + z(power). None
    where the denominator is not positive: then no number of seeds does, only more problems.
    """
    d, q = float(differences.mean()), float((differences**2).mean())
    between = max(0.0, q - d * d - seed_variance / seeds)
    z = _z(1 - alpha / 2) + _z(POWER)
    room = len(differences) * d * d - z * z * between
    return max(1, _up(z * z * seed_variance / room)) if room > 0 else None


def _up(size: float) -> int:
    return math.ceil(size - 1e-9)


def _z(quantile: float) -> float:
    return NormalDist().inv_cdf(quantile)
