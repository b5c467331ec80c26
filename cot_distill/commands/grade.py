"""`cot-distill grade`: grades completions from any source. A judge may read those that state no answer."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.evaluation.judge import Judge

TEACHERS = Path("teachers.yaml")
_CONCURRENCY, _TIMEOUT, _TRIES = 16, 120.0, 6


def grade(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON rows: dataset, completion, gold, choices.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file for the graded rows.")],
    judge: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A model of teachers.yaml that reads completions which state no answer."),
    ] = None,
    audit: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Let the judge read N stated answers too, and report where it disagrees."
        ),
    ] = 0,
    teachers: Annotated[Path, typer.Option(metavar="FILE", help="The catalogue that names the judge.")] = TEACHERS,
) -> None:
    """Grade completions from anywhere: the same rows come out with `predicted`, `correct`, `stated` and `reason`."""
    from cot_distill.evaluation.completions import grade_lines
    from cot_distill.files import write_aside
    from cot_distill.problems.names import answer_kind_of

    if audit and judge is None:
        raise UserError("--audit N needs a judge; name one with --judge ID")
    reader = _judge(judge, teachers) if judge is not None else None
    try:
        lines = file.open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror}); name a file with a JSON object a line") from None
    counts: Counter[bool | None] = Counter()
    with lines, write_aside(out) as aside, aside.open("w", encoding="utf-8") as graded:
        rows: Iterator[dict[str, Any]] = grade_lines(lines, answer_kind_of)
        for row in rows if reader is None else _judged(list(rows), reader, audit):
            graded.write(json.dumps(row, ensure_ascii=False) + "\n")
            counts[row["correct"]] += 1
    print(f"{out}: {counts[True]} right, {counts[False]} wrong, {counts[None]} that cannot be graded")
    if not counts[True] + counts[False]:
        raise UserError(f"{file}: no row can be graded; `reason` in {out} says why")


def _judge(name: str, teachers: Path) -> "Judge":
    from cot_distill import catalogue
    from cot_distill.decoding.openai_engine import Limits
    from cot_distill.evaluation.judge import Judge

    entries = catalogue.load(teachers)
    if name not in entries:
        raise UserError(f"judge {name!r} is not in {teachers}; it has: {', '.join(entries)}")
    return Judge(name, entries[name], Limits(_CONCURRENCY, _TIMEOUT, _TRIES))


def _judged(rows: list[dict[str, Any]], judge: "Judge", audited: int) -> Iterator[dict[str, Any]]:
    """The rows. The judge's reading replaces the verdict of rows that state no answer. Prints the audit."""
    from cot_distill.evaluation.completions import case
    from cot_distill.evaluation.judge import READ_BY, Reply, audit, drawn
    from cot_distill.problems.names import answer_kind_of

    gradable = [number for number, row in enumerate(rows) if row["correct"] is not None]
    left = [number for number in gradable if not rows[number]["stated"]]
    stated = [number for number in gradable if rows[number]["stated"]]
    checked = [stated[place] for place in drawn(len(stated), audited)]
    cases = {number: case(rows[number], answer_kind_of) for number in (*left, *checked)}
    replies = [
        Reply(f"row {number + 1}", one.completion, one.kind, one.given.question or None, one.given.choices or None)
        for number, one in cases.items()
    ]
    answers = dict(zip(cases, judge.read(replies), strict=True))
    for number in left:
        answer = answers[number]
        rows[number] |= cases[number].verdict(answer, READ_BY if answer is not None else "no_answer", False)
    if checked:
        verdicts = [cases[number].verdict(answers[number], None, False) for number in checked]
        pairs = [(rows[number]["correct"], one["correct"]) for number, one in zip(checked, verdicts, strict=True)]
        print(audit(pairs), file=sys.stderr)
    yield from rows
