"""The e-value against values worked out by hand, and how often it drops an arm that is as good as the best."""

import numpy as np
import pytest
from scipy.special import beta, betainc

from cot_distill.studies.race.evidence import Values, differences, e_value, of_seeds, seed_variance
from cot_distill.studies.race.race import Race, Rules, most_behind, run


def _pairs(wins: int, losses: int, ties: int = 0) -> Values:
    return np.array([1.0] * wins + [-1.0] * losses + [0.0] * ties)


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [
        (0, 0, 1.0),
        (1, 0, 1.5),  # the integral of 1 + l: 1 + 1/2
        (0, 1, 0.5),
        (3, 0, 3.75),  # (2^4 - 1) / 4
        (1, 1, 2 / 3),  # 1 - 1/3
        (2, 1, 11 / 12),  # of (1 + l)^2 (1 - l): 1 + 1/2 - 1/3 - 1/4
    ],
)
def test_the_e_value_of_few_discordant_pairs(wins: int, losses: int, expected: float) -> None:
    assert e_value(_pairs(wins, losses)) == pytest.approx(expected, rel=1e-12)
    assert e_value(_pairs(wins, losses, ties=40)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("wins", "losses"), [(14, 1), (30, 12), (61, 40), (300, 190)])
def test_the_e_value_is_the_beta_mixture_of_the_sign_test(wins: int, losses: int) -> None:
    closed = 2.0 ** (wins + losses + 1) * beta(wins + 1, losses + 1) * (1 - betainc(wins + 1, losses + 1, 0.5))
    assert e_value(_pairs(wins, losses)) == pytest.approx(closed, rel=1e-9)


def test_shares_of_several_seeds_count_by_halves() -> None:
    # Of (1 + l/2)^2: 1 + 1/2 + 1/12.
    assert e_value(np.array([0.5, 0.5, 0.0])) == pytest.approx(19 / 12, rel=1e-12)


def test_seeds_that_vary_take_evidence_back() -> None:
    known, varied = e_value(_pairs(14, 1, 85)), e_value(_pairs(14, 1, 85), of_seeds(0.02**2, (1, 1)))
    assert known == pytest.approx(273.0, rel=0.01)
    assert 1 < varied < known / 5
    assert e_value(_pairs(14, 1, 85), of_seeds(0.02**2, (3, 3))) > varied


def test_more_wins_than_a_float_can_tell() -> None:
    assert 1e300 < e_value(_pairs(3000, 0)) < float("inf")


def test_differences_are_means_over_seeds() -> None:
    one, other = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 1.0]])
    assert differences(one, other).tolist() == [1.0, -0.5]


def test_the_variance_of_seeds_is_pooled_with_an_assumption() -> None:
    assert seed_variance([np.ones((1, 10))]) == (pytest.approx(0.0004), 4)
    # Two seeds, accuracies 0.2 and 0.6 of 5 problems: between 0.08; within: two problems differ, (0.5 + 0.5) / 5 = 0.2.
    two = np.array([[1.0, 0, 0, 0, 0], [1.0, 1, 1, 0, 0]])
    variance, freedom = seed_variance([two, two])
    assert freedom == 6
    assert variance == pytest.approx((4 * 0.0004 + 2 * (0.08 - (0.2 - 0.08) / 4)) / 6)


@pytest.mark.parametrize("seed_sd", [0.0, 0.03])
def test_the_best_arm_is_seldom_further_ahead_than_was_said(seed_sd: float) -> None:
    """What is said of the leader after every round of a race of unequal arms: how often it is ever too little."""
    rng, races, seeds, problems = np.random.default_rng(2), 300, 3, 60
    abilities = np.array([0.5, 0.45, 0.4, 0.2])
    lucky = rng.normal(size=(races, 4, seeds, 1)) * seed_sd
    answers = (rng.random((races, 4, seeds, problems)) < abilities[:, None, None] + lucky).astype(float)
    rules, wrong = Rules(tuple("abcd"), seeds, 9), 0
    for one in range(races):
        known = {(arm, seed): answers[one, number, seed] for number, arm in enumerate("abcd") for seed in range(seeds)}
        ended = run(rules, known)
        said = [Race(rules, ended.rounds[: count + 1], ()) for count in range(len(ended.rounds))]
        wrong += any(
            most_behind(race, known, race.places[0].arm) < 0.5 - abilities["abcd".index(race.places[0].arm)]
            for race in said
        )
    assert wrong / races <= 0.05


@pytest.mark.parametrize("seed_sd", [0.0, 0.03])
def test_an_arm_as_good_as_the_best_is_dropped_with_at_most_alpha(seed_sd: float) -> None:
    """A race of equal arms, looked at after every round: how often the first of them ever is out."""
    rng, races, arms, seeds, problems = np.random.default_rng(1), 400, 4, 4, 60
    hard = rng.beta(0.8, 1.6, size=(races, 1, 1, problems))
    lucky = rng.normal(size=(races, arms, seeds, 1)) * seed_sd
    answers = (rng.random((races, arms, seeds, problems)) < np.clip(hard + lucky, 0, 1)).astype(float)
    rules = Rules(tuple("abcd"), seeds, arms * seeds)
    dropped = 0
    for race in range(races):
        known = {(arm, seed): answers[race, number, seed] for number, arm in enumerate("abcd") for seed in range(seeds)}
        ended = run(rules, known)
        dropped += any(place.arm == "a" and place.out for one in ended.rounds for place in one.places)
    assert dropped / races <= 0.05
