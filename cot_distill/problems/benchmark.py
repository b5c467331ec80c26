"""What the benchmark modules share: the facts of a dataset, and how a row of it becomes a problem."""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from cot_distill.grading import canonical
from cot_distill.problems.offered import letter, offered
from cot_distill.problems.questions import key, letters
from cot_distill.problems.row import Row
from cot_distill.problems.sources import Source
from cot_distill.records import Problem


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a dataset besides its rows."""

    name: str
    """Its id, as the param `dataset` has it."""
    answer_kind: str
    train_problems: int
    """About how many the paper trains on."""
    licence: str
    names: str
    """What other people, and the authors' files, call it: a regular expression."""
    hub: str | None = None
    """Its id on the hub, where it has one."""
    secret: bool = False
    """Whether its authors ask not to put its questions online, where models would be trained on them."""
    official_ids: bool = False
    """Whether the official rows have ids, which must not stand twice."""
    has_dev: bool = False
    """Whether there are official validation rows, with answers, that are neither test nor training problems here."""

    def problem(
        self,
        row: Row,
        split: str,
        question: str,
        answer: str,
        *,
        choices: tuple[str, ...] | None = None,
        rationale: str | None = None,
        id: str | None = None,
    ) -> Problem:
        """The problem of a row, its answer in canonical form; `id` is the official id, if there is one.

        Other ids are hashes of question and choices, so that they do not depend on the rest of the file. Raises
        UserError where the answer is not of the dataset's kind.
        """
        gold = canonical(answer, self.answer_kind, choices)
        if gold is None:
            raise row.fault(f"the gold answer is {answer[:40]!r}, not a {self.answer_kind}")
        return Problem(
            id=f"{self.name}-{id or problem_hash(question, choices or ())}",
            dataset=self.name,
            split=split,
            question=question,
            choices=choices,
            answer_kind=self.answer_kind,
            gold=gold,
            rationale=rationale,
            solution=None,
        )


class Benchmark(Protocol):
    """A benchmark module."""

    FACTS: Facts

    def load(self, source: Source, split: str) -> Sequence[Problem | None]:
        """The problems of a split, in the order of the official file; None for a row that has no gold answer there.

        Of the split "dev", which only benchmarks that have one (`Facts.has_dev`) are asked for, there are none where
        its file is not there.

        Raises UserError for a broken file.
        """
        ...


def problem_hash(question: str, choices: Sequence[str] = ()) -> str:
    """16 hexadecimal digits of a hash of what makes a question and its choices, in their order, the same as others."""
    return hash_of(map(key, (question, *choices)))


def question_hash(question: str, choices: Sequence[str] = ()) -> str:
    """16 hexadecimal digits of a hash of the question's and choices' letters: the form of the lists in `used_rows`."""
    return hash_of(letters(part) for part in (question, *choices))


def labelled_choices(row: Row) -> tuple[str, ...]:
    """The texts of the choices, in any form that `offered` reads. Raises UserError where labels are not A, B, C … in
    order."""
    found = offered(row, "choices", row.get("choices"))
    for place in range(len(found.texts)):
        if found.labels[place : place + 1] != (letter(place),):
            raise row.fault(f"choice {place} is not labelled {letter(place)}")
    return found.texts


def hash_of(parts: Iterable[str]) -> str:
    """16 hexadecimal digits of a hash of texts in their order."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
