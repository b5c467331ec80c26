"""Your own problems: rows of a file, of many, or of a data set on the hub, whose columns `Columns` names.

    question,answer,part                     dataset: own
    "How many legs have 3 cats?",12,train    own: {file: cats.csv}

With a column of rationales several rows may ask the same: each brings one rationale of the same problem.
"""

import dataclasses
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase

from cot_distill.errors import UserError
from cot_distill.memory import without_cycles
from cot_distill.problems.answers import Asked, form_of, golds_of, kind_of, said, selected
from cot_distill.problems.asking import asker
from cot_distill.problems.bad_rows import BadRows
from cot_distill.problems.benchmark import hash_of
from cot_distill.problems.columns import Columns
from cot_distill.problems.decimal_commas import with_points
from cot_distill.problems.detecting import detected
from cot_distill.problems.offered import letter
from cot_distill.problems.parts import DEV, Part, check_whole, counted, parts, renamed
from cot_distill.problems.positions import one_sided, shuffled
from cot_distill.problems.questions import key
from cot_distill.problems.row import BadRow, Place
from cot_distill.problems.unfolding import unfolded
from cot_distill.records import SPLITS, Problem

OWN = "own"
"""What the param `dataset` calls them."""
_HELD_OUT = 5
"""Where nothing names a split, one problem in five is a test problem."""
_ORDER = {"test": 0, DEV: 1, "train": 2, None: 2}

Right = str | tuple[int, ...] | None
"""What is right in a row: the gold, the places of the right choices, or nothing that can be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Brought:
    """What your data hold."""

    problems: list[Problem]
    columns: Columns
    """With what was found out filled in."""
    bad: BadRows
    drawn: bool
    """Whether the test problems were drawn, since nothing names splits."""
    notes: list[str]
    """What else there is to tell: what is set aside, and how many problems offer a choice twice."""

    def check_positions(self) -> None:
        """Raises UserError where nearly all golds of a split are one letter: the right choice may be listed first."""
        lettered = [problem for problem in self.problems if problem.answer_kind == "letter"]
        for splits in (SPLITS, *([split] for split in SPLITS)):
            found = one_sided([problem for problem in lettered if problem.split in splits])
            if found:
                which = "" if len(splits) > 1 else f"{splits[0]} "
                raise UserError(
                    f"{self.columns.file}: {found[1]} of {found[2]} {which}answers are choice {found[0]}, so that "
                    f"always answering {found[0]} solves it; set own.shuffle_choices: true, or order each row's "
                    "choices at random"
                )


@without_cycles()
def load(
    folder: Path,
    columns: Columns,
    seed: int,
    revisions: Path | None = None,
    parted: bool = True,
    with_dev: bool = False,
    judged: bool = True,
    dataset: str = OWN,
) -> Brought:
    """The problems of all splits, dev among them where it is asked for and the data have a test split too. Where the
    data name none, `seed` draws the test problems, and all are test problems where they are not to be `parted`.

    A row that cannot be a problem is counted, and with `bad_rows: stop` they stop the run together: also where a
    question is there twice without bringing another rationale to the same answer. Raises UserError then, where a column
    cannot be told, and, unless they are not to be `judged`, where nearly all answers are the same letter.
    """
    found = parts(columns, folder, revisions, dataset)
    read = [part for part in found if with_dev or part.split != DEV]
    bad = BadRows()
    notes: list[str] = []
    try:
        columns, rows = _asked(read, columns, bad, notes)
    except UserError:
        check_whole({part.name: counted(part) for part in read})
        raise
    rows, aside = _parted(rows, with_dev)
    if not rows:
        bad.check()
        raise UserError(f"{columns.file}: holds no problem")
    # Of a question in several splits the one of the test split stays.
    rows.sort(key=lambda one: _ORDER[one.split])
    drawn = {one.split for one in rows} <= {None, DEV}
    columns, problems = _problems(rows, columns, bad, seed, dataset, notes)
    if columns.bad_rows == "stop":
        bad.check()
    if drawn:
        problems = _drawn(problems, seed, parted)
    unused = "set aside as dev, which dev_problems: 0 leaves unused"
    notes += [f"{part.name} is {unused}" for part in found if part not in read]
    notes += [f"{aside:,} rows that {columns.split!r} calls dev are {unused}"] if aside else []
    brought = Brought(problems, columns, bad, drawn, notes)
    if judged:
        brought.check_positions()
    return brought


def _asked(read: Sequence[Part], columns: Columns, bad: BadRows, notes: list[str]) -> tuple[Columns, list[Asked]]:
    """(the columns with what was found out, what all rows bring but the bad ones)."""
    read, sample, told = unfolded(read, columns)
    if not sample:
        raise UserError(f"{columns.file}: holds no problem")
    columns, unused = detected(columns, sample, any(part.split for part in read))
    notes += told + unused
    rows, asked = [], asker(columns)
    for part in read:
        for row in part.rows():
            try:
                rows.append(asked(row, part.split))
            except BadRow as fault:
                bad.add(fault, part.split)
    return columns, rows


def _parted(rows: list[Asked], with_dev: bool) -> tuple[list[Asked], int]:
    """(the rows in the splits that theirs mean together, without those of dev unless they are wanted, how many these
    were)."""
    names = renamed({one.split for one in rows}) if rows else {}
    if names:
        rows = [one._replace(split=names.get(one.split, one.split)) for one in rows]
    kept = rows if with_dev else [one for one in rows if one.split != DEV]
    return kept, len(rows) - len(kept)


def _problems(
    rows: list[Asked], columns: Columns, bad: BadRows, seed: int, dataset: str, notes: list[str]
) -> tuple[Columns, list[Problem]]:
    """(the columns with the form and kind of answers, the problems, of the training split where none is told); what
    there is to tell of them is added to the notes."""
    columns, rights = _rights(rows, columns, notes)
    kind = columns.answer_kind or ""
    problems: list[Problem] = []
    stood: list[Place] = []
    seen: dict[str, int] = {}
    repeated = 0
    for one, right in zip(_drained(rows), rights, strict=True):
        texts = one.choices.texts if one.choices else None
        asks, offers = key(one.question), tuple(map(key, texts)) if texts else ()
        id = f"{dataset}-{hash_of((asks, *offers))}"
        mark = hash_of((asks, *sorted(offers))) if offers else id  # of choices in any order
        try:
            if right is None:
                raise _without_gold(one, columns)
            if not isinstance(right, str):
                if columns.shuffle_choices and texts:
                    texts, right = shuffled(texts, right, f"{seed} {id}")
                right = ", ".join(map(letter, right))
            problem = Problem(id, dataset, one.split or "train", one.question, texts, kind, right, one.rationale, None)
            first = seen.setdefault(mark, len(problems))
            if first < len(problems):
                problems[first] = _with_another(problems[first], problem, one.place, stood[first])
                continue
        except BadRow as fault:
            bad.add(fault, one.split)
            continue
        problems.append(problem)
        stood.append(one.place)
        repeated += len(set(offers)) < len(offers)
    notes += [f"{repeated:,} problems offer a choice twice"] if repeated else []
    return columns, problems


def _rights(rows: list[Asked], columns: Columns, notes: list[str]) -> tuple[Columns, Sequence[Right]]:
    """(the columns with the form and kind of answers, what is right in each row). Decimal commas become points."""
    name, kind = columns.answer or "", columns.answer_kind
    if columns.choices and kind in (None, "letter", "letters"):
        form = columns.answer_form or form_of(rows, name)
        chosen = [selected(one, form) for one in rows]
        kind = kind or ("letters" if any(places and len(places) > 1 for places in chosen) else "letter")
        most = 1 if kind == "letter" else len(ascii_uppercase)
        told = columns.model_copy(update={"answer_form": form, "answer_kind": kind})
        return told, [places if places and len(places) <= most else None for places in chosen]
    if kind in (None, "number") and (commas := with_points(rows)):
        notes.append(f"{commas:,} answers are read with decimal commas or points between thousands")
    kind, golds = kind_of(rows, name) if kind is None else (kind, golds_of(rows, kind))
    return columns.model_copy(update={"answer_kind": kind}), golds


def _drained(rows: list[Asked]) -> Iterator[Asked]:
    """The rows, each forgotten once it was given: a million of them and of problems are too much to keep."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _without_gold(one: Asked, columns: Columns) -> BadRow:
    """The fault of a row whose answer names no choice, or is not of the kind."""
    name, kind = columns.answer, columns.answer_kind
    if columns.choices and kind in ("letter", "letters"):
        return BadRow(one.place, f"{name!r} is {said(one)}, which names no choice", f"{name!r} names no choice")
    return BadRow(one.place, f"{name!r} is {said(one)}, not a {kind}", f"{name!r} is no {kind}")


def _with_another(problem: Problem, again: Problem, place: Place, first: Place) -> Problem:
    """The problem with one more rationale: that of a row that asks the same. Raises BadRow where it brings none."""
    where = f"row {first.row}" if first.where == place.where else f"row {first.row} of {first.where}"
    if (again.gold, again.choices) != (problem.gold, problem.choices):
        raise BadRow(
            place,
            f"asks the same as {where}, with another answer or choices; mend or remove one of them",
            "asks the same as another, with another answer or choices",
        )
    if again.split != problem.split or again.rationale is None or problem.rationale is None:
        raise BadRow(place, f"asks the same as {where}; remove one of them", "asks the same as another")
    if again.rationale in (problem.rationale, *problem.more_rationales):
        raise BadRow(place, f"says the same as {where}; remove one of them", "is there twice")
    return dataclasses.replace(problem, more_rationales=(*problem.more_rationales, again.rationale))


def _drawn(problems: Sequence[Problem], seed: int, parted: bool) -> list[Problem]:
    """The same problems, one in five of those that are not dev a test problem, or all where they are not to be
    parted."""
    order = [number for number, problem in enumerate(problems) if problem.split != DEV]
    random.Random(seed).shuffle(order)
    tested = set(order[: max(1, len(order) // _HELD_OUT)] if parted else order)
    return [
        dataclasses.replace(problem, split="test") if number in tested else problem
        for number, problem in enumerate(problems)
    ]
