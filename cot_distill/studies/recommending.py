"""Recommends an arm: races a study's arms on the dev split, and asks only the chosen one the test split.

Each training is a run of the study, an experiment that is found again after a stop. cot_distill/studies/race/ decides
which trainings come next.
"""

import dataclasses
import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cot_distill.errors import UserError
from cot_distill.evaluation.statistics import accuracy_interval
from cot_distill.studies.cost import training
from cot_distill.studies.grid import Combination, Study
from cot_distill.studies.plan import Plan
from cot_distill.studies.race.choice import Choice, choose
from cot_distill.studies.race.evidence import Values, of_one_arm
from cot_distill.studies.race.race import Pull, Race, Rules, run
from cot_distill.tables.experiments import TUNED
from cot_distill.tables.outs import table
from cot_distill.tables.revisions import Revision, texts

SEEDS = 3
"""How many training seeds a study has that names none."""
_SPLIT, _SEED = "evaluation.split", "seed"
_SUPERVISION, _PREDICTORS = "metrics/supervision.json", "metrics/predictors.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Spending:
    """The cost of an arm, in tokens."""

    training: int | None
    """The tokens of one training, over all epochs; None if its metrics do not say."""
    answer: float
    """The mean tokens of an answer."""


class Answered(NamedTuple):
    """The answers of a finished run."""

    problems: tuple[str, ...]
    right: Values
    """The share of right answers to each problem."""
    spending: Spending


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A study in the form that is raced."""

    plan: Plan
    arms: tuple[str, ...]
    """The arms' names: those of their runs without seed and split."""
    seeds: int
    runs: dict[str, dict[Pull, Combination]]
    """Split → every possible run."""

    def of(self, split: str, pulls: Sequence[Pull]) -> Plan:
        """The plan of only these runs."""
        return dataclasses.replace(self.plan, runs=[self.runs[split][pull] for pull in pulls])

    @property
    def grid(self) -> int:
        """The number of trainings of the whole grid."""
        return len(self.arms) * self.seeds

    def rules(self, budget: float) -> Rules:
        """The rules of a race that may spend the share `budget` of all trainings, rounded. Raises UserError if it is
        too little."""
        trainings = min(round(budget * self.grid), self.grid)
        if trainings < len(self.arms):
            raise UserError(
                f"--budget {budget:g} is {trainings} of {len(self.arms)} x {self.seeds} trainings, and each of the "
                f"{len(self.arms)} arms takes one; give at least {_up(1 / self.seeds)}, or --trust-predictor"
            )
        return Rules(self.arms, self.seeds, trainings)

    def trusting(self, budget: float, surprisal: Mapping[str, float]) -> Rules:
        """The rules of a race of the half of the arms that surprises the untuned student least, and of no more arms
        than the budget can train. Raises UserError if the budget is below two trainings."""
        trainings = round(budget * self.grid)
        arms = sorted(self.arms, key=lambda arm: (surprisal[arm], self.arms.index(arm)))
        kept = tuple(arms[: min(trainings, max(2, -(-len(arms) // 2)))])
        if len(kept) < 2:
            raise UserError(f"--budget {budget:g} is {trainings} of {self.grid} trainings; a choice takes two")
        return Rules(kept, self.seeds, min(trainings, len(kept) * self.seeds))


@dataclasses.dataclass(frozen=True, slots=True)
class OnTest:
    """The results of the chosen arm's students on the test problems, on which no choice was made."""

    accuracy: float
    low: float
    high: float
    problems: int
    seeds: int


def raced(base: Mapping[str, Any], chosen: Mapping[str, Any]) -> Callable[[Study], Study]:
    """A function that prepares a study for a race: it adds `SEEDS` seeds if the study names none, and both splits.
    Raises UserError if the command line sets the split."""
    if _SPLIT in chosen:
        raise UserError(f"-S {_SPLIT}: a race asks both splits, dev to choose and test in the end; leave it out")

    def adapt(study: Study) -> Study:
        grids = []
        for one in study.grids:
            seed = chosen.get(_SEED, one.get(_SEED, study.params.get(_SEED, base[_SEED])))
            several = isinstance(seed, list) or _SEED in chosen
            grids.append({**one, _SEED: seed if several else [seed + n for n in range(SEEDS)], _SPLIT: ["dev", "test"]})
        return study.model_copy(update={"grids": grids})

    return adapt


def field(plan: Plan, only: str | None) -> Field:
    """The field of a plan whose study was prepared by `raced`. `only` is a pattern of arms' names.

    Raises UserError if fewer than two arms are left, or if arms differ in dataset, student or number of seeds.
    """
    names: dict[str, str] = {}
    runs: dict[str, dict[Pull, Combination]] = {"dev": {}, "test": {}}
    taken: dict[tuple[str, str], int] = {}
    for one in plan.runs:
        same = {param: value for param, value in one.changes.items() if param not in (_SEED, _SPLIT)}
        seed, split = one.changes[_SEED], one.changes[_SPLIT]
        arm = names.setdefault(json.dumps(same, sort_keys=True), one.name.replace(f"-seed_{seed}-{split}", ""))
        if only is None or fnmatch.fnmatchcase(arm, only):
            number = taken.get((arm, split), 0)
            taken[arm, split] = number + 1
            runs[split][arm, number] = one
    arms = tuple(dict.fromkeys(arm for arm, _ in runs["dev"]))
    told = "" if only is None else f" that match {only}"
    if len(arms) < 2:
        raise UserError(f"{plan.name} has {len(arms)} arms{told}; a choice takes two")
    for param in ("dataset", "student"):
        values = list(dict.fromkeys(str(one.values[param]) for one in runs["dev"].values()))
        if len(values) > 1:
            raise UserError(
                f"{plan.name} has arms{told} of {len(values)} {param}s ({', '.join(values)}), which do not compare; "
                "choose those of one with --only PATTERN"
            )
    seeds = {arm: sum(one == arm for one, _ in runs["dev"]) for arm in arms}
    if len(set(seeds.values())) > 1:
        few, many = min(arms, key=seeds.__getitem__), max(arms, key=seeds.__getitem__)
        raise UserError(f"{plan.name} has {seeds[few]} seeds of {few} and {seeds[many]} of {many}; give all as many")
    return Field(plan, arms, seeds[arms[0]], runs)


class Answers:
    """The answers of finished runs. Each run is read once."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._known: dict[tuple[str, Pull], Answered] = {}

    def look(self, plan: Plan) -> None:
        """Read the answers of the runs that are finished by now."""
        finished = {run.name for run in plan.runs if plan.state(run) == "finished"}
        for split, runs in self._field.runs.items():
            for pull, one in runs.items():
                if one.name in finished and (split, pull) not in self._known:
                    self._known[split, pull] = _answered(plan.root, plan.experiments[one.name].rev, one)

    def on(self, split: str) -> dict[Pull, Values]:
        """Each training's shares of right answers. Raises UserError if runs were asked different problems."""
        found = {pull: one for (where, pull), one in self._known.items() if where == split}
        if len({one.problems for one in found.values()}) > 1:
            raise UserError(f"the runs of {self._field.plan.name} were not asked the same {split} problems")
        return {pull: one.right for pull, one in found.items()}

    def spending(self) -> dict[str, Spending]:
        """The cost of each arm that has a finished run, as the mean over its seeds."""
        by_arm: dict[str, list[Spending]] = {}
        for (split, (arm, _)), one in self._known.items():
            if split == "dev":
                by_arm.setdefault(arm, []).append(one.spending)
        return {
            arm: Spending(found[0].training, float(np.mean([one.answer for one in found])))
            for arm, found in by_arm.items()
        }


def race(
    field: Field, rules: Rules, answers: Answers, train: Callable[[Plan], Plan], tell: Callable[[Race], None]
) -> Race:
    """Race the arms to the end. `train` makes the runs of a plan and returns the plan with their results. `tell` is
    called with the race after each round. Raises UserError if a run that was made cannot be found."""
    answers.look(field.plan)
    known = run(rules, answers.on("dev"))
    if known.rounds:
        tell(known)
    while known.wanted:
        wanted = field.of("dev", known.wanted)
        answers.look(train(wanted))
        done = run(rules, answers.on("dev"))
        if set(done.wanted) & set(known.wanted):
            raise UserError("params or code have changed since the race began; run the same command again")
        known = done
        tell(known)
    return known


def surprisals(field: Field, predict: Callable[[Plan], Mapping[str, str]]) -> dict[str, float]:
    """The surprisal of each arm's examples for the untuned student. `predict` runs the stage `predict` for the runs of
    a plan, and returns their commits by name. Raises UserError if the metrics have no surprisal."""
    firsts = {arm: field.runs["dev"][arm, 0].name for arm in field.arms}
    revs = predict(field.of("dev", [(arm, 0) for arm in field.arms]))
    held = texts(
        field.plan.root, [Revision(revs[name], "commit", revs[name]) for name in firsts.values()], [_PREDICTORS]
    )
    told = {arm: json.loads(one.get(_PREDICTORS, "{}")).get("surprisal") for arm, one in zip(firsts, held, strict=True)}
    if unknown := [arm for arm, value in told.items() if value is None]:
        raise UserError(f"{_PREDICTORS} of {unknown[0]} tells no surprisal")
    return told


def chosen(known: Race, spending: Mapping[str, Spending]) -> Choice:
    """The arm to choose after a race."""
    return choose(known.places, {arm: one.answer for arm, one in spending.items()})


def on_test(field: Field, choice: Choice, answers: Answers, train: Callable[[Plan], Plan]) -> OnTest:
    """Ask the chosen arm's students the test problems. Their trainings come from DVC's cache."""
    pulls = [(choice.chosen.arm, number) for number in range(choice.chosen.seeds)]
    answers.look(train(field.of("test", pulls)))
    rights = answers.on("test")
    if missing := [pull for pull in pulls if pull not in rights]:
        raise UserError(f"{field.runs['test'][missing[0]].name} is not there; run the same command again")
    shares = np.stack([rights[pull] for pull in pulls])
    seeds, problems = shares.shape
    mean = shares.mean(axis=0)
    low, high = accuracy_interval(mean.mean(), mean.var(), problems, shares.size, of_one_arm(shares), seeds)
    return OnTest(float(mean.mean()), float(low), float(high), problems, seeds)


def _answered(root: Path, rev: str, one: Combination) -> Answered:
    rows = table(root, rev, TUNED).select(["problem_id", "correct", "new_tokens"]).to_pylist()
    right: dict[str, list[bool]] = {}
    for row in rows:
        right.setdefault(row["problem_id"], []).append(row["correct"])
    problems = tuple(sorted(right))
    shares = np.array([np.mean(right[problem]) for problem in problems])
    held = next(texts(root, [Revision(rev, "commit", rev)], [_SUPERVISION]))
    told = json.loads(held.get(_SUPERVISION, "{}"))
    known = {"examples", "mean_tokens"} <= told.keys()
    trained = round(told["examples"] * told["mean_tokens"] * training(one)["epochs"]) if known else None
    return Answered(problems, shares, Spending(trained, float(np.mean([row["new_tokens"] for row in rows]))))


def _up(share: float) -> str:
    return f"{np.ceil(100 * share) / 100:g}"
