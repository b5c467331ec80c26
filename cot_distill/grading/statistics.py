"""How sure a number is; the methods are scipy's."""


def wilson(correct: int, n: int) -> tuple[float, float]:
    """The Wilson score interval at 95% of `correct` right answers among `n` > 0."""
    from scipy.stats import binomtest

    interval = binomtest(correct, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided McNemar p-value of two runs on the same problems.

    `only_one` and `only_other` count the problems that exactly one of the two got right.
    """
    from scipy.stats import binomtest

    disagreements = only_one + only_other
    return float(binomtest(only_one, disagreements, 0.5).pvalue) if disagreements else 1.0
