"""The present state of a race, kept beside DVC's own files for the report. Each round renews it."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cot_distill.files import write_text
from cot_distill.tables.charts.chart import Chart


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A race for display."""

    study: str
    about: str
    said: Sequence[str]
    """Lines of text; after the race's end, the advice."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The arms, the leader first."""
    chart: Chart
    runs: Sequence[str]
    """The names of the race's runs."""


def keep(root: Path, told: Told) -> None:
    """Keep the race's state in place of its last one."""
    write_text(_folder(root) / f"{told.study}.json", json.dumps(dataclasses.asdict(told)) + "\n")


def kept(root: Path) -> Iterator[Told]:
    """The races of a project, sorted by study. Files of another version are skipped."""
    for path in sorted(_folder(root).glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        if held.keys() == {field.name for field in dataclasses.fields(Told)}:
            yield Told(**{**held, "chart": Chart(**held["chart"])})


def _folder(root: Path) -> Path:
    return root / ".dvc" / "tmp" / "races"
