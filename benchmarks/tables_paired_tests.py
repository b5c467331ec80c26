"""How often paired tests of two arms are wrong, and how often they find a gain.

`python -m benchmarks.tables_paired_tests`. Each arm is a recipe: every training seed makes a student of another
ability, and every problem is harder or easier for every arm. Two recipes that are equally good are compared 2,000
times: a test that rejects in more than 5% of them says too often that they differ (size). Then one is better (power).

    sign     on which problems the arms' shares of right answers differ, counted (McNemar's exact test with one seed)
    flip     every problem's difference of shares may as well have the other sign (McNemar's without continuity)
    problems the paired t-test over problems
    both     the paired t-test over problems and seeds: `cot_distill.evaluation.statistics.paired`
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr
from scipy.stats import binom

from cot_distill.evaluation.statistics import ALPHA, paired, seed_part

REPEATS = 2_000
SEEDS = ((1, 1), (2, 2), (3, 3), (5, 5), (3, 1), (5, 2))
"""How many training seeds the two arms have."""
PROBLEMS = (100, 300, 1000)
SEED_SD = (0.0, 0.1, 0.25)
"""How much seeds of one recipe differ in ability, in logits: at an accuracy of 25%, 0, 1 and 3 points or so."""
_ABILITY, _GAP, _ARM_SD, _HARDNESS_SD = -1.5, {100: 0.6, 300: 0.4, 1000: 0.4}, 0.7, 1.6

Answers = NDArray[np.bool_]
"""Right or not, by repeat, seed and problem."""


def main() -> None:
    """Print a row a number of problems, spread of seeds, and pair of numbers of seeds: size and power in percent."""
    rng = np.random.default_rng(0)
    print(f"{'problems':>8} {'seed sd':>8} {'seeds':>7}  " + "  ".join(f"{name:>14}" for name in TESTS))
    for n in PROBLEMS:
        for seed_sd in SEED_SD:
            for seeds in SEEDS:
                found = [_rejected(rng, n, seed_sd, seeds, gap) for gap in (0.0, _GAP[n])]
                shown = "  ".join(f"{size:5.1f} / {power:5.1f} " for size, power in zip(*found, strict=True))
                print(f"{n:8} {seed_sd:8} {seeds[0]:>3} v {seeds[1]}  {shown}")


def _rejected(rng: np.random.Generator, n: int, seed_sd: float, seeds: tuple[int, int], gap: float) -> list[float]:
    """By test, in how many of a hundred repeats it says that the arms differ."""
    hardness = rng.normal(size=(REPEATS, 1, n)) * _HARDNESS_SD
    arms = []
    for count, better in zip(seeds, (gap, 0.0), strict=True):
        ability = _ABILITY + better + rng.normal(size=(REPEATS, count, 1)) * seed_sd
        taste = rng.normal(size=(REPEATS, 1, n)) * _ARM_SD
        arms.append(rng.random((REPEATS, count, n)) < expit(ability + taste - hardness))
    return [100 * float((test(*arms) < ALPHA).mean()) for test in TESTS.values()]


def _differences(one: Answers, other: Answers) -> NDArray[np.float64]:
    return np.asarray(one.mean(axis=1) - other.mean(axis=1))


def _sign(one: Answers, other: Answers) -> Any:
    differences = _differences(one, other)
    more, less = (differences > 1e-9).sum(axis=1), (differences < -1e-9).sum(axis=1)
    return np.minimum(1.0, 2 * binom.cdf(np.minimum(more, less), more + less, 0.5))


def _flip(one: Answers, other: Answers) -> Any:
    differences = _differences(one, other)
    spread = np.sqrt(np.maximum((differences**2).sum(axis=1), 1e-12))
    return 2 * ndtr(-np.abs(differences.sum(axis=1)) / spread)


def _over_problems(one: Answers, other: Answers) -> Any:
    differences = _differences(one, other)
    return paired(differences.sum(axis=1), (differences**2).sum(axis=1), differences.shape[1]).p


def _over_both(one: Answers, other: Answers) -> Any:
    differences, seeds = _differences(one, other), [one.shape[1], other.shape[1]]
    variances = np.stack([_seed_variance(one), _seed_variance(other)], axis=-1)
    of_seeds = seed_part(np.broadcast_to(seeds, variances.shape), variances)
    return paired(differences.sum(axis=1), (differences**2).sum(axis=1), differences.shape[1], *of_seeds).p


def _seed_variance(answers: Answers) -> NDArray[np.float64]:
    """As tables/arms.sql has it."""
    if answers.shape[1] == 1:
        return np.zeros(len(answers))
    between, within = answers.mean(axis=2).var(axis=1, ddof=1), answers.var(axis=1, ddof=1).mean(axis=1)
    return np.asarray(between - (within - between) / (answers.shape[2] - 1))


TESTS: dict[str, Callable[[Answers, Answers], Any]] = {
    "sign": _sign,
    "flip": _flip,
    "problems": _over_problems,
    "both": _over_both,
}

if __name__ == "__main__":
    main()
