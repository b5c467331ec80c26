"""How good an arm `cot-distill recommend` chooses, and for how much: `python -m benchmarks.recommend [REPLAYS]`.

A replay is a grid of K arms and S seeds with every answer to dev and test problems, over which each method chooses by
dev alone. Half of the simulated grids have the accuracies that were recorded (docs/mini-study.md, and the ten arms of
word_problems in docs/recommendation.md), with other seeds and problems drawn around them; the others are drawn whole:
4 to 24 arms, 3 to 5 seeds, gaps of 0 to 10 points, as many dev and test problems as one of the datasets has by default.
Seeds differ by 0 to 3 points.

The recorded grid is real: recommend_svamp.json says which of SVAMP's 100 dev and 300 test problems each of the mini
study's 21 trainings got right (docs/recommendation-races.md). Its replays draw the order of the seeds, and which 100 of
the 400 problems are the dev problems.

A choice is a hit if the chosen arm is the best of the full grid, all seeds on all test problems, or not
significantly worse there: the paired test of the project's tables, after Holm. The same without Holm is told beside it,
by which even the choice of all trainings on the dev problems (`_full`) falls short. Cost is the share of the grid's
trainings that was spent. Every other method may spend a third. Optuna's WilcoxonPruner decides only what is evaluated
further, a training at a time, and has no budget; it is replayed on the first tenth of the grids, for its storage is
slow, and only if optuna is installed, which the project does not need otherwise.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.figures import tell
from cot_distill.evaluation import statistics
from cot_distill.studies.race import evidence
from cot_distill.studies.race.choice import choose
from cot_distill.studies.race.race import Rules, most_behind, run

REPLAYS = 2_000
BUDGET = 1 / 3
SIZES = ((100, 300), (100, 100), (747, 1319), (610, 254), (130, 500), (974, 1221), (496, 500), (200, 290))
"""Dev and test problems by default: svamp, word_problems, gsm8k, aqua, math, csqa, obqa, strategyqa."""
RECORDED = (
    (0.083, 0.107, 0.183, 0.230, 0.203, 0.177, 0.140),
    (0.02, 0.02, 0.28, 0.24, 0.20, 0.18, 0.11, 0.27, 0.23, 0.23),
)
"""The accuracies of the arms of the mini study (svamp) and of ten arms of word_problems."""
TOKENS = (8, 41, 48, 56, 72, 121, 144, 60, 65, 50)
"""What an answer costs under the recorded arms."""
_HARDNESS_SD, _ARM_SD = 1.6, 0.7
"""How much problems differ in logits, and how much an arm's do beyond that: as in benchmarks/tables_paired_tests.py."""
_SEED_SD = (0.0, 0.1, 0.2, 0.3)
"""How much seeds of one arm differ, in logits: 0, 1, 2 and 3 points or so at an accuracy of 25%."""

Answers = NDArray[np.float64]
"""By arm, seed and problem."""


class Grid(NamedTuple):
    """A grid whose every answer is known."""

    dev: Answers
    test: Answers
    cost: dict[str, float]
    truth: NDArray[np.float64]
    """The accuracy that each arm has over all problems and seeds."""


class Pick(NamedTuple):
    """What a method chose, and what it spent."""

    arm: int
    trainings: int
    most_behind: float = 1.0
    """How much better the best arm is at most, as the method says."""


def grids(rng: np.random.Generator, count: int) -> Iterator[Grid]:
    """Grids, recorded and drawn in turns."""
    for number in range(count):
        dev, test = SIZES[rng.integers(len(SIZES))]
        if number % 2:
            recorded = number // 2 % len(RECORDED)
            dev, test, accuracies = *SIZES[recorded], np.array(RECORDED[recorded])
            tokens = np.array(TOKENS[: len(accuracies)], dtype=float)
        else:
            arms, gap = int(rng.integers(4, 25)), rng.choice([0.0, 0.02, 0.04, 0.06, 0.08, 0.1])
            accuracies = rng.uniform(0.15, 0.6) - gap * np.r_[0.0, rng.random(arms - 1)]
            rng.shuffle(accuracies)
            tokens = np.exp(rng.uniform(np.log(8), np.log(320), arms))
        seeds, sd = int(rng.integers(3, 6)), rng.choice(_SEED_SD)
        yield _drawn(rng, accuracies, tokens, seeds, sd, dev, test)


def recorded(rng: np.random.Generator, count: int) -> Iterator[Grid]:
    """The recorded grid, with its seeds and its problems in random order."""
    told = json.loads(Path(__file__).with_name("recommend_svamp.json").read_text(encoding="utf-8"))
    answers = np.array([[[float(right) for right in seed] for seed in arm["right"]] for arm in told])
    cost = {str(arm): one["tokens"] for arm, one in enumerate(told)}
    arms, seeds, problems = answers.shape
    for _ in range(count):
        order = rng.permuted(np.tile(np.arange(seeds), (arms, 1)), axis=1)
        shuffled = np.take_along_axis(answers, order[:, :, None], axis=1)[:, :, rng.permutation(problems)]
        dev, test = np.split(shuffled, [SIZES[0][0]], axis=2)
        yield Grid(dev, test, cost, answers.mean(axis=(1, 2)))


def _drawn(
    rng: np.random.Generator,
    accuracies: NDArray[np.float64],
    tokens: NDArray[np.float64],
    seeds: int,
    sd: float,
    dev: int,
    test: int,
) -> Grid:
    spread = np.sqrt(_HARDNESS_SD**2 + _ARM_SD**2 + sd**2)
    sample = np.linspace(-4, 4, 401) * spread
    weights = np.exp(-((sample / spread) ** 2) / 2)
    reach = np.linspace(-12, 12, 2401)
    curve = (expit(reach[:, None] + sample) @ weights) / weights.sum()
    ability = np.interp(accuracies, curve, reach)[:, None, None]
    lucky = rng.normal(size=(len(accuracies), seeds, 1)) * sd
    parts = []
    for problems in (dev, test):
        easy = rng.normal(size=problems) * _HARDNESS_SD + rng.normal(size=(len(accuracies), 1, problems)) * _ARM_SD
        share = expit(ability + lucky + easy)
        parts.append((rng.random(share.shape) < share).astype(float))
    return Grid(parts[0], parts[1], {str(arm): float(cost) for arm, cost in enumerate(tokens)}, accuracies)


def race(grid: Grid, within: float | None = None) -> Pick:
    """Ours; `within` standard errors of the leader the cheapest arm is taken."""
    arms, seeds, _ = grid.dev.shape
    known = {(str(arm), seed): grid.dev[arm, seed] for arm in range(arms) for seed in range(seeds)}
    rules = Rules(tuple(grid.cost), seeds, round(BUDGET * arms * seeds))
    ended = run(rules, known)
    choice = choose(ended.places, grid.cost, **({} if within is None else {"within": within}))
    return Pick(int(choice.chosen.arm), ended.spent, most_behind(ended, known, choice.chosen.arm))


def uniform(grid: Grid) -> Pick:
    """As many seeds of each arm as the budget has, and the highest mean."""
    arms, seeds, _ = grid.dev.shape
    each = max(1, round(BUDGET * arms * seeds) // arms)
    return Pick(int(grid.dev[:, :each].mean(axis=(1, 2)).argmax()), each * arms)


def halving(grid: Grid) -> Pick:
    """Successive halving: each arm once, then twice as many seeds for the better half, while the budget lasts."""
    arms, seeds, _ = grid.dev.shape
    alive, each, left = np.arange(arms), 1, round(BUDGET * arms * seeds) - arms
    while len(alive) > 1:
        means = grid.dev[alive, :each].mean(axis=(1, 2))
        alive = alive[np.argsort(-means)][: max(1, len(alive) // 2)]
        more = min(each, seeds - each, left // len(alive))
        if more < 1 or len(alive) == 1:
            break
        each, left = each + more, left - more * len(alive)
    means = grid.dev[alive, :each].mean(axis=(1, 2))
    return Pick(int(alive[means.argmax()]), round(BUDGET * arms * seeds) - left)


def full(grid: Grid) -> Pick:
    """Every training, and the highest mean on dev: what no budget gets beyond."""
    arms, seeds, _ = grid.dev.shape
    return Pick(int(grid.dev.mean(axis=(1, 2)).argmax()), arms * seeds)


def wilcoxon(grid: Grid) -> Pick:
    """Optuna: an arm is a trial; after each seed its pruner says whether the next is trained."""
    import optuna

    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    arms, seeds, problems = grid.dev.shape
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.WilcoxonPruner(p_threshold=0.1))
    spent = 0
    for arm in range(arms):
        trial = study.ask()
        shown: list[Answers] = []
        for seed in range(seeds):
            shown.append(grid.dev[arm, seed])
            spent += 1
            for problem in range(problems):
                trial.report(float(grid.dev[arm, seed, problem]), seed * problems + problem)
            if trial.should_prune():
                break
        study.tell(trial, float(np.mean(shown)))
    return Pick(study.best_trial.number, spent)


def standing(grid: Grid) -> tuple[list[float], list[float]]:
    """By arm, the p of its being worse than the best of the full grid on the test problems, plain and after Holm, as
    the project's tables have it: the best is the best of many, and would beat one of many equals too often."""
    best = int(grid.test.mean(axis=(1, 2)).argmax())
    others = [arm for arm in range(len(grid.test)) if arm != best]
    of_best, seeds = evidence.of_one_arm(grid.test[best]), grid.test.shape[1]
    found = []
    for arm in others:
        gaps = evidence.differences(grid.test[best], grid.test[arm])
        of_seeds = statistics.seed_part([seeds, seeds], [of_best, evidence.of_one_arm(grid.test[arm])])
        found.append(float(statistics.paired(float(gaps.sum()), float((gaps**2).sum()), len(gaps), *of_seeds).p))
    plain, adjusted = [1.0] * len(grid.test), [1.0] * len(grid.test)
    for arm, one, other in zip(others, found, statistics.holm(found), strict=True):
        plain[arm], adjusted[arm] = one, other
    return plain, adjusted


def main(replays: int) -> None:
    """Replay every method and print its figures."""
    _replay("recommend", grids(np.random.default_rng(0), replays), replays)
    _replay("recommend_recorded", recorded(np.random.default_rng(0), replays), replays)


def _replay(figure: str, drawn: Iterator[Grid], replays: int) -> None:
    methods: dict[str, Callable[[Grid], Pick]] = {
        "": race,
        "_leader_alone": partial(race, within=0.0),
        "_within_one_error": partial(race, within=1.0),
        "_cheapest_alike": partial(race, within=1e9),
        "_uniform": uniform,
        "_halving": halving,
        "_full": full,
    }
    try:
        import optuna  # noqa: F401

        methods["_wilcoxon"] = wilcoxon
    except ImportError:
        print("optuna is not installed: its pruner is left out", file=sys.stderr)
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in methods}
    for number, grid in enumerate(drawn):
        arms, seeds, _ = grid.dev.shape
        cheapest, (plain, adjusted) = min(grid.cost.values()), standing(grid)
        for name, method in methods.items():
            if name == "_wilcoxon" and number >= replays // 10:
                continue
            pick = method(grid)
            found[name].append(
                (
                    adjusted[pick.arm] >= statistics.ALPHA,
                    plain[pick.arm] >= statistics.ALPHA,
                    pick.trainings / (arms * seeds),
                    100 * float(grid.truth.max() - grid.truth[pick.arm]),
                    grid.cost[str(pick.arm)] / cheapest,
                    100 * pick.most_behind,
                )
            )
    for name, rows in found.items():
        hits, plain_hits, cost, regret, *_ = np.mean(rows, axis=0)
        tell(f"{figure}{name}_hit_rate", float(hits), f"of {len(rows)} replays")
        tell(f"{figure}{name}_hit_rate_without_holm", float(plain_hits), f"of {len(rows)} replays")
        tell(f"{figure}{name}_cost_share", float(cost), "of the grid's trainings")
        tell(f"{figure}{name}_regret", float(regret), "points below the best arm, mean")
        tell(f"{figure}{name}_tokens", float(np.exp(np.mean(np.log([row[4] for row in rows])))), "of the cheapest")
    regrets, most = np.array(found[""])[:, [3, 5]].T
    tell(f"{figure}_most_behind", float(most.mean()), "points that the best arm may be better, mean")
    tell(f"{figure}_most_behind_broken", float((regrets > most).mean()), f"of {len(most)} replays")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLAYS)
