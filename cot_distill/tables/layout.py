"""How tables are laid out as Markdown, and how their numbers are written."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from cot_distill.visible import escape

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"<": "$<$", ">": "$>$", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}"}
)
ONE_SEED = (
    "one seed: the student was trained once; p and interval cover the draw of test problems alone, and another seed "
    "may overturn them"
)
"""What `one seed` beside a p means."""


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up in plain text too."""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in [header, ["-" * width for width in widths], *rows]
    ]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text for a cell of `markdown`, which it cannot leave; the end of a line becomes `\\n`, and what would not be seen
    or would steer a terminal is spelled out: models write it."""
    text = text.replace("|", "\\|").replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return text if text.isprintable() else escape(text)


def latex(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A LaTeX table for the package booktabs."""
    body = [" & ".join(cell.translate(_LATEX) for cell in line) + " \\\\" for line in [header, *rows]]
    lines = [f"\\begin{{tabular}}{{{'l' * len(header)}}}", "\\toprule", body[0], "\\midrule", *body[1:]]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def as_csv(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """CSV with these cells, lists parted by spaces."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_listed(value) for value in row] for row in rows)
    return out.getvalue()


def _listed(value: Any) -> Any:
    return " ".join("" if one is None else str(one) for one in value) if isinstance(value, list) else value


def interval(low: float, high: float) -> str:
    """Two shares, in percent."""
    return f"{low:.1%} to {high:.1%}"


def points(difference: float) -> str:
    """A difference of two shares, in percentage points; one that rounds to nothing has a plus."""
    rounded = round(100 * difference, 1)
    return f"{rounded or 0.0:+.1f}"


def p_value(p: float, seeds: int | None = None) -> str:
    """A p-value behind its relation sign, and that it is of one seed, where that is all that an arm has."""
    told = "< 0.001" if p < 0.001 else f"= {p:.3f}"
    return f"{told}, one seed" if seeds == 1 else told
