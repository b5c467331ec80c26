"""The paper's recovered numbers beside ours of the same cell."""

import dataclasses
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cot_distill.supervision import in_words
from cot_distill.tables.findings.arms import Arm, Arms
from cot_distill.tables.findings.finding import Finding, PaperNumber

_FILE = Path(__file__).parents[1] / "paper.yaml"


def with_paper(finding: Finding, arms: Arms) -> Finding:
    """The finding with the paper's numbers of every cell that we have too.

    A number whose student is not named is shown wherever its dataset is, without one of ours beside it.
    """
    shown = []
    for entry in YAML(typ="safe").load(_FILE):
        if finding.name in entry["findings"]:
            shown += [number for number in _numbers(entry, list(arms.by_id.values()))]
    return dataclasses.replace(finding, paper=tuple(shown))


def _numbers(entry: dict[str, Any], arms: list[Arm]) -> list[PaperNumber]:
    ours = [
        arm
        for arm in arms
        if arm.dataset == entry["dataset"]
        and arm.teacher in entry["teachers"]
        and arm.format == "original"
        and not arm.selection
    ]
    numbers = []
    for student, by_level in entry["accuracy"].items():
        for level, percent in by_level.items():
            same = [arm for arm in ours if student in (None, arm.student) and arm.granularity == str(level)]
            beside: list[Arm | None] = [None] if student is None and same else [*same]
            for arm in beside:
                numbers.append(
                    PaperNumber(
                        dataset=entry["dataset"],
                        student=student,
                        arm=in_words(level),
                        accuracy=percent / 100,
                        plus_minus=entry["plus_minus"] / 100,
                        ours=arm.accuracy if arm else None,
                        ours_low=arm.accuracy_low if arm else None,
                        ours_high=arm.accuracy_high if arm else None,
                    )
                )
    return numbers
