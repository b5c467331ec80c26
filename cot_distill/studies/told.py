"""What a race has told so far, kept beside DVC's own files for the report; it is renewed after each round."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cot_distill.files import write_text
from cot_distill.tables.charts.chart import Chart


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A race as it is shown."""

    study: str
    about: str
    said: Sequence[str]
    """What there is to say, a line each: once it has ended, the advice."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The arms, the leader first."""
    chart: Chart
    runs: Sequence[str]
    """The names of its runs."""


def keep(root: Path, told: Told) -> None:
    """Keep it, in place of what the study's race told before."""
    write_text(_folder(root) / f"{told.study}.json", json.dumps(dataclasses.asdict(told)) + "\n")


def kept(root: Path) -> Iterator[Told]:
    """The races of a project, by their studies' names; what another version wrote is passed over."""
    for path in sorted(_folder(root).glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        if held.keys() == {field.name for field in dataclasses.fields(Told)}:
            yield Told(**{**held, "chart": Chart(**held["chart"])})


def _folder(root: Path) -> Path:
    return root / ".dvc" / "tmp" / "races"
