"""Two runs on the problems that both were asked: how far they are apart, and how sure that is."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

from cot_distill.errors import UserError
from cot_distill.grading.statistics import bootstrap, mcnemar, wilson
from cot_distill.tables import layout
from cot_distill.tables.answers import Answer


@dataclasses.dataclass(frozen=True, slots=True)
class Paired:
    """The 2×2 table over the shared problems, and how many problems only one of the runs was asked."""

    both_right: int
    only_one_right: int
    only_other_right: int
    both_wrong: int
    difference: float
    """Accuracy of the one minus that of the other, as a share."""
    difference_low: float
    difference_high: float
    """The paired bootstrap interval at 95%."""
    p: float
    """Exact McNemar, two-sided."""
    one_left_out: int
    other_left_out: int

    @property
    def n(self) -> int:
        """How many problems they share."""
        return self.both_right + self.only_one_right + self.only_other_right + self.both_wrong


def paired(one: Sequence[Answer], other: Sequence[Answer]) -> Paired:
    """Compare two runs on the problems that both were asked: equal in id, question, choices and gold.

    Raises UserError where they share none, or where a run answered a problem several times.
    """
    right_one, right_other = _right(one), _right(other)
    shared = sorted(set(right_one) & set(right_other))
    if not shared:
        raise UserError("the two runs share no test problem; only runs on the same problems can be compared")
    counts = Counter((right_one[problem], right_other[problem]) for problem in shared)
    differences = [right_one[problem] - right_other[problem] for problem in shared]
    low, high = bootstrap(differences)
    return Paired(
        both_right=counts[True, True],
        only_one_right=counts[True, False],
        only_other_right=counts[False, True],
        both_wrong=counts[False, False],
        difference=sum(differences) / len(differences),
        difference_low=low,
        difference_high=high,
        p=mcnemar(counts[True, False], counts[False, True]),
        one_left_out=len(right_one) - len(shared),
        other_left_out=len(right_other) - len(shared),
    )


def in_words(found: Paired, one: str, other: str) -> str:
    """The comparison as text, the two runs named."""
    parts = [
        _test_sets(found, one, other),
        layout.markdown(
            ("run", "right", "accuracy", "95% interval"),
            [
                _accuracy(one, found.both_right + found.only_one_right, found.n),
                _accuracy(other, found.both_right + found.only_other_right, found.n),
            ],
        ),
        f"{one} minus {other}: {layout.points(found.difference)} points, 95% interval "
        f"{layout.points(found.difference_low)} to {layout.points(found.difference_high)} (paired bootstrap)\n"
        f"McNemar's exact p {layout.p_value(found.p)}\n",
        layout.markdown(
            ("problems", f"{other} right", f"{other} wrong"),
            [
                (f"{one} right", str(found.both_right), str(found.only_one_right)),
                (f"{one} wrong", str(found.only_other_right), str(found.both_wrong)),
            ],
        ),
    ]
    return "\n".join(parts)


def _test_sets(found: Paired, one: str, other: str) -> str:
    if not found.one_left_out + found.other_left_out:
        return f"{found.n} test problems, the same for both\n"
    return (
        f"THE TEST SETS DIFFER: what follows is on the {found.n} problems that both were asked;\n"
        f"{found.one_left_out} more of {one} and {found.other_left_out} more of {other} are left out\n"
    )


def _accuracy(run: str, right: int, n: int) -> tuple[str, ...]:
    return run, str(right), f"{right / n:.1%}", layout.interval(*wilson(right, n))


def _right(answers: Sequence[Answer]) -> dict[tuple[object, ...], bool]:
    """Whether each problem was answered right; what is asked is part of its key, for ids may be those of other data."""
    right: dict[tuple[object, ...], bool] = {}
    for answer in answers:
        problem = answer.problem
        key = problem["id"], problem["question"], tuple(problem["choices"] or ()), problem["gold"]
        if key in right:
            raise UserError(f"problem {problem['id']!r} was answered several times; only single answers can be paired")
        right[key] = bool(answer.verdict["correct"])
    return right
