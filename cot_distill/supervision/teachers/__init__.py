"""Teachers, the sources of rationales: each kind of source has a module, and all share one interface."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.grading import equal
from cot_distill.records import Attempt, Problem, Rationale
from cot_distill.supervision import FORMATS, LONG_TO_SHORT, THOUGHTS, Level

if TYPE_CHECKING:
    from cot_distill.supervision.teachers.model import Calls, Generation


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Counts what became of a source's rows: `rows_in` is the sum of `rows_kept` and the counts of `dropped`."""

    rows_in: int
    rows_kept: int
    dropped: dict[str, int]
    cleaned: dict[str, int]
    """How many kept rows each cleaning rule changed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """The result of a teacher."""

    rationales: list[Rationale]
    account: Account
    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    """Every completion that was requested, if a model was asked."""


def merged(parts: Sequence[Written]) -> Written:
    """Merge results at several granularities into one."""
    accounts = [part.account for part in parts]
    dropped, cleaned = Counter[str](), Counter[str]()
    for account in accounts:
        dropped.update(account.dropped)
        cleaned.update(account.cleaned)
    rows_in, rows_kept = sum(one.rows_in for one in accounts), sum(one.rows_kept for one in accounts)
    return Written(
        [rationale for part in parts for rationale in part.rationales],
        Account(rows_in, rows_kept, dict(sorted(dropped.items())), dict(sorted(cleaned.items()))),
        [attempt for part in parts for attempt in part.attempts],
    )


class Teacher(Protocol):
    """A source of rationales. It may have none for some problems."""

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """Rationales for the training problems in the original format, at a granularity (1 to 6; THOUGHTS: its
        thoughts; None: as it writes unprompted). Rows that repeat one of the test problems are left out."""
        ...

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """The same rationales, each at its granularity, in another format."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What one teacher is asked for: rationales of these problems at these levels, and each of them in a format."""

    teacher: Teacher
    problems: Sequence[Problem]
    levels: Sequence[Level]
    format: str = "original"


def entries(file: Path) -> dict[str, dict[str, Any]]:
    """Every teacher of the catalogue `file`: id → settings."""
    return catalogue.load(file)


def build(
    teacher: str, entry: dict[str, Any], dataset: str, published: Path, generation: "Generation", calls: "Calls"
) -> Teacher:
    """The teacher of a catalogue entry, for one dataset. Raises UserError if the entry's source is unknown."""
    from cot_distill.decoding.models import describe
    from cot_distill.supervision.teachers.human import HumanTeacher
    from cot_distill.supervision.teachers.model import ModelTeacher
    from cot_distill.supervision.teachers.published import PublishedTeacher
    from cot_distill.supervision.teachers.solver.teacher import SolverTeacher

    if entry.get("source") == "solver":
        return SolverTeacher(teacher)
    if entry.get("source") == "benchmark":
        return HumanTeacher(teacher)
    if entry.get("source") == "published":
        return PublishedTeacher(teacher, entry["family"], entry.get("variant"), dataset, published)
    if entry.get("source") == "model":
        return ModelTeacher(teacher, describe(entry, f"teacher {teacher}"), generation, calls)
    raise UserError(f"teacher {teacher}: source is {entry.get('source')!r}; valid: solver, benchmark, published, model")


def objection(
    teacher: str, entry: dict[str, Any], dataset: str, levels: Sequence[Level], format: str, published: Path
) -> str | None:
    """Why a teacher cannot serve an arm with these levels; None if it can."""
    from cot_distill.decoding.models import describe
    from cot_distill.supervision.teachers import release

    if 0 in levels:
        return None
    source = entry.get("source")
    if source == "solver" and dataset != "word_problems":
        return (
            "the solver only writes for word_problems; choose another teacher, such as -S teacher=gpt_4o, -S "
            "teacher=human with -S granularity=null, or the answers alone, -S granularity=0"
        )
    if source == "solver" and None in levels:
        return "it writes at granularities 1 to 6; set one of them"
    if THOUGHTS in levels and source != "model" and (source, dataset) != ("benchmark", "own"):
        return "it has no thoughts; choose a teacher with source model"
    plain = None in levels or THOUGHTS in levels
    if source == "model" and plain and format not in (FORMATS[0], LONG_TO_SHORT):
        return f"its thoughts and unprompted texts have only the format original or {LONG_TO_SHORT}"
    if format == LONG_TO_SHORT and (source != "model" or not plain):
        return f"{LONG_TO_SHORT} is only for granularity thoughts or null"
    if source == "benchmark" and (list(levels) not in ([None], [THOUGHTS]) or format != "original"):
        return "the benchmark's own solutions have no levels and formats; set granularity null, format original"
    try:
        if source == "model":
            describe(entry, f"teacher {teacher}")
        if source == "published":
            for level in levels:
                release.find(published, dataset, entry["family"], level, "original", entry.get("variant"))
                release.find(published, dataset, entry["family"], level, format, entry.get("variant"))
    except UserError as error:
        return str(error)
    return None


def answer_only(problems: Sequence[Problem]) -> Written:
    """The rationales of an answer-only arm: empty, with the benchmark's gold as their answer."""
    taught = [record(one, "answer_only", 0, "original", "", one.gold, model="gold", revision="1") for one in problems]
    return complete(taught, len(taught))


def complete(rationales: list[Rationale], rows_in: int) -> Written:
    """The result of a source with at most one rationale for each problem, and without cleaning."""
    missing = rows_in - len(rationales)
    return Written(rationales, Account(rows_in, len(rationales), {"no_rationale": missing} if missing else {}, {}))


def record(
    problem: Problem,
    teacher: str,
    granularity: int | None,
    format: str,
    text: str,
    stated: str | None,
    *,
    model: str,
    revision: str,
    sample: int = 0,
    thoughts: bool = False,
) -> Rationale:
    """A rationale that did not come from sampling a model, verified by the problem's gold."""
    return Rationale(
        problem_id=problem.id,
        teacher=teacher,
        granularity=granularity,
        format=format,
        text=text,
        stated_answer=stated,
        verified=stated is not None and equal(stated, problem.gold, problem.answer_kind),
        model=model,
        revision=revision,
        sample=sample,
        thoughts=thoughts,
    )
