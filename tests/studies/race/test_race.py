"""A race, round by round, over answers written out."""

import numpy as np
import pytest

from cot_distill.studies.race.choice import choose
from cot_distill.studies.race.evidence import Values
from cot_distill.studies.race.race import Pull, Race, Rules, most_behind, run

PROBLEMS = 100


def _right(count: int) -> Values:
    """The first `count` of a hundred problems right."""
    return (np.arange(PROBLEMS) < count).astype(float)


def _answers(rights: dict[str, int], seeds: int) -> dict[Pull, Values]:
    return {(arm, seed): _right(count) for arm, count in rights.items() for seed in range(seeds)}


def _trained(race: Race) -> list[str]:
    return [" ".join(f"{arm}{seed}" for arm, seed in one.pulls) for one in race.rounds]


def test_the_first_round_trains_each_arm_once_in_the_order_given() -> None:
    race = run(Rules(("c", "a", "b"), seeds=3, trainings=3), {("a", 0): _right(10)})
    assert (race.rounds, race.wanted) == ((), (("c", 0), ("b", 0)))


def test_a_third_of_three_seeds_is_one_round() -> None:
    rights = {"a": 10, "b": 30, "c": 20}
    race = run(Rules(tuple(rights), seeds=3, trainings=3), _answers(rights, 3))
    assert _trained(race) == ["a0 b0 c0"]
    assert [place.arm for place in race.places] == ["b", "c", "a"]
    assert (race.wanted, race.spent) == ((), 3)


def test_later_rounds_give_the_leaders_more_seeds() -> None:
    rights = {"a": 20, "b": 25, "c": 21, "d": 22, "e": 23, "f": 24}
    race = run(Rules(tuple(rights), seeds=5, trainings=12), _answers(rights, 5))
    # Six trainings are left after the first round; over four rounds, 6 / (1 + 1/2 + 1/3 + 1/4) = 2.88, so 3, then 2.
    assert _trained(race) == ["a0 b0 c0 d0 e0 f0", "b1 f1 e1", "b2 f2"]
    assert race.spent == 11


def test_who_is_far_behind_is_out_and_gets_nothing_more() -> None:
    rights = {"a": 2, "b": 40, "c": 38}
    race = run(Rules(tuple(rights), seeds=4, trainings=9), _answers(rights, 4))
    assert [(place.arm, place.out) for place in race.places] == [("b", False), ("c", False), ("a", True)]
    assert _trained(race) == ["a0 b0 c0", "b1 c1", "b2 c2", "b3 c3"]


def test_a_race_of_which_one_is_left_spends_no_more() -> None:
    race = run(Rules(("a", "b"), seeds=5, trainings=10), _answers({"a": 2, "b": 60}, 5))
    assert (_trained(race), race.wanted) == (["a0 b0"], ())


def test_a_race_goes_on_from_the_runs_that_are_there() -> None:
    rights = {"a": 20, "b": 25, "c": 21}
    rules, every = Rules(tuple(rights), seeds=4, trainings=7), _answers(rights, 4)
    known: dict[Pull, Values] = {}
    wanted = []
    while (race := run(rules, known)).wanted:
        wanted.append(race.wanted[0])
        known[race.wanted[0]] = every[race.wanted[0]]
    assert wanted == [("a", 0), ("b", 0), ("c", 0), ("b", 1), ("c", 1), ("a", 1)]
    assert race == run(rules, every)


def test_an_arm_that_falls_behind_gives_its_place_to_another() -> None:
    known = _answers({"a": 30, "b": 29, "c": 28, "d": 27}, 4) | {("a", 1): _right(10), ("c", 1): _right(10)}
    race = run(Rules(tuple("abcd"), seeds=4, trainings=9), known)
    assert _trained(race) == ["a0 b0 c0 d0", "a1 b1 c1", "b2 d1"]


@pytest.mark.parametrize(
    ("cost", "chosen"),
    [
        ({"a": 10.0, "b": 50.0, "c": 40.0}, "c"),  # a is cheapest, and out
        ({"a": 10.0, "b": 30.0, "c": 40.0}, "b"),
    ],
)
def test_the_cheapest_of_those_that_stand_as_well_is_chosen(cost: dict[str, float], chosen: str) -> None:
    rights = {"a": 2, "b": 40, "c": 39}
    race = run(Rules(tuple(rights), seeds=3, trainings=3), _answers(rights, 3))
    choice = choose(race.places, cost)
    assert (choice.leader.arm, choice.chosen.arm) == ("b", chosen)
    assert [place.arm for place in choice.alike] == ["b", "c"]
    assert [place.arm for place in choice.dropped] == ["a"]


def test_an_arm_is_not_chosen_for_being_cheap_alone() -> None:
    rights = {"a": 31, "b": 40}
    race = run(Rules(tuple(rights), seeds=3, trainings=2), _answers(rights, 3))
    choice = choose(race.places, {"a": 1.0, "b": 100.0})
    assert (choice.chosen.arm, len(choice.alike)) == ("b", 2)


def test_how_far_the_best_arm_may_be_ahead() -> None:
    known = _answers({"a": 36, "b": 40, "c": 2}, 1)
    race = run(Rules(("a", "b", "c"), seeds=3, trainings=3), known)
    assert [place.arm for place in race.places if place.out] == ["c"]
    # The difference is 4/102; its variance is (5/102 - (4/102)^2)/102 from problems and 0.0008 from seeds, with 9.9
    # degrees of freedom; three arms and one round leave 2.5% on one side.
    assert most_behind(race, known, "a") == pytest.approx(0.1186, abs=1e-4)
    assert most_behind(race, known, "b") == pytest.approx(0.0402, abs=1e-4)


def test_nobody_is_ahead_of_the_only_arm_that_is_left() -> None:
    known = _answers({"a": 2, "b": 60}, 1)
    assert most_behind(run(Rules(("a", "b"), seeds=5, trainings=10), known), known, "b") == 0.0
