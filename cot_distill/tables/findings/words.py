"""Findings as Markdown."""

from collections.abc import Sequence

from cot_distill.tables import layout
from cot_distill.tables.findings.finding import Contrast, Finding

_COMPARED = (
    "one",
    "other",
    "n",
    "seeds",
    "accuracies",
    "difference (95% interval)",
    "p",
    "p, Holm (comparisons)",
    "what would decide it",
)


def markdown(findings: Sequence[Finding]) -> str:
    """A table of the verdicts, then each claim, its test and every comparison; rates in percent, gains in points."""
    head = layout.markdown(
        ("claim", "verdict", "effect (95% interval)", "what would decide it"),
        [tuple(map(layout.cell, (found.claim, found.verdict, effect(found), found.needed))) for found in findings],
    )
    return "\n".join([head, *(_section(found) for found in findings)])


def effect(found: Finding) -> str:
    """The decisive difference in points, with its interval and what it is of; empty without one."""
    if found.effect is None or found.low is None or found.high is None:
        return ""
    return f"{layout.points(found.effect)} ({_range(found.low, found.high)}): {found.effect_of}"


def _section(found: Finding) -> str:
    parts = [
        f"## {found.claim}\n",
        f"**{found.verdict[0].upper()}{found.verdict[1:]}.** {found.summary}\n",
        f"Test: {found.test}\n\nQuery: `cot_distill/tables/findings/{found.name}.sql`\n",
    ]
    if found.unshown:
        rows = [(layout.cell(case.where), case.verdict, *_row(case.decisive)) for case in found.cases]
        parts += [f"{found.unshown}\n", layout.markdown(("where", "verdict", *_COMPARED), rows)]
    for case in () if found.unshown else found.cases:
        parts.append(f"{case.where}: {case.verdict}. {case.summary}\n")
        if case.contrasts:
            parts.append(layout.markdown(_COMPARED, [_row(contrast) for contrast in case.contrasts]))
    if found.paper:
        rows = [
            (
                number.dataset,
                number.student or "not named",
                number.arm,
                f"{100 * number.accuracy:.1f} ± {100 * number.plus_minus:.1f}",
                "" if number.ours is None else f"{number.ours:.1%}",
                ""
                if number.ours_low is None or number.ours_high is None
                else layout.interval(number.ours_low, number.ours_high),
            )
            for number in found.paper
        ]
        parts.append(layout.markdown(("dataset", "student", "arm", "the paper", "ours", "95% interval"), rows))
    parts += [f"- {note}\n" for note in found.notes]
    return "\n".join(parts)


def _row(contrast: Contrast) -> tuple[str, ...]:
    return (
        layout.cell(contrast.one),
        layout.cell(contrast.other),
        str(contrast.n),
        str(contrast.seeds),
        f"{contrast.one_accuracy:.1%} / {contrast.other_accuracy:.1%}",
        f"{layout.points(contrast.difference)} ({_range(contrast.low, contrast.high)})",
        layout.p_value(contrast.p, contrast.seeds).removeprefix("= "),
        f"{layout.p_value(contrast.p_holm).removeprefix('= ')} ({contrast.compared})",
        layout.cell(contrast.needed),
    )


def _range(low: float, high: float) -> str:
    return f"{layout.points(low)} to {layout.points(high)}"
