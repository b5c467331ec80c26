"""How sure a number is: one interval of an accuracy, one paired test with its interval, one adjustment for many
tests.

Two things are random: the test problems, and the student of each training seed. A comparison generalises to other
problems. With two seeds or more it generalises to other seeds too. `benchmarks/tables_paired_tests.py` measures the
error rates of this test and of others, and docs/reading-the-tables.md quotes them.

Every function takes numbers or arrays of one shape.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

ALPHA = 0.05
"""A p below it is significant. Intervals are at 1 - ALPHA."""


class Paired(NamedTuple):
    """The difference of two sides on the same problems, as shares or arrays of shares."""

    difference: Any
    """The mean over problems of the one side minus the other."""
    low: Any
    high: Any
    """The interval of the difference at 95%, or at the level that was requested."""
    p: Any
    """Two-sided. It is below 0.05 exactly when 0 is outside the interval at 95%."""


def paired(
    total: Any, squares: Any, n: Any, seed_variance: Any = 0.0, seed_freedom: Any = 0, alpha: float = ALPHA
) -> Paired:
    """The paired t-test over `n` problems and training seeds, and its interval at 1 - `alpha`.

    A problem's difference is its share of right answers on one side minus that on the other. `total` is the sum of the
    differences, `squares` the sum of their squares. Half a problem is added to each of the four cells of the 2×2 table
    (Agresti and Min 2005), so that sides that never differ, or always, have an interval too. `seed_variance` is what
    the draw of seeds adds to the variance of the mean difference, estimated with `seed_freedom` degrees of freedom.
    Problems and seeds are crossed random effects, as cases and readers are when doctors are compared (Obuchowski and
    Rockette 1995). Degrees of freedom are Satterthwaite's. All comparisons of the project (`tables`, `findings`,
    `report`, `compare` and `diff`) use this function.
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    total, squares, n, seeds = (np.asarray(one, dtype=float) for one in (total, squares, n, seed_variance))
    mean = total / (n + 2)
    problems = ((squares + 1) / (n + 2) - mean**2) / (n + 2)
    seeds = np.maximum(seeds, 0.0)
    variance = problems + seeds
    freedom = variance**2 / (problems**2 / (n + 1) + seeds**2 / np.maximum(seed_freedom, 1))
    half = stdtrit(freedom, 1 - alpha / 2) * np.sqrt(variance)
    p = 2 * stdtr(freedom, -np.abs(mean) / np.sqrt(variance))
    return Paired(total / n, np.maximum(-1.0, mean - half), np.minimum(1.0, mean + half), p)


def seed_part(seeds: Any, variances: Any, weights: Any = 1.0) -> tuple[Any, Any]:
    """What the draw of training seeds adds to the variance of a difference, and its degrees of freedom, for `paired`.

    The last axis of the arrays is the arms that are compared. `seeds` is how many seeds each arm averages (0 for an
    untuned student, which has none). `variances` is how much single seeds vary (see `seed_variance` in
    tables/arms.sql). `weights` are the arms' weights in the difference. The variances are pooled over the arms, as in a
    t-test with equal variances, so that an arm with one seed uses the variance of the other. If no arm has two seeds,
    the result is 0 with 0 degrees of freedom.
    """
    import numpy as np

    seeds, variances = np.asarray(seeds, dtype=float), np.asarray(variances, dtype=float)
    known = np.maximum(seeds - 1, 0)
    freedom = known.sum(-1)
    variance = np.maximum((known * variances).sum(-1) / np.maximum(freedom, 1), 0.0)
    spread = np.where(seeds > 0, weights / np.maximum(seeds, 1), 0.0).sum(-1)
    return variance * spread, freedom


def accuracy_interval(
    share: Any, variance: Any, n: Any, answers: Any, seed_variance: Any = 0.0, seeds: Any = 1
) -> tuple[Any, Any]:
    """Wilson's score interval at 95% of a mean over `n` problems of shares in [0, 1]: `share`, with the population
    `variance` of the shares.

    Wilson's n is an effective sample size: the number of independent answers whose mean has the same variance. It is
    the number of problems if each has one answer or its answers agree, and at most the number of all `answers`.
    `seed_variance` is how much the accuracies of single training seeds vary beyond what their problems explain. The
    interval then covers the draw of the `seeds` too.
    """
    import numpy as np
    from scipy.special import stdtrit

    share, n, answers, seeds = (np.asarray(one, dtype=float) for one in (share, n, answers, seeds))
    of_seeds = np.maximum(np.asarray(seed_variance, dtype=float), 0.0) / seeds
    of_mean = np.asarray(variance, dtype=float) / n + of_seeds
    spread = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(spread > 0, np.minimum(answers, spread / of_mean), n)
        freedom = np.where(of_seeds > 0, np.maximum(seeds - 1, 1) * (of_mean / of_seeds) ** 2, 1e9)
    z = stdtrit(np.minimum(freedom, 1e9), 1 - ALPHA / 2)
    middle, scale = share + z * z / (2 * size), 1 + z * z / size
    half = z * np.sqrt(spread / size + (z / (2 * size)) ** 2)
    return np.maximum(0.0, (middle - half) / scale), np.minimum(1.0, (middle + half) / scale)


def wilson(correct: int, n: int) -> tuple[float, float]:
    """The Wilson score interval at 95% of `correct` right answers among `n` > 0."""
    share = correct / n
    low, high = accuracy_interval(share, share * (1 - share), n, n)
    return float(low), float(high)


def with_interval(shares: Sequence[float], answers: int = 1) -> tuple[float, float, float]:
    """The mean of `shares`, one for each problem, and the ends of its `accuracy_interval`. Each is of `answers`
    answers."""
    from statistics import fmean, pvariance

    n, share = len(shares), fmean(shares)
    low, high = accuracy_interval(share, pvariance(shares, share), n, n * answers)
    return share, float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjustment: the result is below alpha for every hypothesis that is rejected when all are tested together.

    It is the project's only adjustment. Beside each adjusted p, the tables say what is tested together.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
