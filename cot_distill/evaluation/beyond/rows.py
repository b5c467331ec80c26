"""Where a benchmark's rows come from: a folder of official files, else the hub at a pinned commit."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cot_distill.problems.reading import rows_of
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Pinned

Filled = dict[str, Any]
"""A row in the hub's layout. lm-eval fills a task's prompt from it."""

_KEYS = ("text", "label")


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The rows of one lm-eval task. A benchmark has one part, or several if it has subjects."""

    name: str
    task: str
    """lm-eval's id of the task."""
    rows: list[Filled]
    source: str
    """The file or hub repository that the rows come from."""


class Rows:
    """Finds a benchmark's files in `folder`, or asks the hub. `task` is its key in the file `revisions`."""

    def __init__(self, task: str, folder: Path, revisions: Path) -> None:
        self._task, self._folder, self._revisions = task, folder, revisions

    def files(self, *patterns: str) -> list[Path]:
        """The files of the first glob pattern that matches any below the folder, sorted; empty if no pattern does."""
        for pattern in patterns:
            found = sorted(self._folder.glob(pattern))
            if found:
                return found
        return []

    def name(self, file: Path) -> str:
        """The file's name in tables: its path below the folder, which is the same on every machine."""
        return file.relative_to(self._folder).as_posix()

    def one(self, *patterns: str, hub: HubSplit) -> tuple[str, list[Row]]:
        """(source, rows): the rows of the first file that `files` finds, or else the hub's.

        Raises UserError if there are none.
        """
        found = self.files(*patterns)
        if found:
            return self.name(found[0]), list(rows_of(found[0]))
        return f"{hub.name} {hub.config or hub.split}", self.hub(patterns[0].partition("/")[0], hub)

    def hub(self, instead: str, *splits: HubSplit) -> list[Row]:
        """The rows of splits on the hub; numbers become text. `instead` is the folder whose files errors propose
        instead.

        Raises UserError if the hub cannot give them.
        """
        folder = f"a folder {instead!r} below the one that the param beyond_data names"
        return list(Pinned(self._task, self._revisions, folder).rows("", splits))


def choice_row(row: Row) -> Filled:
    """Convert a question with labelled choices (ARC, CommonsenseQA) from the official layout to the hub's. A row that
    has the hub's layout stays as it is.

    Raises UserError, with the row, if a text is missing or the right label is not one of the choices'.
    """
    inner = row.inner("question")
    stem, given = "question" if inner is row else "stem", inner.get("choices")
    if isinstance(given, list):
        given = {key: [choice.get(key) if isinstance(choice, dict) else None for choice in given] for key in _KEYS}
    if not isinstance(given, dict) or not all(isinstance(given.get(key), list) for key in _KEYS):
        raise row.fault("'choices' is missing; fetch the official file again")
    choices = {key: ["" if value is None else str(value) for value in given[key]] for key in _KEYS}
    answer = row.text_or_number("answerKey")
    check_choices(row, choices["text"], choices["label"].index(answer) if answer in choices["label"] else -1)
    return {"question": as_it_stands(inner, stem), "choices": choices, "answerKey": answer}


def as_it_stands(row: Row, key: str) -> str:
    """The text under `key`, not stripped. lm-eval does not strip its rows either, and finds a blank by the spaces
    around it.

    Raises UserError as `Row.text` does.
    """
    row.text(key)
    return str(row[key])


def check_choices(row: Row, texts: Sequence[Any], right: int) -> None:
    """Raises UserError, with the row, if a choice is not a text, or if `right` is not the index of a choice."""
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise row.fault("a choice is missing or empty; fetch the official file again")
    if not 0 <= right < len(texts):
        raise row.fault(f"the right answer is not one of the {len(texts)} choices")
