"""How much more data would decide a comparison.

A difference is one problem's share of right answers under one arm minus that under another: -1, 0 or 1 with one answer
each, fractions between them where seeds or arms are averaged. `d` is their mean, `q` the mean of their squares, and v
what the draw of training seeds adds to the variance of the mean, which more problems do not shrink.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cot_distill.evaluation.statistics import ALPHA

Values = NDArray[np.float64]
POWER = 0.8


def problems_needed(differences: Values, of_seeds: float = 0.0, alpha: float = ALPHA) -> int | None:
    """How many test problems show this mean difference with a power of 80%; None where none do.

    n = z² (q - d²) / (d² - z² v), z = z(1 - alpha/2) + z(power).
    """
    return _problems(differences, abs(float(differences.mean())), _z(1 - alpha / 2) + _z(POWER), of_seeds)


def problems_for_equivalence(differences: Values, margin: float, of_seeds: float = 0.0) -> int | None:
    """How many test problems show, with a power of 80%, that the two differ by less than `margin`; None where none do.

    n = z² (q - d²) / ((margin - |d|)² - z² v), z = z(0.95) + z(1 - (1 - power)/2): two one-sided tests at 5%.
    """
    z = _z(1 - ALPHA) + _z(1 - (1 - POWER) / 2)
    return _problems(differences, margin - abs(float(differences.mean())), z, of_seeds)


def problems_to_bound(differences: Values, margin: float, of_seeds: float = 0.0) -> int | None:
    """How many test problems show, with a power of 80%, that the mean difference is below `margin`; None where none do.

    n = z² (q - d²) / ((margin - d)² - z² v), z = z(1 - alpha/2) + z(power).
    """
    return _problems(differences, margin - float(differences.mean()), _z(1 - ALPHA / 2) + _z(POWER), of_seeds)


def seeds_needed(differences: Values, within: float, between: float, seeds: int, alpha: float = ALPHA) -> int | None:
    """How many training seeds an arm show this difference, on these very problems, with a power of 80%.

    `within` is how a difference of single seeds varies at a problem, mean over problems, and `between` how the mean
    difference of single seeds varies beyond that; `seeds` of them were averaged here. More seeds shrink these parts of
    the variance alone, so S = z² (w/n + u) / (d² - z² b/n), where w is `within`, u `between`, b = q - d² - w/seeds what
    varies between problems, and z = z(1 - alpha/2) + z(power). None where the denominator is not positive: then no
    number of seeds does, only more problems.
    """
    d, q, n = float(differences.mean()), float((differences**2).mean()), len(differences)
    z = _z(1 - alpha / 2) + _z(POWER)
    room = d * d - z * z * max(0.0, q - d * d - within / seeds) / n
    return max(1, _up(z * z * (within / n + between) / room)) if room > 0 else None


def _problems(differences: Values, gap: float, z: float, of_seeds: float) -> int | None:
    variance, room = float(differences.var()), gap * gap - z * z * of_seeds
    return _up(z * z * variance / room) if gap > 0 and room > 0 else None


def _up(size: float) -> int:
    return math.ceil(size - 1e-9)


def _z(quantile: float) -> float:
    return NormalDist().inv_cdf(quantile)
