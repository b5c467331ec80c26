"""A race in words: which arms lead and are out while it runs, and which arm to use in the end."""

import json
import shlex
from collections.abc import Mapping, Sequence

from cot_distill.studies.grid import Combination
from cot_distill.studies.picture import picture
from cot_distill.studies.race.choice import Choice
from cot_distill.studies.race.race import Place, Race
from cot_distill.studies.recommending import Field, OnTest, Spending
from cot_distill.studies.told import Told
from cot_distill.tables.layout import interval, markdown, points


def progress(race: Race) -> list[str]:
    """A few lines on the last round: the leader, the arms that are out, the trainings spent."""
    leader, last = race.places[0], race.rounds[-1]
    before = race.rounds[-2].places if len(race.rounds) > 1 else ()
    was_out = {place.arm for place in before if place.out}
    newly = [place for place in last.places if place.out and place.arm not in was_out]
    left = sum(not place.out for place in last.places)
    told = f"{leader.arm} leads with {leader.accuracy:.1%} ({interval(leader.low, leader.high)})"
    lines = [
        f"round {len(race.rounds)}: {told}; {left} of {len(last.places)} arms are in the race; "
        f"{race.spent} of {race.rules.trainings} trainings spent"
    ]
    lines += [
        f"    out: {place.arm} with {place.accuracy:.1%}, e-value {_large(place.e_value)} "
        f"(from {race.rules.threshold:,.0f} an arm is dropped)"
        for place in newly
    ]
    return lines


HEADER = (
    *("arm", "seeds", "dev accuracy", "95% interval", "behind the leader", "e-value", "", "tokens to train"),
    "tokens an answer",
)


def rows(race: Race, spending: Mapping[str, Spending]) -> list[tuple[str, ...]]:
    """The arms' present results, the leader first: a cell for each of `HEADER`."""
    leader = race.places[0].arm
    return [_row(place, leader, spending[place.arm]) for place in race.places]


def table(race: Race, spending: Mapping[str, Spending]) -> str:
    """The same as Markdown."""
    return markdown(HEADER, rows(race, spending))


def told(field: Field, race: Race, spending: Mapping[str, Spending], said: Sequence[str]) -> Told:
    """The race for the report, with the lines `said`."""
    runs = [field.runs["dev"][pull].name for one in race.rounds for pull in one.pulls]
    return Told(
        field.plan.name, field.plan.about, said, HEADER, rows(race, spending), picture(race, field.plan.name), runs
    )


def advice(
    field: Field,
    race: Race,
    choice: Choice,
    most_behind: float,
    spending: Mapping[str, Spending],
    tested: OnTest | None,
) -> list[str]:
    """What to do, and why, as lines. `most_behind` is how much better than the chosen arm the best one is at most."""
    chosen, leader = choice.chosen, choice.leader
    lines = [f"use: {chosen.arm}"]
    if chosen.arm != leader.arm:
        saved = 1 - spending[chosen.arm].answer / spending[leader.arm].answer
        lines.append(
            f"    {leader.arm} leads it by {points(leader.accuracy - chosen.accuracy)} points, which is less than half "
            f"a standard error; an answer of {chosen.arm} takes {saved:.0%} fewer tokens"
        )
    others = [place.arm for place in choice.alike if place.arm != chosen.arm]
    lines.append(f"cannot be told from the leader: {', '.join(others) or 'none'}")
    if untried := [arm for arm in field.arms if arm not in race.rules.arms]:
        lines.append(f"left out by the predictor, without a training: {', '.join(untried)}")
    lines.append(f"how sure: {_sure(race, choice, most_behind)}")
    lines.append(f"spent: {race.spent} trainings of the grid's {field.grid} ({race.spent / field.grid:.0%})")
    if tested is not None:
        of_seeds = f"{tested.seeds} seeds" if tested.seeds > 1 else "one seed: another training is not covered"
        lines.append(
            f"on the test split, which no choice has seen: {tested.accuracy:.1%}, 95% interval "
            f"{interval(tested.low, tested.high)} ({tested.problems} problems, {of_seeds})"
        )
    lines.append(f"to reproduce it: {command(field.runs['test'][chosen.arm, 0])}")
    return lines


def command(run: Combination) -> str:
    """The DVC command that makes a run by itself."""
    settings = [
        f"{param}={value if isinstance(value, str) else json.dumps(value)}" for param, value in run.changes.items()
    ]
    return shlex.join(["dvc", "exp", "run", *(part for one in settings for part in ("-S", one))])


def _row(place: Place, leader: str, spending: Spending) -> tuple[str, ...]:
    behind = place.behind
    gap = "" if place.arm == leader else f"{points(behind.difference)} ({points(behind.low)} to {points(behind.high)})"
    return (
        place.arm,
        str(place.seeds),
        f"{place.accuracy:.1%}",
        interval(place.low, place.high),
        gap,
        "" if place.arm == leader else _large(place.e_value),
        "leads" if place.arm == leader else "out" if place.out else "",
        "" if spending.training is None else f"{spending.training:,}",
        f"{spending.answer:.0f}",
    )


def _sure(race: Race, choice: Choice, most_behind: float) -> str:
    left = len(choice.alike)
    said = f"with {1 - race.rules.alpha:.0%} confidence the best arm is among {left} of {len(race.places)}"
    if left == 1:
        return said
    return f"{said}, and at most {points(most_behind).lstrip('+')} points better than {choice.chosen.arm}"


def _large(value: float) -> str:
    """The value with two significant digits."""
    return f"{float(f'{value:.2g}'):,.0f}" if 100 <= value < 1e6 else f"{value:.2g}"
