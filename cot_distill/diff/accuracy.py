"""How far the accuracies of two sides are apart, and how sure that is: paired where the verdicts are at hand."""

import dataclasses
from collections.abc import Sequence

from cot_distill.diff.changes import Leaves, interval
from cot_distill.diff.sides import Side
from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer, answers
from cot_distill.tables.paired import paired
from cot_distill.tables.runs import WORKSPACE

METRIC = "eval.accuracy"
"""What is compared, by its dotted name."""
PAIRED, UNPAIRED = "paired", "unpaired"


@dataclasses.dataclass(frozen=True, slots=True)
class Accuracy:
    """The tuned student's accuracy on both sides; shares, intervals at 95%."""

    method: str
    """`paired`: on the problems that both were asked, by exact McNemar and the paired bootstrap. `unpaired`: Fisher's
    exact test of the counts in metrics/eval.json, which needs no verdicts and finds less."""
    n: int
    """Problems compared."""
    base: float
    base_interval: tuple[float, float]
    head: float
    head_interval: tuple[float, float]
    p: float | None
    """Two-sided; None paired with several samples a problem, of which McNemar's test knows nothing."""
    difference_interval: tuple[float, float] | None
    """Of head minus base; None unpaired."""

    @property
    def difference(self) -> float:
        """Head minus base."""
        return self.head - self.base


def compare(base: Side, head: Side, base_metrics: Leaves, head_metrics: Leaves) -> tuple[Accuracy | None, list[str]]:
    """The accuracies compared, or None where they cannot be, and what a reader must know (lines).

    Verdicts come from the workspace, DVC's cache or a remote, whichever has them.
    """
    absent = [side.name for side, of in ((base, base_metrics), (head, head_metrics)) if METRIC not in of]
    if absent:
        return None, [f"{METRIC} is missing in {' and '.join(absent)}."]
    found, notes = [], []
    for side in (base, head):
        try:
            found.append(answers(side.root, side.rev or WORKSPACE))
        except UserError as error:
            notes.append(f"No verdicts of {side.name} to pair, in workspace, cache or remote: {error}.")
    if notes:
        unpaired = _unpaired(base_metrics, head_metrics)
        return unpaired, notes if unpaired else [*notes, "Nor do both have accuracies of as many problems to compare."]
    return _paired(*found)


def _paired(base: Sequence[Answer], head: Sequence[Answer]) -> tuple[Accuracy | None, list[str]]:
    try:
        found = paired(head, base)
    except UserError as error:
        return None, [f"The verdicts cannot be paired: {error}."]
    notes = []
    if found.one_left_out + found.other_left_out:
        only = f"{found.other_left_out} problems of base and {found.one_left_out} of head"
        notes.append(f"THE TEST SETS DIFFER: {only} are left out of the paired comparison.")
    told = Accuracy(
        method=PAIRED,
        n=found.n,
        base=found.other.share,
        base_interval=(found.other.low, found.other.high),
        head=found.one.share,
        head_interval=(found.one.low, found.one.high),
        p=found.counts.p if found.counts else None,
        difference_interval=(found.difference_low, found.difference_high),
    )
    return told, notes


def _unpaired(base: Leaves, head: Leaves) -> Accuracy | None:
    """Of as many problems on both sides; None where the metrics do not say so."""
    from scipy.stats import fisher_exact

    n = base.get("eval.n")
    base_interval, head_interval = interval(METRIC, base), interval(METRIC, head)
    if not isinstance(n, int) or n < 1 or head.get("eval.n") != n or not base_interval or not head_interval:
        return None
    right = [round(leaves[METRIC] * n) for leaves in (base, head)]
    p = float(fisher_exact([[count, n - count] for count in right]).pvalue)
    return Accuracy(UNPAIRED, n, base[METRIC], base_interval, head[METRIC], head_interval, p, None)
