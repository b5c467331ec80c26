"""How often `study run --until decided` tells two equal arms apart: `python -m benchmarks.until [STUDIES]`.

Two arms that are equally good over all problems and seeds are asked the same problems and get a seed after every look
at which they are not told apart, from one to five: "once" looks at the first seed alone, "at 0.05" takes a p below it
at any look, "as it is" asks for less than 0.05 over the six looks that `until` counts, from the third seed on.
"""

import sys

import numpy as np
from scipy.special import expit

from benchmarks.figures import tell
from cot_distill.evaluation import statistics
from cot_distill.studies.judging import LEAST_SEEDS
from cot_distill.studies.race.evidence import Values, of_one_arm
from cot_distill.studies.until import MOST_SEEDS

STUDIES = 4_000
PROBLEMS = 300
_LOOKS = MOST_SEEDS + 1
_HARDNESS_SD, _ARM_SD = 1.6, 0.7
"""As in benchmarks/tables_paired_tests.py: how problems differ in logits, and an arm's beyond that."""


def told_apart(seed_sd: float, studies: int) -> dict[str, float]:
    """How often by each rule; seeds of an arm differ by `seed_sd` logits."""
    found = dict.fromkeys(("once", "at_0.05", "as_it_is"), 0)
    for number in range(studies):
        rng = np.random.default_rng(number)
        hardness = rng.normal(-1.4, _HARDNESS_SD, PROBLEMS)
        arms = hardness + rng.normal(0, _ARM_SD, (2, PROBLEMS))
        logits = arms[:, None, :] + rng.normal(0, seed_sd, (2, MOST_SEEDS))[:, :, None]
        answers = (rng.random(logits.shape) < expit(logits)).astype(float)
        ps = [_p(answers[0, :seeds], answers[1, :seeds]) for seeds in range(1, MOST_SEEDS + 1)]
        found["once"] += ps[0] < statistics.ALPHA
        found["at_0.05"] += min(ps) < statistics.ALPHA
        found["as_it_is"] += min(ps[LEAST_SEEDS - 1 :]) < statistics.ALPHA / _LOOKS
    return {name: count / studies for name, count in found.items()}


def _p(one: Values, other: Values) -> float:
    differences = one.mean(axis=0) - other.mean(axis=0)
    of_seeds = statistics.seed_part([len(one), len(other)], [of_one_arm(one), of_one_arm(other)])
    total, squares = float(differences.sum()), float((differences**2).sum())
    return float(statistics.paired(total, squares, len(differences), *of_seeds).p)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES
    for logits, points in ((0.0, 0), (0.2, 2), (0.3, 3)):
        for rule, share in told_apart(logits, wanted).items():
            tell(f"until_wrong_{rule}_seeds_{points}_points", 100 * share, "%")
