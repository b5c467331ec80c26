"""A run's answers beside the problems that it was asked, from the workspace, an experiment or a commit."""

import dataclasses
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.tables.experiments import TUNED, UNTUNED
from cot_distill.tables.outs import problems_of, table

_ASKED = {"id", "question", "choices", "gold"}
_ANSWERED = {"problem_id", "completion", "gold", "predicted", "correct", "read_by", "answered", "truncated"}


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One completion: its row of the verdicts, and its problem's row of the problems, by column."""

    verdict: dict[str, Any]
    problem: dict[str, Any]


def answers(root: Path, run: str, untuned: bool = False) -> list[Answer]:
    """The answers of the trained (or the untuned) student of `run`, sorted by problem.

    Verdicts may have columns that this version does not know. Raises UserError where one of the two tables is missing
    or lacks a column, or where the verdicts are of other problems or say neither right nor wrong.
    """
    asked = problems_of(root, run)
    problems = {row["id"]: row for row in _rows(root, run, asked, _ASKED)}
    out = UNTUNED if untuned else TUNED
    found = []
    for verdict in _rows(root, run, out, _ANSWERED):
        problem = problems.get(verdict["problem_id"])
        if problem is None or problem["gold"] != verdict["gold"]:
            differing = f"{out} and {asked} differ on {verdict['problem_id']!r}"
            raise UserError(f"{run}: {differing}, so that one is older than the other; run `dvc repro`")
        if not isinstance(verdict["correct"], bool):  # a number would pass for true
            raise UserError(f"{run}: {out} does not say whether {verdict['problem_id']!r} is right; run `dvc repro`")
        found.append(Answer(verdict, problem))
    return found


def _rows(root: Path, run: str, out: str, needed: set[str]) -> list[dict[str, Any]]:
    read = table(root, run, out)
    missing = sorted(needed - set(read.column_names))
    if missing:
        raise UserError(f"{run}: {out} has no column {', '.join(map(repr, missing))}; run `dvc repro` to make it anew")
    rows: list[dict[str, Any]] = read.to_pylist()
    return rows
