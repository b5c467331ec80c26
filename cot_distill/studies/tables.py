"""Gathers the runs of a study for its tables."""

import dataclasses
import json
import shlex

from cot_distill.errors import UserError
from cot_distill.studies.experiments import settings_of_others
from cot_distill.studies.plan import Plan
from cot_distill.tables.experiments import Gathered, gather


def gathered(plan: Plan) -> Gathered:
    """The study's finished runs, by their names, and their untuned students.

    Runs that are not finished are in `left_out`. Raises UserError if none is finished.
    """
    states = {run.name: plan.state(run) for run in plan.runs}
    names = {plan.experiments[name].rev: name for name, state in states.items() if state == "finished"}
    if not names:
        others = " ".join(
            f"-S {shlex.quote(f'{param}={value if isinstance(value, str) else json.dumps(value)}')}"
            for param, value in settings_of_others(plan.root, plan.runs).items()
        )
        advice = (
            f"there are runs with other params: add {others}" if others else f"run `cot-distill study run {plan.name}`"
        )
        raise UserError(f"{plan.name}: no run is finished; {advice}")
    every = gather(plan.root, revs=list(names), workspace=False)
    runs = [
        dataclasses.replace(run, run=names.get(run.rev or "", run.run) if run.role == "tuned" else run.run)
        for run in every.runs
    ]
    left_out = [f"{name}: {state}" for name, state in states.items() if state != "finished"]
    return Gathered(runs, [*every.left_out, *left_out], every.lost)
