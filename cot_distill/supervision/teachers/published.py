"""Imports the rationales that the paper's authors released; each arm is a file (see `release`).

Rows are `{"instruction", "output"}`, or for MATH `{"problem", "solution", "output", "<teacher>_output"}`. A row's
problem is found by the letters and digits of its question (and choices). Its text is cleaned by `supervision.cleaning`,
and the project's own grader reads its answer. Gold is always the benchmark's. Every row is kept, or dropped for one
reason:

    in_test       it repeats a test question
    no_problem    its question is not among the training problems
    duplicate     an earlier row has the same problem
    empty         it has no reasoning, only the answer
    degenerate    nothing is left once a degenerate tail is cut
    no_answer     it states no answer
"""

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from pathlib import Path
from string import ascii_uppercase

from cot_distill.errors import UserError
from cot_distill.grading import canonical
from cot_distill.problems.questions import key, letters
from cot_distill.problems.reading import json_rows
from cot_distill.problems.row import Row
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import Level
from cot_distill.supervision.answer_line import split_answer
from cot_distill.supervision.cleaning import clean
from cot_distill.supervision.teachers import Account, Written, merged, record, release
from cot_distill.supervision.teachers.release import Arm

_CHOICES_BEGIN = re.compile(r"\b(?:answer )?(?:choices|options)\s*:", re.I)
_COT_KEYS = {"gpt_4o": "chatgpt_output", "gemini_1_5_flash": "gemini_output", "llama_3_70b": "llama_output"}


class QuestionIndex:
    """Finds the problem of a published row, in whatever layout the row has its question and choices."""

    def __init__(self, train: Sequence[Problem], test: Sequence[Problem]) -> None:
        self._train: dict[str, list[Problem]] = defaultdict(list)
        self._stems: dict[str, list[Problem]] = defaultdict(list)
        for problem in train:
            self._train[_with_choices(problem)].append(problem)
            self._stems[letters(problem.question)].append(problem)
        self._test = {_with_choices(problem) for problem in test}
        self._test_stems = {letters(problem.question) for problem in test}

    def find(self, question: str, taken: Container[str] = ()) -> Problem | str:
        """The training problem, or the reason why there is none: `in_test` or `no_problem`.

        If several problems have the same question, the first whose id is not in `taken`.
        """
        asked = letters(question)
        for candidate in (asked, asked.removeprefix("question"), asked.removeprefix("q")):
            if candidate in self._train:
                return _closest(self._train[candidate], question, taken)
            if candidate in self._test:
                return "in_test"
        parts = _CHOICES_BEGIN.split(question, maxsplit=1)
        if len(parts) == 2:  # choices in another order or layout
            stem, offered = map(letters, parts)
            for candidate in (stem, stem.removeprefix("question"), stem.removeprefix("q")):
                alike = [problem for problem in self._stems.get(candidate, ()) if _offers(problem, offered)]
                if alike:
                    return _closest(alike, question, taken)
                if candidate in self._test_stems:
                    return "in_test"
        return "no_problem"


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """The result of importing one file."""

    rows: list[tuple[Problem, str, str]]
    """(problem, rationale without its answer sentence, stated answer in canonical form)."""
    account: Account


def import_arm(arm: Arm, index: QuestionIndex) -> Imported:
    """Read, clean and match one arm. Raises UserError if its file is broken."""
    rows = list(json_rows(arm.path))
    dropped: Counter[str] = Counter()
    cleaned: Counter[str] = Counter()
    kept: dict[str, tuple[Problem, str, str]] = {}
    for row in rows:
        question = row.text("problem" if "problem" in row else "instruction")
        output, rules = _output(arm, row)
        problem = index.find(question, kept)
        if isinstance(problem, str):
            dropped[problem] += 1
        elif problem.id in kept:
            dropped["duplicate"] += 1
        else:
            text, stated, more = _read(arm, output, problem)
            rules += more
            reason = _why_not(arm, text, stated, rules)
            if reason or stated is None:
                dropped[reason or "no_answer"] += 1
            else:
                kept[problem.id] = (problem, text, stated)
                cleaned.update(rules)
    account = Account(len(rows), len(kept), dict(sorted(dropped.items())), dict(sorted(cleaned.items())))
    return Imported(list(kept.values()), account)


class PublishedTeacher:
    """One teacher's published rationales for one dataset."""

    def __init__(self, teacher: str, family: str, variant: str | None, dataset: str, folder: Path) -> None:
        """`folder` is a clone of the authors' repository, or its folder `data`."""
        self._teacher, self._family, self._variant, self._dataset = teacher, family, variant, dataset
        self._folder = folder

    def write(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level) -> Written:
        """See `Teacher.write`. Raises UserError if the arm's file is missing or broken."""
        return self._import(train, test, granularity, "original")

    def rewrite(self, train: Sequence[Problem], rationales: Sequence[Rationale], format: str) -> Written:
        """See `Teacher.rewrite`: the published rewrites of the problems that have a rationale at their level."""
        asked: dict[Level, set[str]] = defaultdict(set)
        for rationale in rationales:
            asked[rationale.granularity].add(rationale.problem_id)
        return merged(
            [
                self._import([problem for problem in train if problem.id in names], [], granularity, format)
                for granularity, names in asked.items()
            ]
        )

    def _import(self, train: Sequence[Problem], test: Sequence[Problem], granularity: Level, format: str) -> Written:
        arm = release.find(self._folder, self._dataset, self._family, granularity, format, self._variant)
        imported = import_arm(arm, QuestionIndex(train, test))
        if train and not imported.rows:
            raise UserError(
                f"{arm.path}: none of its {imported.account.rows_in} rows has one of the {len(train)} training "
                f"problems ({', '.join(f'{reason} {count}' for reason, count in imported.account.dropped.items())})"
            )
        rationales = [
            record(
                problem,
                self._teacher,
                arm.granularity,
                format,
                text,
                stated,
                model=f"published/{self._family}",
                revision=arm.path.name,
            )
            for problem, text, stated in imported.rows
        ]
        return Written(rationales, imported.account)


def _offers(problem: Problem, offered: str) -> bool:
    return all(letters(choice) in offered for choice in problem.choices or ())


def _with_choices(problem: Problem) -> str:
    """The letters of the question and its choices, in the layout of most of the authors' files."""
    if not problem.choices:
        return letters(problem.question)
    choices = [f"{letter} {choice}" for letter, choice in zip(ascii_uppercase, problem.choices, strict=False)]
    return letters(" ".join((problem.question, "answer choices", *choices)))


def _closest(problems: Sequence[Problem], question: str, taken: Container[str]) -> Problem:
    free = [problem for problem in problems if problem.id not in taken] or problems[:1]
    if len(free) == 1:
        return free[0]
    exact = key(question)
    return next((problem for problem in free if key(problem.question) == exact), free[0])


def _output(arm: Arm, row: Row) -> tuple[str, list[str]]:
    """The row's text for this arm, and `other_key` if the text was under another teacher's name."""
    if "problem" not in row or arm.teacher is None:
        return _text_or_nothing(row, "output"), []
    if arm.teacher == "human":
        return row.text("solution"), []
    wanted = _COT_KEYS.get(arm.teacher, "chatgpt_output")
    if wanted in row:
        return _text_or_nothing(row, wanted), []
    others = [name for name in row if name.endswith("_output")]
    if len(others) != 1:
        raise row.fault(f"{wanted!r} is missing, and there is no other '…_output' to use instead")
    return _text_or_nothing(row, others[0]), ["other_key"]


def _text_or_nothing(row: Row, name: str) -> str:
    """A row's text. An empty one is a row without a rationale, which is counted; anything else than text is a broken
    file."""
    value = row.get(name)
    return "" if isinstance(value, str) and not value.strip() else row.text(name)


def _read(arm: Arm, output: str, problem: Problem) -> tuple[str, str | None, list[str]]:
    if arm.granularity == 0:
        # Answer only: the benchmark's gold teaches; the published answer is only compared with it.
        stated = canonical(output.strip().rstrip("."), problem.answer_kind, problem.choices)
        return "", stated or problem.gold, [] if stated == problem.gold else ["gold_from_benchmark"]
    text, rules = clean(output)
    if arm.teacher == "human" and problem.answer_kind == "latex":
        # These are the benchmark's own solutions. The release cut their boxes, so they state no answer; they are right.
        return text, problem.gold, [*rules, "gold_from_benchmark"]
    parted = split_answer(text, problem.answer_kind, problem.choices)
    return parted.text, parted.stated, [*rules, *parted.rules]


def _why_not(arm: Arm, text: str, stated: str | None, rules: Sequence[str]) -> str | None:
    if arm.granularity == 0:
        return None
    if stated is None:
        return "no_answer"
    if not any(char.isalnum() for char in text):
        return "degenerate" if "cut_degenerate_tail" in rules else "empty"
    return None
