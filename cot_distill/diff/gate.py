"""The gate: a change must not have a significant drop of accuracy beyond the threshold."""

import dataclasses

from cot_distill.diff.accuracy import Accuracy
from cot_distill.tables import layout


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """The threshold. A drop fails if it is larger than `max_drop` (a share) and its p-value is below `p`."""

    max_drop: float
    p: float

    def fails(self, accuracy: Accuracy) -> bool:
        """Whether this is such a drop."""
        # Rounded, since 0.25 - 0.23 is slightly more than 0.02 in binary.
        return round(-accuracy.difference, 9) > self.max_drop and accuracy.p < self.p

    def in_words(self, accuracy: Accuracy) -> str:
        """The outcome in one line."""
        change = f"{layout.points(accuracy.difference)} points, p {layout.p_value(accuracy.p, seeds=1)}"
        threshold = f"a drop of more than {100 * self.max_drop:g} points with p < {self.p:g}"
        if self.fails(accuracy):
            return f"accuracy fell: {change}; the gate stops {threshold}"
        return f"accuracy passes the gate: {change}; it stops {threshold}"
