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
    """Where the numbers come from."""

    command: str
    """What made the page."""
    day: str
    """When, as YYYY-MM-DD."""
    runs: Sequence[tuple[str, str]]
    """The name and the commit of every run."""
    params: str
    """The names of the params in which the runs differ."""


@dataclasses.dataclass(frozen=True, slots=True)
class Race:
    """How a study's arms were raced on dev problems, and what was chosen."""

    study: str
    about: str
    said: Sequence[str]
    """What there is to say, a line each."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The arms, the leader first."""
    chart: "Chart"


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """What a report holds."""

    headlines: Sequence[Headline]
    findings: Sequence[Finding]
    sheets: Sequence[Sheet]
    charts: Sequence["Chart"]
    test: Shelf
    train: Shelf
    outdated: Sequence[str]
    """Runs on the dev split, and runs that the present code would make otherwise, a line for each set of stages."""
    left_out: Sequence[str]
    """Runs and data that could not be taken, a line each."""
    provenance: Provenance
    races: Sequence[Race] = ()


def page(content: Content) -> str:
    """The whole HTML. All text is escaped; the page may run its own script alone and fetch nothing."""
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
        # Only this style and this script, told by their hashes, are let in; nothing is fetched from anywhere.
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
    """A line that tells what to do, commands in it as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(line))))


def _is_wide(svg: str) -> bool:
    """Whether a drawing takes the whole width of the page; one of a single panel fits beside another, and a phone."""
    width = re.search(r'<svg [^>]*?width="(\d+)', svg)
    return width is not None and int(width[1]) > 560


def _at(share: float, most: float) -> str:
    """Where a share stands on an axis that ends at `most`, with room for its mark at both ends."""
    return f"{2 + 96 * (share / most if most else 0):.2f}%"
