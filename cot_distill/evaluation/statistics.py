"""How sure a number is. Test problems are what was drawn at random, so every interval is over problems."""

from collections.abc import Sequence

RESAMPLES = 10_000


def wilson(correct: int, n: int) -> tuple[float, float]:
    """The Wilson score interval at 95% of `correct` right answers among `n` > 0."""
    from scipy.stats import binomtest

    interval = binomtest(correct, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def wilson_over_seeds(right_seeds: Sequence[int], seeds: int) -> tuple[float, float]:
    """The same interval at 95% for the mean accuracy of several `seeds` that answered the same problems.

    `right_seeds` holds, for each problem, how many seeds got it right. Answers to one problem are no independent draws,
    so n is the effective number: of independent answers whose mean would vary as this one does over problems. It is
    the number of problems where the seeds always agree, and at most that of answers. With one seed it is `wilson`.
    """
    from math import sqrt
    from statistics import fmean, pvariance

    from scipy.stats import norm

    n = len(right_seeds)
    shares = [right / seeds for right in right_seeds]
    p, variance = fmean(shares), pvariance(shares)
    if p in (0.0, 1.0):
        n_effective = float(n)
    else:
        n_effective = min(n * seeds, n * p * (1 - p) / variance) if variance else float(n * seeds)
    z = float(norm.ppf(0.975))
    middle = p + z * z / (2 * n_effective)
    half = z * sqrt(p * (1 - p) / n_effective + (z / (2 * n_effective)) ** 2)
    scale = 1 + z * z / n_effective
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided McNemar p-value of two runs on the same problems.

    `only_one` and `only_other` count the problems that exactly one of the two got right.
    """
    from scipy.stats import binomtest

    disagreements = only_one + only_other
    return float(binomtest(only_one, disagreements, 0.5).pvalue) if disagreements else 1.0


def with_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of `values`, one a problem, and the ends of its `bootstrap` interval."""
    return (sum(values) / len(values), *bootstrap(values))


def bootstrap(values: Sequence[float]) -> tuple[float, float]:
    """The percentile bootstrap interval at 95% of the mean of `values`, one a problem.

    Given each problem's difference between two runs it is the paired bootstrap of their difference. Problems are drawn
    `RESAMPLES` times from a fixed seed, so the same values in the same order give the same interval. Equal values, or a
    single one, give an interval without width: the data then say nothing of how values vary.
    """
    import numpy as np
    from scipy.stats import bootstrap as resample

    low, high = min(values), max(values)
    if low == high:
        return float(low), float(high)
    # In batches that stay in the processor's cache: twice as fast as by the thousand, for a thousand problems.
    drawn = resample(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    interval = drawn.confidence_interval
    return float(interval.low), float(interval.high)
