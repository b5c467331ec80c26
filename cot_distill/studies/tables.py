"""The runs of a study alone, for its tables."""

import dataclasses

from cot_distill.errors import UserError
from cot_distill.studies.plan import Plan
from cot_distill.tables.experiments import Gathered, gather


def gathered(plan: Plan) -> Gathered:
    """The study's finished runs, by their names, and their untuned students.

    Runs that are not finished stand in `left_out`. Raises UserError where none is finished.
    """
    states = {run.name: plan.state(run) for run in plan.runs}
    names = {plan.experiments[name].rev: name for name, state in states.items() if state == "finished"}
    if not names:
        raise UserError(f"{plan.name}: no run is finished; run `cot-distill study run {plan.name}`")
    every = gather(plan.root, revs=list(names), workspace=False)
    runs = [
        dataclasses.replace(run, run=names.get(run.rev or "", run.run) if run.role == "tuned" else run.run)
        for run in every.runs
    ]
    left_out = [f"{name}: {state}" for name, state in states.items() if state != "finished"]
    return Gathered(runs, [*every.left_out, *left_out], every.lost)
