"""One row of your data, by the columns that are named: its question, choices, answer, rationale and split."""

from collections.abc import Callable

from cot_distill.problems.answers import Asked, answers_of
from cot_distill.problems.columns import Columns
from cot_distill.problems.offered import Offered, letter, of_columns, offered
from cot_distill.problems.parts import split_named
from cot_distill.problems.paths import at, is_template, structured, text_at
from cot_distill.problems.row import Row


def asker(columns: Columns) -> Callable[[Row, str | None], Asked]:
    """What reads a row of these columns, told its part's split. It raises BadRow where the row lacks something."""
    question, answer = columns.question or "", columns.answer or ""
    choices, rationale = columns.choices, columns.rationale
    split = _splitter(columns, columns.split) if columns.split else None

    def asked(row: Row, part: str | None) -> Asked:
        offers = _offered(row, choices) if choices else None
        asks = text_at(row, question)
        return Asked(
            row.place,
            asks if offers is None else _without_choices(asks, offers),
            offers,
            *answers_of(row, answer, at(row, answer)),
            _rationale(row, rationale) if rationale else None,
            part if split is None else split(row),
        )

    return asked


def _rationale(row: Row, name: str) -> str | None:
    """The solution of a row, of which the sentences may stand in a list; None where it has none."""
    if is_template(row, name):
        return text_at(row, name)
    value = structured(at(row, name))
    if isinstance(value, list):
        return "\n".join(row.as_text(name, item) for item in value) or None
    return None if value is None or (isinstance(value, str) and not value.strip()) else text_at(row, name)


def _offered(row: Row, named: str | list[str]) -> Offered:
    if isinstance(named, str):
        return offered(row, named, at(row, named))
    values = [at(row, name) for name in named]
    if any(isinstance(value, list) for value in values):  # the right one, and a list of the wrong ones
        flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
        return offered(row, named[0], flat)
    return of_columns(row, named, values)


def _without_choices(question: str, choices: Offered) -> str:
    """The question without the list of its choices that it ends in, which the prompt would repeat."""
    last = len(question)
    for place in reversed(range(len(choices.texts))):
        start = question.rfind(choices.texts[place], 0, last)
        behind = question[start + len(choices.texts[place]) : last].strip(" \n\t,;.|")
        mark = question[:start].rstrip(" \t(").rstrip(").: \t")
        if start < 0 or behind or mark[-1:].upper() != letter(place):
            return question
        last = len(mark) - 1 - (mark[-2:-1] in ("(", "["))
    asked = question[:last].rstrip()
    return asked.removesuffix("Answer Choices:").removesuffix("Options:").removesuffix("Choices:").rstrip() or question


def _splitter(columns: Columns, name: str) -> Callable[[Row], str]:
    """What reads the split of a row from the column of this name."""
    values = {value: split for split, called in columns.called.items() for value in called}
    means = values.get if columns.splits else split_named

    def split(row: Row) -> str:
        said = text_at(row, name)
        found = means(said)
        if found is None:
            raise row.fault(f"{name!r} is {said[:40]!r}, not train, dev or test", f"{name!r} names no split")
        return found

    return split
