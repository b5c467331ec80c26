"""Until decided: a study gets more test problems and training seeds only while a claim that it asks is open.

Nothing is remembered between steps. The existing runs determine the next ones, so a study that was killed continues
where it stopped.
"""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.studies.grid import Combination, Study
from cot_distill.studies.judging import Judged, asked, judge
from cot_distill.studies.plan import Plan
from cot_distill.studies.states import times
from cot_distill.tables.findings import NOT_ENOUGH, Contrast
from stages import paths

MOST_SEEDS = 5
"""The default of the most seeds an arm."""
_SEED, _TEST_PROBLEMS = "seed", "test_problems"
_ROUNDED_TO = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """What is added to a study's file."""

    test_problems: int | None = None
    """The number of test problems; None: as the file says."""
    seeds: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Arm → the number of additional seeds; missing: none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """The result of a look: a larger study, or the reason to stop."""

    growth: Growth | None
    why: str


def decide(
    study: Plan,
    make: Callable[[Growth], Plan],
    train: Callable[[Plan], Plan],
    most_seeds: int,
    tell: Callable[[Plan, Judged, Step], None],
) -> Plan:
    """Train and look until nothing is to be added. Returns the last plan. If `train` left runs unfinished, it ends with
    that plan.

    `study` is the plan by its file, and `make` returns that of a larger study. `train` makes the runs of a plan and
    returns the plan with their results. `tell` is called after every look. Raises UserError if the arms ask no claim.
    """
    claims, growth, plan = asked(study.runs), Growth(), study
    # The first look, one after more test problems, and one after each seed that an arm may get.
    looks = max(1, 2 + most_seeds - min(_counts(study).values()))
    while True:
        plan = train(plan)
        if plan.waiting:
            return plan
        judged = judge(plan, claims, looks)
        step = following(study, plan, growth, judged, most_seeds)
        tell(plan, judged, step)
        if step.growth is None:
            return plan
        growth = step.growth
        plan = restricted(make(growth), study, growth)


def adapted(growth: Growth, base: Mapping[str, Any], chosen: Mapping[str, Any]) -> Callable[[Study], Study]:
    """A function that adds the growth to a study: for each of its grids another one, with the seeds after its own."""

    def adapt(study: Study) -> Study:
        grids = study.grids
        if growth.test_problems is not None:
            grids = [{**one, _TEST_PROBLEMS: growth.test_problems} for one in grids]
        if growth.seeds:
            own = [_seeds(study, one, base) for one in study.grids]
            first = 1 + max(seed for seeds in own for seed in seeds)
            more = [*range(first, first + max(growth.seeds.values()))]
            grids = [*grids, *({**one, _SEED: more} for one in grids)]
        return study.model_copy(update={"grids": grids})

    for param in (_SEED, _TEST_PROBLEMS):
        if param in chosen:
            raise UserError(f"-S {param}: --until decided adds to it; say in the study's file what it starts from")
    return adapt


def restricted(plan: Plan, study: Plan, growth: Growth) -> Plan:
    """Of a plan whose study `adapted` grew, keep for each arm of `study` only the seeds that it has by its file and by
    `growth`."""
    kept, taken = list[Combination](), dict[str, set[int]]()
    own = {_arm(run) for run in study.runs}
    first = {(_arm(run), run.values[_SEED]) for run in study.runs}
    for run in plan.runs:
        arm, seed = _arm(run), run.values[_SEED]
        if arm not in own:
            continue
        more = taken.setdefault(arm, set())
        if (arm, seed) not in first:
            more.add(seed)
        if len(more) <= growth.seeds.get(arm, 0):
            kept.append(run)
    return dataclasses.replace(plan, runs=kept)


def following(study: Plan, plan: Plan, growth: Growth, judged: Judged, most_seeds: int) -> Step:
    """What to add to a study whose runs are all finished. More test problems come first, since they need no
    training."""
    if not judged.open:
        lacking = any(found.verdict == NOT_ENOUGH for found in judged.findings)
        return Step(None, "open for want of other arms, not of seeds" if lacking else "decided")
    if growth.test_problems is None and (size := _more_problems(plan, judged)) is not None:
        return Step(Growth(size, growth.seeds), f"{size} test problems")
    there = _counts(plan)
    names = {run.name: _arm(run) for run in plan.runs}
    arms = {names[run] for one in judged.contrasts if _by_seeds(one, most_seeds) for run in one.runs}
    if not judged.contrasts:
        return Step(None, "open for want of other arms, not of seeds")
    if not arms:
        return Step(None, f"open, and no more than {most_seeds} seeds an arm are likely to decide it")
    before, most = _counts(study), max(there[arm] for arm in arms) + (len({there[arm] for arm in arms}) == 1)
    if most > most_seeds:
        return Step(None, f"open with {most_seeds} seeds an arm; --max-seeds allows more")
    more = {arm: max(most, there[arm]) - before[arm] for arm in arms}
    kept = {arm: count for arm, count in growth.seeds.items() if arm not in more}
    step = Growth(growth.test_problems, {**kept, **more})
    return _within_hours(plan, sum(step.seeds.values()) - sum(growth.seeds.values()), step)


def _within_hours(plan: Plan, trainings: int, growth: Growth) -> Step:
    """The step, or a stop if it would exceed the study's `max_hours`, estimated from the finished runs of its
    students."""
    told = f"{trainings} more trainings"
    if plan.max_hours is None:
        return Step(growth, told)
    took = times(plan.logs.parent)
    known = [took[run.values["student"]] for run in plan.runs if run.values["student"] in took]
    cost = trainings * sum(known) / len(known) if known else 0.0
    if plan.spent_seconds + cost > plan.max_hours * 3600:
        return Step(None, f"open; {told} would pass the study's max_hours ({plan.max_hours:g})")
    return Step(growth, told)


def _by_seeds(contrast: Contrast, most: int) -> bool:
    """Whether at most `most` seeds are likely to decide the comparison."""
    if contrast.needed and contrast.seeds_told:
        return contrast.seeds_needed is not None and contrast.seeds_needed <= most
    return True


def _more_problems(plan: Plan, judged: Judged) -> int | None:
    """The number of test problems that would be enough, if the study asks only some of its benchmark's. None if all are
    asked, or if all would not be enough. Generated problems never get more, since their training problems depend on the
    number of test problems."""
    datasets = {run.values["dataset"] for run in plan.runs}
    bounds = {run.values[_TEST_PROBLEMS] for run in plan.runs}
    wanted = [one.problems_needed for one in judged.contrasts if one.problems_needed is not None]
    [bound, *others] = bounds
    if len(datasets) > 1 or others or bound is None or not wanted or not datasets <= problems.BENCHMARKS.keys():
        return None
    values, sizes = plan.runs[0].values, {"train": None, "test": None}
    found = problems.load(
        values["dataset"], Path(values["benchmarks"]), paths.REVISIONS, values["data_seed"], {**sizes}
    )
    there = len(found.problems["test"])
    size = min(there, math.ceil(max(wanted) / _ROUNDED_TO) * _ROUNDED_TO)
    return size if min(wanted) <= there and size > bound else None


def _counts(plan: Plan) -> dict[str, int]:
    counts: dict[str, int] = {}
    for run in plan.runs:
        counts[_arm(run)] = counts.get(_arm(run), 0) + 1
    return counts


def _arm(run: Combination) -> str:
    """The name of a run without its seed and its number of test problems."""
    aside = (_SEED, _TEST_PROBLEMS)
    return json.dumps({name: value for name, value in run.values.items() if name not in aside}, sort_keys=True)


def _seeds(study: Study, grid: Mapping[str, Any], base: Mapping[str, Any]) -> list[int]:
    held = grid.get(_SEED, study.params.get(_SEED, base[_SEED]))
    return held if isinstance(held, list) else [held]
