"""Two runs on the problems that both were asked: how far they are apart, and how sure that is."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean

from cot_distill.errors import UserError
from cot_distill.evaluation import statistics
from cot_distill.tables import layout
from cot_distill.tables.answers import Answer


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """The 2×2 table over the shared problems, each answered once by both runs."""

    both_right: int
    only_one_right: int
    only_other_right: int
    both_wrong: int


@dataclasses.dataclass(frozen=True, slots=True)
class Accuracy:
    """One run's accuracy on the shared problems."""

    right: int
    """Right answers, over all samples."""
    share: float
    low: float
    high: float
    """Its 95% interval, over problems."""


@dataclasses.dataclass(frozen=True, slots=True)
class Paired:
    """Two runs on the problems that they share; with several samples a problem counts by its share of right ones."""

    n: int
    """How many problems they share."""
    one: Accuracy
    other: Accuracy
    difference: float
    """Accuracy of the one minus that of the other, as a share."""
    difference_low: float
    difference_high: float
    """Its interval at 95%."""
    p: float
    """Two-sided; see `evaluation.statistics.paired`, which gives interval and p."""
    counts: Counts | None
    """None where a run has several samples a problem."""
    one_left_out: int
    other_left_out: int
    """How many problems only one of the runs was asked."""


def paired(one: Sequence[Answer], other: Sequence[Answer]) -> Paired:
    """Compare two runs on the problems that both were asked: equal in id, question, choices and gold.

    Raises UserError where they share none, where a run has the same sample of a problem twice, or has more samples of
    some problems than of others.
    """
    all_of_one, all_of_other = _right(one), _right(other)
    shared = sorted(set(all_of_one) & set(all_of_other))
    if not shared:
        raise UserError("the two runs share no test problem; only runs on the same problems can be compared")
    right_one, right_other = ([answers[problem] for problem in shared] for answers in (all_of_one, all_of_other))
    differences = [fmean(right) - fmean(other) for right, other in zip(right_one, right_other, strict=True)]
    found = statistics.paired(sum(differences), sum(one * one for one in differences), len(shared))
    return Paired(
        n=len(shared),
        one=_accuracy(right_one),
        other=_accuracy(right_other),
        difference=float(found.difference),
        difference_low=float(found.low),
        difference_high=float(found.high),
        p=float(found.p),
        counts=_counts(right_one, right_other),
        one_left_out=len(all_of_one) - len(shared),
        other_left_out=len(all_of_other) - len(shared),
    )


def in_words(found: Paired, one: str, other: str) -> str:
    """The comparison as text, the two runs named."""
    parts = [
        _test_sets(found, one, other),
        layout.markdown(
            ("run", "right", "accuracy", "95% interval"),
            [
                (name, str(this.right), f"{this.share:.1%}", layout.interval(this.low, this.high))
                for name, this in ((one, found.one), (other, found.other))
            ],
        ),
        f"{one} minus {other}: {layout.points(found.difference)} points, 95% interval "
        f"{layout.points(found.difference_low)} to {layout.points(found.difference_high)}, "
        f"p {layout.p_value(found.p, seeds=1)}\n"
        "(paired t-test over problems; one comparison, so p is not adjusted)\n"
        f"({layout.ONE_SEED})\n",
    ]
    if found.counts:
        rows = [
            (f"{one} right", str(found.counts.both_right), str(found.counts.only_one_right)),
            (f"{one} wrong", str(found.counts.only_other_right), str(found.counts.both_wrong)),
        ]
        parts.append(layout.markdown(("problems", f"{other} right", f"{other} wrong"), rows))
    return "\n".join(parts)


def _test_sets(found: Paired, one: str, other: str) -> str:
    if not found.one_left_out + found.other_left_out:
        return f"{found.n} test problems, the same for both\n"
    return (
        f"THE TEST SETS DIFFER: what follows is on the {found.n} problems that both were asked;\n"
        f"{found.one_left_out} more of {one} and {found.other_left_out} more of {other} are left out\n"
    )


def _accuracy(right: Sequence[Sequence[bool]]) -> Accuracy:
    share, low, high = statistics.with_interval([fmean(samples) for samples in right], len(right[0]))
    return Accuracy(sum(map(sum, right)), share, low, high)


def _counts(one: Sequence[Sequence[bool]], other: Sequence[Sequence[bool]]) -> Counts | None:
    if len(one[0]) > 1 or len(other[0]) > 1:
        return None
    counts = Counter((left[0], right[0]) for left, right in zip(one, other, strict=True))
    return Counts(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _right(answers: Sequence[Answer]) -> dict[tuple[object, ...], list[bool]]:
    """Which samples of each problem are right; what is asked is part of the key, for ids may be those of other data."""
    right: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    seen: set[tuple[object, ...]] = set()
    for answer in answers:
        problem = answer.problem
        key = problem["id"], problem["question"], tuple(problem["choices"] or ()), problem["gold"]
        sample = (*key, answer.verdict.get("sample", 0))
        if sample in seen:
            raise UserError(f"problem {problem['id']!r} is there twice among the answers of a run; run `dvc repro`")
        seen.add(sample)
        right[key].append(bool(answer.verdict["correct"]))
    if len({len(samples) for samples in right.values()}) > 1:
        raise UserError("a run has more samples of some problems than of others; run `dvc repro`")
    return right
