"""Watches a study: what each active run is doing, on this machine or on a cluster, from its log."""

import re
import sys
import time
from collections.abc import Callable

from cot_distill.studies.plan import Plan
from cot_distill.studies.states import lines, log_of
from cot_distill.tables.layout import markdown

_STAGE = re.compile(r"Running stage '(.+)':")
_PAUSE_SECONDS = 2.0
_WIDTH = 72
_CLEARED = "\x1b[H\x1b[2J"


def watch(look: Callable[[], Plan]) -> None:
    """Print the active runs again whenever they change, until none is active. On a terminal the lines are
    overwritten."""
    before = ""
    while True:
        plan = look()
        shown = table(plan)
        if shown != before:
            print((_CLEARED if sys.stdout.isatty() else "") + shown, flush=True)
        if not any(plan.state(run) in ("running", "queued") for run in plan.runs):
            return
        before = shown
        time.sleep(_PAUSE_SECONDS)


def table(plan: Plan) -> str:
    """The active runs as Markdown, each with its stage and the last line of its log; under it, the number of runs in
    each state."""
    rows, counts = [], dict[str, int]()
    for run in plan.runs:
        state = plan.state(run)
        counts[state] = counts.get(state, 0) + 1
        if state == "running":
            said = [line.strip() for line in lines(log_of(plan.logs, run.name)) if line.strip()]
            stage = next((found[1] for line in reversed(said) if (found := _STAGE.search(line))), "")
            rows.append((run.name, stage, said[-1][-_WIDTH:] if said else ""))
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return (markdown(("run", "stage", "says"), rows) if rows else "") + f"{plan.name}: {told}"
