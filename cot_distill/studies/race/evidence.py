"""How much the answers of two arms say against their being equally good: e-values, which may be looked at as they come.

An arm's answers are a matrix of shares of right answers, a row a training seed and a column a problem. Two things are
drawn at random: the problems, and with each seed a student.
"""

import functools
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

SEED_SD = 0.02
"""How much the accuracy of single seeds is taken to vary, before an arm has two: 2 points."""
PRIOR_FREEDOM = 4
"""How many degrees of freedom that assumption weighs as."""
_NODES = 128
_LOG_OF_MOST = 700.0
"""Beyond it a float ends; no threshold is near."""


def e_value(differences: Values, seed_variance: float = 0.0) -> float:
    """The e-value against "the one is no better than the other", from their differences problem by problem.

    `differences` are means over seeds, in [-1, 1]; `seed_variance` is what the draw of the seeds adds to the variance
    of their mean. If the one is no better, its expectation is at most 1, so that it passes 1/a with probability a at
    most, whatever the accuracies are:

        E = integral over l from 0 to 1 of exp(-(n l)^2 seed_variance / 2) * product over problems of (1 + l d)

    A bet of a share l on each problem gains nothing if the mean of d is 0 (Waudby-Smith and Ramdas 2024); a seed
    that shifts all of them by s multiplies it by (1 + l s)^n <= exp(n l s), whose expectation over a normal s is what
    the first factor takes back. Without seeds, and with b wins and c losses, this is the uniform mixture of the sign
    test, 2^(b+c+1) B(b+1, c+1) (1 - I(1/2; b+1, c+1)).
    """
    bets, weights = _quadrature()
    values, counts = np.unique(differences, return_counts=True)
    logs = np.log1p(bets[:, None] * values) @ counts - (len(differences) * bets) ** 2 * seed_variance / 2
    highest = logs.max()
    return float(np.exp(np.minimum(highest, _LOG_OF_MOST)) * (np.exp(logs - highest) @ weights))


@functools.cache
def _quadrature() -> tuple[Values, Values]:
    """Gauss and Legendre's nodes between 0 and 1, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


def differences(one: Values, other: Values) -> Values:
    """Problem by problem, the mean over the seeds of the one minus that over the seeds of the other."""
    return np.asarray(one.mean(axis=0) - other.mean(axis=0))


def seed_variance(arms: Iterable[Values]) -> tuple[float, float]:
    """How much the accuracies of single seeds vary beyond what their problems explain, pooled over arms that have two
    or more and an assumption (`SEED_SD`); and its degrees of freedom."""
    total, freedom = PRIOR_FREEDOM * SEED_SD**2, float(PRIOR_FREEDOM)
    for answers in arms:
        known = len(answers) - 1
        total += known * of_one_arm(answers)
        freedom += known
    return max(total / freedom, 0.0), freedom


def of_one_arm(answers: Values) -> float:
    """The same of one arm alone, as the tables have it (`seed_variance` in tables/arms.sql); it may be below 0. Without
    a second seed or problem nothing is known: 0."""
    seeds, problems = answers.shape
    if seeds < 2 or problems < 2:
        return 0.0
    between, within = answers.mean(axis=1).var(ddof=1), answers.var(axis=0, ddof=1).mean()
    return float(between - (within - between) / (problems - 1))


def of_seeds(variance: float, seeds: Sequence[int]) -> float:
    """What the draw of seeds adds to the variance of a difference of arms with so many seeds."""
    return variance * sum(1 / count for count in seeds)
