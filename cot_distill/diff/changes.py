"""The differences of two sides' metrics and params, and whether each is an improvement."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard

from cot_distill.diff.sides import Side
from cot_distill.errors import UserError

_METRICS = ("metrics/*.json", "metrics/supervision/*.json")
_BETTER_HIGH = ("accuracy", "stated_accuracy", "stated_rate", "answered_rate", "verified_rate")
_BETTER_LOW = ("truncated_rate", "unclosed_rate", "ambiguous_rate")
_STEMS = ("maj_at_", "pass_at_")
_ABSENT = object()

Leaves = dict[str, Any]
"""Values by dotted name."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between the sides; None on a side that lacks it."""

    name: str
    kind: Literal["changed", "added", "removed"]
    base: Any
    head: Any
    base_interval: tuple[float, float] | None = None
    """The interval at 95%, for a share of n problems."""
    head_interval: tuple[float, float] | None = None

    @property
    def reading(self) -> Literal["better", "worse"] | None:
        """Better or worse; None if the value is neither good nor bad, or if a side lacks it."""
        by = self.by
        return None if not by or not direction(self.name) else "better" if by * direction(self.name) > 0 else "worse"

    @property
    def by(self) -> float | None:
        """Head minus base; None if one is not a number."""
        return self.head - self.base if _number(self.base) and _number(self.head) else None


def direction(name: str) -> Literal[-1, 0, 1]:
    """1 if a higher value of the metric of that dotted name is better, -1 if a lower one is, 0 for neither."""
    last = name.rpartition(".")[2]
    if last in _BETTER_HIGH or last.startswith(_STEMS):
        return 1
    return -1 if last in _BETTER_LOW else 0


def is_share(name: str) -> bool:
    """Whether the metric of that dotted name is a share, from 0 to 1."""
    return name.rpartition(".")[2].endswith(("accuracy", "_rate")) or name.rpartition(".")[2].startswith(_STEMS)


def metrics(side: Side) -> tuple[Leaves, Leaves]:
    """All values of the side's metrics, named by file and keys (`eval.accuracy`). Returns the measured ones, and those
    of the supervision: metrics/supervision.json and the reports beside it."""
    measured: Leaves = {}
    taught: Leaves = {}
    with side.read() as files:
        for path in (path for pattern in _METRICS for path in sorted(files.glob(pattern))):
            try:
                content = json.loads(files.read_bytes(path))
            except ValueError as error:
                raise UserError(f"{side.name}: {path} is not valid JSON ({error})") from error
            except OSError as error:
                raise UserError(f"{side.name}: {path} cannot be read ({error}); run `dvc pull`") from error
            stem = path.rpartition("/")[2].removesuffix(".json")
            leaves = _leaves(content, stem) if isinstance(content, Mapping) else {stem: content}
            (taught if path.startswith("metrics/supervision") else measured).update(leaves)
    return measured, taught


def params(side: Side) -> Leaves:
    """All params that dvc.yaml names: those of params.yaml, and those of the chosen entries of the catalogues."""
    from dvc.api import params_show

    with side.read():
        return _leaves(params_show(repo=str(side.root), rev=side.rev))


def changes(base: Leaves, head: Leaves) -> list[Change]:
    """The differences, in the order of the head's values, removed ones last. Shares have their interval."""
    differing = []
    for name in [*head, *(name for name in base if name not in head)]:
        one, other = base.get(name, _ABSENT), head.get(name, _ABSENT)
        if _is_bound(name, base, head) or repr(one) == repr(other):  # NaN does not differ from NaN
            continue
        differing.append(
            Change(
                name=name,
                kind="added" if one is _ABSENT else "removed" if other is _ABSENT else "changed",
                base=None if one is _ABSENT else one,
                head=None if other is _ABSENT else other,
                base_interval=interval(name, base),
                head_interval=interval(name, head),
            )
        )
    return differing


def unchanged(base: Leaves, head: Leaves) -> int:
    """The number of values that are the same on both sides, without bounds of intervals."""
    shared = [name for name in base if name in head and not _is_bound(name, base, head)]
    return sum(repr(base[name]) == repr(head[name]) for name in shared)


def interval(name: str, leaves: Leaves) -> tuple[float, float] | None:
    """The 95% interval of a share: the file's own, else Wilson's if the file has an `n` beside it."""
    low, high = leaves.get(f"{name}_low"), leaves.get(f"{name}_high")
    if _number(low) and _number(high):
        return float(low), float(high)
    share, n = leaves.get(name), leaves.get(f"{name.rpartition('.')[0]}.n")
    if not is_share(name) or not _number(share) or not isinstance(n, int) or n < 1 or not 0 <= share <= 1:
        return None
    from cot_distill.evaluation.statistics import wilson

    return wilson(round(share * n), n)


def _is_bound(name: str, base: Leaves, head: Leaves) -> bool:
    stem = name.removesuffix("_low").removesuffix("_high")
    return stem != name and (stem in base or stem in head)


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Leaves:
    leaves: Leaves = {}
    for key, value in content.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            leaves |= _leaves(value, name)
        else:
            leaves[name] = value
    return leaves


def _number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
