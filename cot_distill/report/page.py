"""The report as one HTML file: report.html filled in, with report.css and report.js inside it."""

import base64
import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cot_distill.report.headline import Headline
from cot_distill.report.problems import Shelf, as_json
from cot_distill.tables import layout
from cot_distill.tables.findings import Finding
from cot_distill.tables.sheets import Sheet

if TYPE_CHECKING:
    from markupsafe import Markup

    from cot_distill.tables.charts import Chart

_HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of the numbers."""

    command: str
    """The command that made the page."""
    day: str
    """The date, as YYYY-MM-DD."""
    runs: Sequence[tuple[str, str]]
    """The name and the commit of every run."""
    params: str
    """The names of the params in which the runs differ."""


@dataclasses.dataclass(frozen=True, slots=True)
class Race:
    """The race of a study's arms on dev problems, and the choice."""

    study: str
    about: str
    said: Sequence[str]
    """The advice, as lines."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The arms, the leader first."""
    chart: "Chart"


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The content of a report."""

    headlines: Sequence[Headline]
    findings: Sequence[Finding]
    sheets: Sequence[Sheet]
    charts: Sequence["Chart"]
    test: Shelf
    train: Shelf
    outdated: Sequence[str]
    """Notes on runs on the dev split, and on runs that today's code would make differently (a line for each set of
    stages)."""
    left_out: Sequence[str]
    """Runs and data that could not be read, a line for each."""
    provenance: Provenance
    races: Sequence[Race] = ()


def page(content: Content) -> str:
    """The whole HTML. All text is escaped. The page can run only its own script, and cannot fetch anything."""
    import jinja2

    style, script = (_HERE.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "points": _points, "p": _p, "at": _at, "is_wide": _is_wide}
    environment.filters["told"] = _told
    return environment.get_template("report.html").render(
        content=content,
        shelves=as_json({"test": content.test, "train": content.train}),
        style=style,
        script=script,
        one_seed=layout.ONE_SEED,
        # Only this style and this script, identified by their hashes, are allowed. Nothing may be fetched.
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'",
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(difference: float) -> str:
    return layout.points(difference).replace("-", "−")


def _p(p: float) -> str:
    return f"p {layout.p_value(p)}"


def _told(line: str) -> "Markup":
    """A line of advice, in which commands are shown as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(line))))


def _is_wide(svg: str) -> bool:
    """Whether a drawing takes the whole width of the page; one of a single panel fits beside another, and a phone."""
    width = re.search(r'<svg [^>]*?width="(\d+)', svg)
    return width is not None and int(width[1]) > 560


def _at(share: float, most: float) -> str:
    """The place of a share on an axis that ends at `most`, in percent, with room for its mark at both ends."""
    return f"{2 + 96 * (share / most if most else 0):.2f}%"
