"""Compares the accuracies of two sides by paired verdicts."""

import dataclasses
from collections.abc import Sequence

from cot_distill.diff.changes import Leaves
from cot_distill.diff.sides import Side
from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer, answers
from cot_distill.tables.paired import paired
from cot_distill.tables.runs import WORKSPACE

METRIC = "eval.accuracy"
"""The dotted name of the metric that is compared."""


@dataclasses.dataclass(frozen=True, slots=True)
class Accuracy:
    """The tuned student's accuracy on the problems that both sides were asked, as shares, with intervals at 95%."""

    n: int
    """Problems compared."""
    base: float
    base_interval: tuple[float, float]
    head: float
    head_interval: tuple[float, float]
    p: float
    """Two-sided. It and the interval are those of `evaluation.statistics.paired`."""
    difference_interval: tuple[float, float]
    """The interval of head minus base."""

    @property
    def difference(self) -> float:
        """Head minus base."""
        return self.head - self.base


def compare(base: Side, head: Side, base_metrics: Leaves, head_metrics: Leaves) -> tuple[Accuracy | None, list[str]]:
    """The comparison, or None if it is impossible, and notes for the reader (lines).

    Verdicts come from the workspace, DVC's cache or a remote, whichever has them.
    """
    absent = [side.name for side, of in ((base, base_metrics), (head, head_metrics)) if METRIC not in of]
    if absent:
        return None, [f"{METRIC} is missing in {' and '.join(absent)}."]
    verdicts, notes = [], []
    for side in (base, head):
        try:
            verdicts.append(answers(side.root, side.rev or WORKSPACE))
        except UserError as error:
            notes.append(f"No verdicts of {side.name} to pair, in workspace, cache or remote: {error}.")
    return (None, notes) if notes else _paired(*verdicts)


def _paired(base: Sequence[Answer], head: Sequence[Answer]) -> tuple[Accuracy | None, list[str]]:
    try:
        pairs = paired(head, base)
    except UserError as error:
        return None, [f"The verdicts cannot be paired: {error}."]
    notes = []
    if pairs.one_left_out + pairs.other_left_out:
        only = f"{pairs.other_left_out} problems of base and {pairs.one_left_out} of head"
        notes.append(f"THE TEST SETS DIFFER: {only} are left out of the paired comparison.")
    accuracy = Accuracy(
        n=pairs.n,
        base=pairs.other.share,
        base_interval=(pairs.other.low, pairs.other.high),
        head=pairs.one.share,
        head_interval=(pairs.one.low, pairs.one.high),
        p=pairs.p,
        difference_interval=(pairs.difference_low, pairs.difference_high),
    )
    return accuracy, notes
