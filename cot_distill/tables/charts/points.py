"""The rows that charts draw: an arm a point, with its interval."""

from collections.abc import Iterable
from typing import Any

from cot_distill.supervision import in_words
from cot_distill.tables.findings.arms import Arm, Arms


def groups(arms: Arms) -> list[tuple[str, list[Arm]]]:
    """A name and the arms of each set of problems: students may stand in one picture only if asked the same."""
    by_asked: dict[int, dict[int, Arm]] = {}
    for arm in arms.by_id.values():
        if arm.role == "tuned":
            numbers = [number for number in (arm.untuned_arm, arm.arm) if number in arms.by_id]
            by_asked.setdefault(arm.asked, {}).update((number, arms.by_id[number]) for number in numbers)
    seen: dict[str, int] = {}
    named = []
    for of_asked in by_asked.values():
        group = [*of_asked.values()]
        dataset = group[0].dataset
        seen[dataset] = seen.get(dataset, 0) + 1
        named.append((dataset if seen[dataset] == 1 else f"{dataset}-{seen[dataset]}", group))
    return named


def point(arm: Arm) -> dict[str, Any]:
    """What a chart may draw of an arm; rates are shares."""
    return {
        "student": arm.student,
        "teacher": arm.taught_by,
        "granularity": arm.granularity,
        "level": in_words(arm.granularity),
        "format": (arm.format or "").replace("_", " "),
        "accuracy": arm.accuracy,
        "low": arm.accuracy_low,
        "high": arm.accuracy_high,
        "verified_rate": arm.verified_rate,
        "mean_words": arm.mean_words,
    }


def levelled(arm: Arm) -> bool:
    """Whether it was taught one of the levels, as written."""
    return (
        arm.format == "original"
        and arm.granularity is not None
        and arm.granularity.isdigit()
        and arm.granularity != "0"
    )


def as_written(arm: Arm) -> bool:
    """Whether it was taught chains of thought that no format laid out anew."""
    return arm.teacher is not None and arm.format == "original"


def ordered(values: Iterable[str | None]) -> list[str]:
    """The values that are there, each once, in alphabetical order."""
    return sorted({value for value in values if value is not None})


def what_was_asked(group: list[Arm]) -> str:
    """The test in words, for a subtitle."""
    return f"{group[0].dataset}, {len(group[0].shares):,} {group[0].split} problems; bars are 95% intervals"
