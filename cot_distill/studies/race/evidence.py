"""The evidence that one arm is better than another, as e-values. These stay valid if one looks at them repeatedly.

An arm's answers are a matrix of shares of right answers, with a row for each training seed and a column for each
problem. Two things are random: the problems, and the student of each seed.
"""

import functools
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

SEED_SD = 0.02
"""The assumed standard deviation of single seeds' accuracies before an arm has two seeds: 2 points."""
PRIOR_FREEDOM = 4
"""The weight of that assumption, in degrees of freedom."""
_NODES = 128
_LOG_OF_MOST = 700.0
"""The largest exponent, so that floats do not overflow. It is far above any threshold."""


def e_value(differences: Values, seed_variance: float = 0.0) -> float:
    """The e-value against "the one arm is no better than the other", from their differences problem by problem.

    `differences` are means over seeds, in [-1, 1]. `seed_variance` is what the draw of the seeds adds to the variance
    of their mean. If the one arm is no better, the e-value's expectation is at most 1, so that it exceeds 1/a with
    probability at most a, whatever the accuracies are:

        E = integral over l from 0 to 1 of exp(-(n l)^2 seed_variance / 2) * product over problems of (1 + l d)

    A bet of a share l on each problem gains nothing in expectation if the mean of d is 0 (Waudby-Smith and Ramdas
    2024). A seed that shifts all differences by s multiplies it by (1 + l s)^n <= exp(n l s). The first factor cancels
    the expectation of this over a normal s. Without seeds, and with b wins and c losses, this is the uniform mixture of
    the sign test, 2^(b+c+1) B(b+1, c+1) (1 - I(1/2; b+1, c+1)).
    """
    bets, weights = _quadrature()
    values, counts = np.unique(differences, return_counts=True)
    logs = np.log1p(bets[:, None] * values) @ counts - (len(differences) * bets) ** 2 * seed_variance / 2
    highest = logs.max()
    return float(np.exp(np.minimum(highest, _LOG_OF_MOST)) * (np.exp(logs - highest) @ weights))


@functools.cache
def _quadrature() -> tuple[Values, Values]:
    """The nodes and weights of the Gauss-Legendre quadrature between 0 and 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


def differences(one: Values, other: Values) -> Values:
    """For each problem, the mean over the seeds of the one arm minus that of the other."""
    return np.asarray(one.mean(axis=0) - other.mean(axis=0))


def seed_variance(arms: Iterable[Values]) -> tuple[float, float]:
    """The variance of single seeds' accuracies beyond what their problems explain, and its degrees of freedom. It is
    pooled over the arms with two seeds or more and an assumption (`SEED_SD`)."""
    total, freedom = PRIOR_FREEDOM * SEED_SD**2, float(PRIOR_FREEDOM)
    for answers in arms:
        known = len(answers) - 1
        total += known * of_one_arm(answers)
        freedom += known
    return max(total / freedom, 0.0), freedom


def of_one_arm(answers: Values) -> float:
    """The same of one arm, as in the tables (`seed_variance` in tables/arms.sql). It may be negative. It is 0 without a
    second seed or problem."""
    seeds, problems = answers.shape
    if seeds < 2 or problems < 2:
        return 0.0
    between, within = answers.mean(axis=1).var(ddof=1), answers.var(axis=0, ddof=1).mean()
    return float(between - (within - between) / (problems - 1))


def of_seeds(variance: float, seeds: Sequence[int]) -> float:
    """What the draw of seeds adds to the variance of a difference of arms with these numbers of seeds."""
    return variance * sum(1 / count for count in seeds)
