"""Several samples for each problem: whether most of them give the right answer (maj@k), and whether any does (pass@k).

Both give a value from 0 to 1 for each problem. Their mean is the run's value; `statistics.with_interval` gives its
interval.
"""

from collections import Counter
from collections.abc import Sequence
from math import comb

from cot_distill.errors import UserError

Sample = tuple[str | None, bool]
"""The answer read from one sample (None: no answer), and whether it is right."""


def maj_at_k(problems: Sequence[Sequence[Sample]], k: int) -> list[float]:
    """1 for each problem whose most frequent answer among the first `k` samples is right, else 0.

    Answers are compared as read. A sample without an answer has no vote. A tie gives the share of the tied answers that
    are right, which is the expectation of a random choice. Raises UserError if a problem has fewer than `k` samples.
    """
    return [_majority(samples[:k]) for samples in _enough(problems, k)]


def pass_at_k(problems: Sequence[Sequence[Sample]], k: int) -> list[float]:
    """For each problem, the probability that `k` samples drawn from its n, without replacement, include a right one.

    This is the unbiased estimator 1 - C(n - c, k) / C(n, k), if c of n samples are right. Raises UserError if a problem
    has fewer than `k` samples.
    """
    return [_passing(samples, k) for samples in _enough(problems, k)]


def _majority(samples: Sequence[Sample]) -> float:
    votes = Counter(answer for answer, _ in samples if answer is not None)
    if not votes:
        return 0.0
    right = {answer for answer, correct in samples if correct}
    most = max(votes.values())
    tied = [answer for answer, count in votes.items() if count == most]
    return sum(answer in right for answer in tied) / len(tied)


def _passing(samples: Sequence[Sample], k: int) -> float:
    wrong = sum(not correct for _, correct in samples)
    return 1 - comb(wrong, k) / comb(len(samples), k)


def _enough(problems: Sequence[Sequence[Sample]], k: int) -> Sequence[Sequence[Sample]]:
    fewest = min(map(len, problems), default=k)
    if k < 1 or fewest < k:
        raise UserError(f"k is {k}; give 1 to {fewest}, the fewest samples that a problem has")
    return problems
