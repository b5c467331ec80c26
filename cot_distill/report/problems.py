"""The content of the report's browser of problems: each problem with every student's answer, or every arm's rationale.

A shelf is a list of problems, with the columns that are shown under each. report.js reads this form:

    {"texts": [...], "columns": [label, ...], "total": how many problems there are, "problems": [problem, ...]}
    problem: {"id", "of": a dataset, "question": text, "choices": [text, ...], "gold", "cells": [cell, ...]}
    cell: [column, text, mark, note]    mark: 1 right, 0 wrong, null neither

A text may be a number: its index in `texts`. A text that many columns share is thus written once.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cot_distill.errors import UserError
from cot_distill.report.labels import labels
from cot_distill.tables.runs import problems as of_split

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BUDGET = 2_200_000
"""The most bytes of a shelf. Two shelves, with tables and charts, stay below 5 MB."""
TRAIN = "data/problems/train.parquet"
TAUGHT = "data/examples/rationales.parquet"

_ARM = ("trained_on", "teacher", "format", "selection", "granularity")
"""The columns that identify an arm."""

Row = Mapping[str, Any]
Fetch = Callable[[Row, str], list[dict[str, Any]]]
"""Returns the rows of an out of a run (a row of the view `runs`). Raises UserError if they cannot be read."""
Shelf = dict[str, Any]


def answers(connection: "DuckDBPyConnection", fetch: Fetch, budget: int = BUDGET) -> tuple[Shelf, list[str]]:
    """The test problems with every student's answers, and notes on what could not be shown."""
    runs = _rows(
        connection, "SELECT * FROM runs ORDER BY role DESC, dataset, student, try_cast(granularity AS INT), run_id"
    )
    column = {run["run_id"]: place for place, run in enumerate(runs)}
    test_set = {run["run_id"]: (run["dataset"], run["test_set"]) for run in runs}
    notes: list[str] = []
    asked: dict[tuple[Any, ...], dict[str, Any]] = {}
    for whole, of_set in _groups(runs, lambda run: (run["dataset"], run["test_set"])).items():
        tuned_first = sorted(of_set, key=lambda run: run["role"] == "untuned")
        for row in _first(fetch, [(run, _asked_in(run)) for run in tuned_first], notes):
            asked[(*whole, row["id"])] = row
    cells: dict[tuple[Any, ...], list[list[Any]]] = defaultdict(list)
    gold: dict[tuple[Any, ...], str] = {}
    total, wanted = _wanted(connection, budget)
    for verdict in _rows(connection, f"FROM verdicts WHERE {wanted} ORDER BY problem_id, run_id, sample"):
        key = (*test_set[verdict["run_id"]], verdict["problem_id"])
        gold[key] = verdict["gold"]
        mark = 1 if verdict["correct"] else 0
        cells[key].append([column[verdict["run_id"]], verdict["completion"] or "", mark, _reading(verdict)])
    problems = (
        _problem(key, asked.get(key), gold[key], sorted(cells[key], key=_column)) for key in sorted(cells, key=str)
    )
    return {**_shelf(labels(runs), problems, budget), "total": total}, notes


def chains(connection: "DuckDBPyConnection", fetch: Fetch, budget: int = BUDGET) -> tuple[Shelf, list[str]]:
    """The training problems with the rationale that each arm teaches, and notes on what could not be shown."""
    runs = _rows(
        connection,
        "SELECT * FROM runs WHERE role = 'tuned' "
        "ORDER BY trained_on, teacher NULLS FIRST, format, selection NULLS FIRST, try_cast(granularity AS INT), run_id",
    )
    arms = _groups(runs, lambda run: tuple(run[name] for name in _ARM))
    notes: list[str] = []
    asked: dict[tuple[Any, ...], dict[str, Any]] = {}
    cells: dict[tuple[Any, ...], list[list[Any]]] = defaultdict(list)
    for column, (arm, of_arm) in enumerate(arms.items()):
        for row in _first(fetch, [(run, TAUGHT) for run in of_arm], notes):
            mark = 1 if row["verified"] else 0
            cells[arm[0], row["problem_id"]].append([column, row["text"], mark, _statement(row)])
    for (dataset,), of_dataset in _groups(runs, lambda run: (run["trained_on"],)).items():
        for row in _first(fetch, [(run, TRAIN) for run in of_dataset], notes):
            asked[dataset, row["id"]] = row
    named = labels([{**dict.fromkeys(("dataset", "student", "seed")), **_arm(of_arm[0])} for of_arm in arms.values()])
    problems = (_problem(key, asked.get(key), "", cells[key]) for key in sorted(cells, key=str))
    return _shelf(named, problems, budget), notes


def as_json(value: Any) -> str:
    """JSON that is safe inside a `<script>` element: nothing in it can end the element or start a comment."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        told = told.replace(character, f"\\u{ord(character):04x}")
    return told


def _wanted(connection: "DuckDBPyConnection", budget: int) -> tuple[int, str]:
    """The number of problems, and an SQL condition that keeps only as many verdicts as fit the budget."""
    count = (
        "SELECT count(*) FROM (SELECT DISTINCT dataset, test_set, problem_id FROM verdicts JOIN runs USING (run_id))"
    )
    written = "SELECT coalesce(sum(strlen(completion)), 0)::BIGINT FROM verdicts"
    [(total, size)] = connection.execute(f"SELECT ({count}), ({written})").fetchall()
    places = "SELECT problem_id, row_number() OVER (ORDER BY problem_id) - 1 AS place FROM verdicts GROUP BY problem_id"
    return total, f"problem_id IN (SELECT problem_id FROM ({places}) WHERE place % {size // budget + 1} = 0)"


def _arm(run: Row) -> dict[str, Any]:
    return {name: run[name] for name in ("role", *_ARM)}


def _reading(verdict: Row) -> str:
    told = [f"read {verdict['predicted']!s} by {verdict['read_by']}" if verdict["answered"] else "no answer was found"]
    told += [f"sample {verdict['sample']}"] if verdict.get("sample") else []
    told += [said for name, said in _REMARKS.items() if verdict.get(name)]
    if not verdict["correct"] and verdict.get("contains_gold"):
        told.append("it contains the gold answer")
    return "; ".join(told)


_REMARKS = {
    "ambiguous": "several answers are stated",
    "truncated": "cut off at the token cap",
    "unclosed": "its thoughts never end",
}


def _statement(row: Row) -> str:
    return "states no answer" if row["stated_answer"] is None else f"states {row['stated_answer']}"


def _problem(key: tuple[Any, ...], asked: Row | None, gold: str, cells: list[list[Any]]) -> dict[str, Any]:
    known = asked or {"question": "(the question is not at hand)", "choices": None, "gold": gold}
    return {
        "id": key[-1],
        "of": key[0],
        "question": known["question"],
        "choices": list(known["choices"] or ()),
        "gold": known["gold"],
        "cells": cells,
    }


def _column(cell: list[Any]) -> int:
    return int(cell[0])


def _shelf(columns: list[str], problems: Iterable[dict[str, Any]], budget: int) -> Shelf:
    """The shelf of these problems. If they exceed the budget, of every second, third, … of them."""
    every = list(problems)
    sizes = [len(json.dumps(problem, ensure_ascii=False).encode()) for problem in every]
    stride = 1
    while sum(sizes[::stride]) > budget and stride < len(every):
        stride += 1
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    shown = [
        {
            **problem,
            "question": place(problem["question"]),
            "choices": [place(choice) for choice in problem["choices"]],
            "cells": [[column, place(text), mark, place(note)] for column, text, mark, note in problem["cells"]],
        }
        for problem in every[::stride]
    ]
    return {"texts": list(texts), "columns": columns, "total": len(every), "problems": shown}


def _asked_in(run: Row) -> str:
    """The path of the problems that a run was asked. Those of another dataset than its own have another path."""
    elsewhere = run["trained_on"] not in (None, run["dataset"])
    return f"data/elsewhere/{run['dataset']}.parquet" if elsewhere else of_split(run["split"])


def _first(fetch: Fetch, places: list[tuple[Row, str]], notes: list[str]) -> list[dict[str, Any]]:
    """The rows of the first of these outs that can be read. Adds a note if none can."""
    why = ""
    for run, out in places:
        try:
            return fetch(run, out)
        except UserError as error:
            why = why or str(error)
    notes.append(f"{places[0][1]} is not shown: {why}")
    return []


def _groups(runs: list[Row], key: Callable[[Row], tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for run in runs:
        groups[key(run)].append(run)
    return groups


def _rows(connection: "DuckDBPyConnection", query: str) -> list[Row]:
    rows: list[Row] = connection.sql(query).to_arrow_table().to_pylist()
    return rows
