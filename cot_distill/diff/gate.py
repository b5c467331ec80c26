"""Whether a change may land: not with a significant drop of accuracy past the threshold."""

import dataclasses

from cot_distill.diff.accuracy import Accuracy
from cot_distill.tables import layout


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """The threshold: a drop fails where it is larger than `max_drop` (a share) and its p-value is below `p`; without a
    p-value, where its 95% interval leaves 0 out."""

    max_drop: float
    p: float

    def fails(self, accuracy: Accuracy) -> bool:
        """Whether this is such a drop."""
        # Rounded: 0.25 - 0.23 is a hair more than 0.02 in binary.
        return round(-accuracy.difference, 9) > self.max_drop and self._sure(accuracy)

    def in_words(self, accuracy: Accuracy) -> str:
        """The outcome in one line."""
        change, sure = f"{layout.points(accuracy.difference)} points", "whose 95% interval leaves 0 out"
        if accuracy.p is not None:
            change, sure = f"{change}, p {layout.p_value(accuracy.p)}", f"with p < {self.p:g}"
        threshold = f"a drop of more than {100 * self.max_drop:g} points {sure}"
        if self.fails(accuracy):
            return f"accuracy fell: {change}; the gate stops {threshold}"
        return f"accuracy passes the gate: {change}; it stops {threshold}"

    def _sure(self, accuracy: Accuracy) -> bool:
        if accuracy.p is not None:
            return accuracy.p < self.p
        return accuracy.difference_interval[1] < 0
