"""What a reader must know beside a verdict: single seeds, unequal supervision, arms that were left out."""

import dataclasses

from cot_distill.tables import layout
from cot_distill.tables.findings.arms import Arms
from cot_distill.tables.findings.finding import Finding

_FEW = 3
"""So many cases of a kind are told one by one."""


def with_caveats(finding: Finding, arms: Arms) -> Finding:
    """The finding with notes on how its comparisons were made."""
    notes = [*finding.notes]
    contrasts = [contrast for case in finding.cases for contrast in case.contrasts]
    if any(contrast.seeds == 1 for contrast in contrasts):
        notes.append(layout.ONE_SEED)
    if len(finding.cases) == 1:
        notes.append("a single case: it says nothing of other students, datasets or teachers")
    unequal = []
    for case in finding.cases:
        examples = sorted({count for contrast in case.contrasts for count in contrast.examples})
        if len(examples) > 1:
            unequal.append(f"{case.where}: the arms were trained on {examples[0]} to {examples[-1]} examples")
    if len(unequal) > _FEW:
        unequal = [
            f"in {len(unequal)} of {len(finding.cases)} cases the arms were trained on other numbers of examples"
        ]
    notes += unequal
    return dataclasses.replace(finding, notes=(*notes, *arms.notes))
