"""Finding out which columns hold what, from their names and from a sample of rows: what `own` leaves null is filled in.

The result is what a user could have written, and what `cot-distill look` prints to be pasted.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from cot_distill.errors import UserError
from cot_distill.problems.answers import ACCEPTED
from cot_distill.problems.columns import Columns
from cot_distill.problems.offered import is_scored
from cot_distill.problems.parts import split_named
from cot_distill.problems.paths import has, structured, turns
from cot_distill.problems.row import NumberText, Row

_QUESTION = """question questiontext questionstem stem problem problemtext problemstatement query prompt instruction
    input inputs goal ctx statement sentence q task text user human frage aufgabe
    pregunta domanda pergunta enonce qtext 问题 题目""".split()
_BEFORE = """passage context article story body paragraph document background premise narrative scenario situation
    excerpt""".split()
"""What stands before a question that is asked of it."""
_ANSWER = """answer answerkey answers correctanswer correctanswers correctoption correctchoice correctlabel goldanswer
    gold goldlabel groundtruth finalanswer finaldecision expectedanswer expectedoutput target label labels
    correct answeridx answerindex correctindex correctansweridx correctidx cop answersspans mc1targets
    solution output targets response completion generation assistant bot antwort richtig richtigeantwort loesung losung
    reponse respuesta risposta resposta ans finalans qans 答案 a""".split()
_CHOICES = """choices options candidates endings answerchoices answeroptions alternatives possibleanswers mc1targets
    targetscores 选项""".split()
_RATIONALE = """rationale explanation reasoning chainofthought cot cotcontent solution humansolution generatedsolution
    steps exp why thoughts output targets response completion generation assistant bot begrundung 解析""".split()
_SPLIT = "split part fold partition set subset teil".split()
_CODE = "testlist tests unittests canonicalsolution entrypoint testcases challengetestlist inputoutput".split()
_MEMBER = re.compile(r"(.*?)(\d{1,2}|[a-z])")
_OF_CHOICES = {"", *"option opt op choice ending answer ans sol solution alternative alt candidate antwort qop".split()}
_RIGHT = "iscorrect correct isright right isanswer".split()
"""What marks the right one among choices that are objects."""
_WRONG = set(
    """distractor incorrectanswer incorrect wronganswer wrong falseanswer incorrectanswers distractors
    wronganswers""".split()
)
_DEEPEST = 3
_SOLUTION_WORDS = 5
_WORDS_OF_DATA = 6
"""No column has a name of so many."""
_MARKED = re.compile(r"####|\\boxed")


def detected(columns: Columns, sample: Sequence[Row], parted: bool) -> tuple[Columns, list[str]]:
    """(the columns with what was null filled in, what there is to tell of one that is not used); rows that are `parted`
    already need no column of splits.

    Raises UserError where a named column is not there, where which one is the question or answer cannot be told, and
    where the rows ask for code.
    """
    found = _Sample(sample)
    found.check(columns)
    asks, answers = found.turn("user"), found.turn("assistant")
    choices, right = found.choices() if columns.choices is None else (columns.choices, None)
    question = columns.question or found.question(choices) or asks
    answer = columns.answer or right or found.answer(question, choices) or answers
    if question is None or answer is None:
        if any(len(name.split()) >= _WORDS_OF_DATA for name in sample[0]):
            raise UserError(f"{sample[0].place.where}: its first line holds data; write the names of columns above it")
        what = "question" if question is None else "answer"
        raise UserError(
            f"{sample[0].place}: which column is the {what} cannot be told; set own.{what} to one of: {found.shown()}"
            f"{'; if that is several columns, set own.delimiter' if len(sample[0]) == 1 else ''}"
        )
    rationale = columns.rationale
    if rationale is None:
        rationale = found.rationale(question, answer) or answers
    split, unused = (columns.split, []) if parted or columns.split else found.split(columns)
    told = {"question": question, "answer": answer, "choices": choices, "rationale": rationale, "split": split}
    return columns.model_copy(update=told), unused


def asks(sample: Sequence[Row], columns: Columns) -> bool:
    """Whether rows have a question: the column that is named, or one that can be told."""
    if columns.question is not None:
        return any(has(row, columns.question) for row in sample)
    found = _Sample(sample)
    return (found.turn("user") or found.question(None)) is not None


class _Sample:
    """The columns of some rows: top-level ones, and the texts below objects by their paths."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._values: dict[str, list[Any]] = {}
        self._tops = {name for row in rows for name in row}
        for row in rows:
            for name, value in row.items():
                self._add(name, structured(value), 1)

    def _add(self, path: str, value: Any, depth: int) -> None:
        self._values.setdefault(path, []).append(value)
        if isinstance(value, dict) and depth < _DEEPEST:
            for name, inner in value.items():
                self._add(f"{path}.{name}", structured(inner), depth + 1)

    def check(self, columns: Columns) -> None:
        """Raises UserError where a named column is not there, or the rows ask for code."""
        first = self._rows[0]
        listed = columns.choices if isinstance(columns.choices, list) else [columns.choices or None]
        for name in (columns.question, columns.answer, *listed, columns.rationale or None, columns.split):
            if name is not None and not any(has(row, name) for row in self._rows):
                raise UserError(f"{first.place} has no column {name!r}; it has: {self.shown()}")
        code = [name for name in first if _plain(name) in _CODE]
        if code and columns.answer is None:
            raise UserError(
                f"{first.place}: {code[0]!r} says that code is asked for, which is not graded here; graded are "
                "numbers, letters, true or false, formulas and short texts (own.answer names another column)"
            )

    def shown(self) -> str:
        """The columns of the first row."""
        return ", ".join(map(repr, self._rows[0]))[:300]

    def turn(self, role: str) -> str | None:
        """The path of this side's turns, in the column of conversations where it speaks."""
        for name, values in self._top():
            if any(who == role for value in values for who, _ in turns(value)):
                return f"{name}[{role}]"
        return None

    def answer(self, question: str | None, choices: object) -> str | None:
        """The column of answers: no conversation, no object but those that hold accepted texts, no part of choices."""
        none = [
            name
            for name, values in self._values.items()
            if any(turns(value) or (isinstance(value, dict) and not ACCEPTED & value.keys()) for value in values)
            or name.startswith(f"{choices}.")
        ]
        return self.named(_ANSWER, besides=(question, choices, none))

    def question(self, choices: object) -> str | None:
        """The column that asks, or a template with what stands before it."""
        asks = self.named(_QUESTION, besides=(choices,), are=str)
        if asks is None:
            return None
        plain = _plain(asks)
        if plain == "instruction" and (more := self.named(("input",), are=str)):
            return f"{{{asks}}}\n\n{{{more}?}}"
        for before in _BEFORE:
            name = self.named((before,), besides=(asks,), are=str)
            if name is not None:
                optional = "" if all(map(_is_said, self._values[name])) else "?"
                return f"{{{name}{optional}}}{' ' if before == 'body' else chr(10) * 2}{{{asks}}}"
        return asks

    def choices(self) -> tuple[str | list[str] | None, str | None]:
        """(where the choices are, the column of the right one where that tells it)."""
        one = self.named(_CHOICES) or self._marked() or self._counted()
        if one is not None and any(isinstance(value, list | dict | str) for value in self._values[one]):
            inner = self._values[one][0]
            labels = f"{one}.labels"
            if isinstance(inner, dict) and isinstance(inner.get("choices"), list) and labels in self._values:
                return f"{one}.choices", labels  # TruthfulQA's
            if is_scored(inner):  # BIG-bench's
                return one, one
            first = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else {}
            return one, next((f"{one}.{name}" for name in first if _plain(name) in _RIGHT), None)
        families: dict[str, list[tuple[str, str]]] = {}
        wrong: dict[str, list[str]] = {}
        for name, _ in self._top():
            plain = _plain(name)
            if plain in _WRONG:
                wrong.setdefault(plain, []).append(name)
            member = _MEMBER.fullmatch(plain)
            if member and member[1] in _OF_CHOICES:
                families.setdefault(member[1], []).append((member[2], name))
            elif member and member[1] in _WRONG:
                wrong.setdefault(member[1], []).append(name)
        right = self.named(("correctanswer", "correct", "bestanswer", "rightanswer", "answer"))
        if wrong and right:
            return [right, *next(iter(wrong.values()))], right
        for family in families.values():
            ordered = [name for _, name in sorted(family, key=lambda one: (len(one[0]), one[0]))]
            marks = sorted((mark for mark, _ in family), key=lambda mark: (len(mark), mark))
            for series in ("abcdefghijklmnopqrstuvwxyz", "123456789", "0123456789"):
                if len(marks) > 1 and marks == list(series[: len(marks)]):
                    return ordered, None
        return None, None

    def _marked(self) -> str | None:
        """The column of a list of objects of which some are marked as right."""
        for name, values in self._top():
            first = values[0][0] if isinstance(values[0], list) and values[0] else None
            if isinstance(first, dict) and any(_plain(key) in _RIGHT for key in first):
                return name
        return None

    def _counted(self) -> str | None:
        """The column of lists of answers where another one says which of each is right, as ReClor's does."""
        lists = self.named(("answers", "answer"))
        if lists is None or not all(isinstance(value, list) and len(value) > 1 for value in self._values[lists]):
            return None
        says = self.named(_ANSWER, besides=(lists,))
        marks = [str(value) for value in self._values[says]] if says else []
        return lists if marks and all(len(mark) == 1 and mark.isalnum() for mark in marks) else None

    def rationale(self, question: str, answer: str) -> str | None:
        """The column of solutions: another than the answer's, or the answer's where it holds whole solutions."""
        if self._holds_solutions(answer):
            return answer
        return self.named(_RATIONALE, besides=(question, answer), are=str)

    def split(self, columns: Columns) -> tuple[str | None, list[str]]:
        """(the column that names splits, where what it says does, a line about one that does not)."""
        name = None if columns.splits else self.named(_SPLIT, are=str)
        if name is None:
            return None, []
        said = list(filter(_is_said, self._values[name]))
        odd = next((value for value in said if not split_named(value)), None)
        if said and odd is None:
            return name, []
        says = "is empty" if odd is None else f"holds {odd[:40]!r}, which names no split,"
        return None, [f"the column {name!r} {says} and is not used; own.split and own.splits can name its splits"]

    def named(self, names: Iterable[str], besides: Sequence[object] = (), are: type | None = None) -> str | None:
        """The column of the first of these names that is there; those that most rows say something in, and then
        top-level ones, go before others."""
        taken = {name for one in besides for name in (one if isinstance(one, list) else [one])}
        fitting = [
            path
            for path, values in self._values.items()
            if path not in taken and (are is None or all(value is None or isinstance(value, are) for value in values))
        ]
        said = {path for path in fitting if 2 * sum(map(_is_said, self._values[path])) > len(self._rows)}
        some = {path for path in fitting if any(map(_is_said, self._values[path]))} - said
        fitting.sort(key=lambda path: path.count("."))
        for group in (said & self._tops, said, some, set(fitting)):
            among = [path for path in fitting if path in group]
            plain = [_plain(path if path in self._tops else path.rpartition(".")[2]) for path in among]
            for name in names:
                if name in plain:
                    return among[plain.index(name)]
        return None

    def _top(self) -> list[tuple[str, list[Any]]]:
        return [(name, values) for name, values in self._values.items() if name in self._tops]

    def _holds_solutions(self, answer: str) -> bool:
        texts = [value for value in self._values.get(answer, ()) if isinstance(value, str)]
        longer = [text for text in texts if len(text.split()) > 1 and not isinstance(text, NumberText)]
        marked = sum(_MARKED.search(text) is not None for text in longer)
        stated = _plain(answer) in _RATIONALE and sum(len(text.split()) >= _SOLUTION_WORDS for text in longer)
        return 2 * max(marked, int(stated)) > len(texts)


def _is_said(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _plain(name: str) -> str:
    """The letters and digits of a name, without case and accents."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", name.casefold()))
