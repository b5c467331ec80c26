"""Collects all differences of two sides, for the page and for JSON."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from cot_distill import catalogue
from cot_distill.diff import changes
from cot_distill.diff.accuracy import Accuracy, compare
from cot_distill.diff.changes import Change
from cot_distill.diff.gate import Gate
from cot_distill.diff.reproduce import reproduced
from cot_distill.diff.sides import Side, Sides
from cot_distill.errors import UserError
from cot_distill.tables import lock
from cot_distill.tables import notes as words
from cot_distill.tables.current import PIPELINE, Present
from cot_distill.tables.experiments import TUNED

_GRADER = "cot_distill/grading"


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """The differences of two sides whose numbers were made in the same way."""

    title: str
    """How the numbers were made."""
    metrics: list[Change]
    unchanged: int
    """The number of metrics that are the same on both sides."""
    supervision: list[Change]
    params: list[Change]
    accuracy: Accuracy | None
    notes: list[str]


def difference(title: str, base: Side, head: Side) -> Difference:
    """Compare two sides. Raises UserError if a file of metrics or params cannot be read."""
    (base_metrics, base_taught), (head_metrics, head_taught) = changes.metrics(base), changes.metrics(head)
    older, outdated = _older(base, head)
    accuracy, notes = (None, older) if older else compare(base, head, base_metrics, head_metrics)
    notes += [*outdated, *_graders(base, head)]
    return Difference(
        title=title,
        metrics=changes.changes(base_metrics, head_metrics),
        unchanged=changes.unchanged(base_metrics, head_metrics),
        supervision=changes.changes(base_taught, head_taught),
        params=changes.changes(changes.params(base), changes.params(head)),
        accuracy=accuracy,
        notes=notes,
    )


def reproduced_difference(both: Sides, profile: Mapping[str, Any]) -> Difference:
    """Run the pipeline at both commits with the params of `profile`, and compare. Raises as `reproduced` does."""
    root, params = both.base.root, ", ".join(f"{name}={value}" for name, value in profile.items())
    with (
        reproduced(root, "base", str(both.base.rev), profile) as base,
        reproduced(root, "head", both.head_commit, profile) as head,
    ):
        compared = difference("Reproduced metrics", base, head)
    compared.notes.append(f"Both commits ran here, without uncommitted changes, with {params or 'their own params'}.")
    return compared


def as_json(compared: Difference, gate: Gate | None) -> dict[str, Any]:
    """The difference as JSON values. Each change has its reading, and `gate` has the gate's outcome."""
    content = dataclasses.asdict(compared)
    for name in ("metrics", "supervision", "params"):
        content[name] = [dataclasses.asdict(change) | {"reading": change.reading} for change in getattr(compared, name)]
    outcome = "undecided"
    if gate and compared.accuracy:
        outcome = "failed" if gate.fails(compared.accuracy) else "passed"
    return content | {"gate": outcome}


def _older(*sides: Side) -> tuple[list[str], list[str]]:
    """Notes on outdated verdicts, a line for each. The first list is of verdicts made with other params than the side
    has now, so that its accuracy does not count. The second is of verdicts made by other code; these are still
    shown."""
    of_other_params, of_other_code = [], []
    for side in sides:
        stages = _stages(side)
        if stages is None:
            continue
        params = catalogue.mapping(side.text("params.yaml"), f"{side.name}: params.yaml")
        names = ", ".join(lock.made_otherwise((TUNED,), stages, params))
        if names:
            of_other_params.append(f"The verdicts of {side.name} were made with another {names}; run `dvc repro`.")
        with side.read() as files:
            behind = lock.leading_to((TUNED,), stages)
            stale = ", ".join(Present(files.repo).stale(behind, params, side.text(PIPELINE)))
        of_other_code += [f"{one}." for one in words.outdated([(side.name, stale)])]
    return of_other_params, of_other_code


def _graders(*sides: Side) -> list[str]:
    """Notes on the code that graded the verdicts, from the dvc.lock of each side."""
    graders = {side.name: _grader(side) for side in sides}
    unknown = [name for name, grader in graders.items() if grader is None]
    if unknown:
        return [f"Whether the graders differ is not known: no dvc.lock says what graded {' and '.join(unknown)}."]
    if len(set(graders.values())) > 1:
        return ["THE GRADERS DIFFER by dvc.lock: the same completion may have been read otherwise."]
    return []


def _grader(side: Side) -> str | None:
    """The hash of the code that graded the side's verdicts; None if no dvc.lock has it."""
    return next((stage.deps.get(_GRADER) for stage in _stages(side) or () if stage.makes(TUNED)), None)


def _stages(side: Side) -> list[lock.Stage] | None:
    """The stages of the side's dvc.lock; None if it cannot be read."""
    try:
        return lock.stages(side.text("dvc.lock"))
    except UserError:
        return None
