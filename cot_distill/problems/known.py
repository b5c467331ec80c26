"""The known benchmarks of benchmarks.yaml: what is known of each, and by which columns its rows are read."""

import dataclasses
from pathlib import Path
from typing import Any

from cot_distill import catalogue
from cot_distill.problems.benchmark import Facts
from cot_distill.problems.columns import Columns


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A benchmark that needs no code."""

    facts: Facts
    own: dict[str, Any]
    """Its columns on the hub."""

    def columns(self, benchmarks: Path) -> Columns:
        """By which its rows are read: from its folder below `benchmarks` where there is one, else from the hub.

        Rows that cannot be problems are dropped and counted, as everybody who uses the benchmark must.
        """
        own = {**self.own, "answer_kind": self.facts.answer_kind, "bad_rows": "drop"}
        if (benchmarks / self.facts.name).is_dir():  # whose files tell the splits by their names
            own |= {"file": self.facts.name, "config": None, "splits": None}
        else:
            own["file"] = self.facts.hub
        return Columns.model_validate(own)


def _known() -> dict[str, Known]:
    entries = catalogue.load(Path(__file__).with_name("benchmarks.yaml"))
    return {
        name: Known(
            Facts(
                *(name, each["kind"], each["train"], each["licence"], each["names"]),
                hub=each["hub"],
                secret=each.get("secret", False),
            ),
            each["own"],
        )
        for name, each in entries.items()
    }


KNOWN = _known()
"""By name, which is an id of the param `dataset`."""
