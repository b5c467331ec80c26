"""The rows that cannot be problems: counted by why, and told at once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from cot_distill.errors import UserError
from cot_distill.problems.row import BadRow, Place

_FIRST = 3
"""Rows of each fault that are told by number."""


class BadRows:
    """By split and reason."""

    def __init__(self) -> None:
        self.first: BadRow | None = None
        self._found: dict[str, list[tuple[str, Place]]] = defaultdict(list)

    def add(self, fault: BadRow, split: str | None) -> None:
        """Count a row; `split` is None where it was not known yet."""
        self.first = self.first or fault
        self._found[fault.reason].append((split or "train", fault.place))

    def counts(self) -> dict[str, Counter[str]]:
        """By split and reason."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for reason, rows in self._found.items():
            for split, _ in rows:
                counts[split][reason] += 1
        return counts

    def __len__(self) -> int:
        return sum(map(len, self._found.values()))

    def lines(self) -> Iterator[str]:
        """Each reason with its count and its first rows."""
        for reason, rows in sorted(self._found.items(), key=lambda item: -len(item[1])):
            numbers = ", ".join(str(place.row) for _, place in rows[:_FIRST])
            more = ", …" if len(rows) > _FIRST else ""
            yield f"{reason}: {len(rows):,} (row{'s' if len(rows) > 1 else ''} {numbers}{more})"

    def check(self) -> None:
        """Raises UserError that tells them all, where there is one."""
        if self.first is None:
            return
        if len(self) == 1:
            raise UserError(f"{self.first}; mend the row, or set own.bad_rows: drop")
        raise UserError(
            f"{self.first}; {len(self):,} rows cannot be used: {'; '.join(self.lines())}; mend them, or set "
            "own.bad_rows: drop"
        )
