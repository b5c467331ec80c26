"""The tables of a study's finished runs alone."""

from typing import Any

from cot_distill.errors import UserError
from cot_distill.studies.plan import Plan
from cot_distill.tables.compare import compare
from cot_distill.tables.experiments import gather


def rows(plan: Plan) -> list[dict[str, Any]]:
    """The rows of `compare` over the study's finished runs and their untuned students.

    Raises UserError where none is finished.
    """
    finished = {run.name for run in plan.runs if plan.state(run) == "finished"}
    if not finished:
        raise UserError(f"{plan.name}: no run is finished; `cot-distill study run {plan.name}`")
    runs = [run for run in gather(plan.repository.root, everything=True).runs if run.run in finished]
    return compare(runs)
