"""The tables by SQL: every number recomputed from verdict rows in plain Python, and what may not share a cell."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.outcomes import Outcome
from cot_distill.records import Verdict
from cot_distill.tables.experiments import Gathered
from cot_distill.tables.layout import ONE_SEED
from cot_distill.tables.query import query
from cot_distill.tables.questions import NAMES, as_csv, as_latex, as_markdown, ask
from cot_distill.tables.relations import connect
from cot_distill.tables.runs import Run, pair

DOCS = Path(__file__).resolve().parents[2] / "docs" / "queries.md"
PARAMS = {
    "dataset": "svamp",
    "student": "small",
    "teacher": "gpt",
    "granularity": 3,
    "format": "original",
    "seed": 1,
    "training": {"epochs": 2},
    "decoding": {"max_new_tokens": 64},
}


class Runs:
    """Collects runs whose verdicts are spelled out: a digit a problem, 1 for right; words are samples."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[Run] = []

    def add(self, right: str, untuned: str = "", facts: dict[str, Any] | None = None, **changed: Any) -> None:
        """Add an experiment, and its untuned student where no run has it yet."""
        params = {**PARAMS, **changed}
        taught = [str(params[name]) for name in ("teacher", "granularity", "format", "training", "dataset")]
        both = pair(
            f"run-{len(self.runs)}",
            params,
            self._write(untuned or "0" * len(right.split()[0])),
            self._write(right),
            made_of={"examples": " ".join(taught), "untuned": untuned},
            rev="c0ffee",
            source="experiment",
            **(facts or {}),
        )
        known = {run.pool for run in self.runs}
        self.runs += [run for run in both if run.role == "tuned" or run.pool not in known]

    def table(self, name: str, left_out: tuple[str, ...] = ()) -> Any:
        with connect(Gathered(self.runs, list(left_out))) as connection:
            return ask(connection, name)

    def _write(self, right: str) -> str:
        path = self.folder / right.replace(" ", "-")
        rows = [
            Verdict(
                *(f"p-{n:03}", "svamp", f"It is {digit}.", "7", "7" if digit == "1" else "8", digit == "1"),
                *("last_number", True, False, digit == "1", False, 4, sample),
            )
            for sample, word in enumerate(right.split())
            for n, digit in enumerate(word)
        ]
        records.write(path, rows, Verdict)
        return str(path)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_numbers_worked_out_by_hand(runs: Runs) -> None:
    runs.add("0001100000", "1000000000", granularity=0)
    runs.add("0111111100", "1000000000", granularity=1)
    runs.add("0111111110", "1000000000", granularity=3)
    table = runs.table("granularity")
    shown = [
        tuple(row[name] for name in ("granularity", "n", "seeds", "accuracy", "untuned", "answer_only"))
        for row in table.rows
    ]
    assert shown == [("0", 10, 1, 0.2, 0.1, 0.2), ("1", 10, 1, 0.7, 0.1, 0.2), ("3", 10, 1, 0.8, 0.1, 0.2)]
    one = table.rows[1]
    # 7 problems against 1, 5 against 0, 0 against 1; untuned, all three are compared, and two with each of the others
    assert (one["p_untuned"], one["p_answer_only"], one["p_best"]) == pytest.approx((0.0323, 0.0282, 0.4852), abs=1e-4)
    assert (one["p_untuned_holm"], one["p_answer_only_holm"]) == pytest.approx((0.0646, 0.0282), abs=1e-4)
    assert [row["p_best"] for row in table.rows if row["granularity"] == "3"] == [1.0]
    assert one["accuracy_low"] == pytest.approx(0.3968, abs=1e-4) and one["accuracy_high"] == pytest.approx(
        0.8922, abs=1e-4
    )
    assert (one["runs"], one["revs"], table.notes) == (["run-2"], ["c0ffee"], [ONE_SEED])
    (best,) = runs.table("best").rows
    assert (best["granularity"], best["runner_up"], best["runner_up_accuracy"]) == ("3", "gpt, 1, original", 0.7)
    assert (best["compared"], best["not_worse"]) == (3, 1)


def test_equal_accuracies_are_equal_however_they_add_up(runs: Runs) -> None:
    # Six thirds are a little less than two ones, in floating point.
    for seed, (thirds, ones) in enumerate(
        (("11000000", "11000000"), ("00110000", "11000000"), ("00001100", "11000000"))
    ):
        runs.add(thirds, granularity=1, seed=seed)
        runs.add(ones, granularity=3, seed=seed)
    (best,) = runs.table("best").rows
    assert (best["granularity"], best["runner_up"], best["runner_up_accuracy"]) == (
        *("1", "gpt, 3, original"),
        pytest.approx(1 / 4),
    )


def test_shares_of_two_samples_and_of_three_are_compared(runs: Runs) -> None:
    runs.add("1100 1000", granularity=1)  # shares 1, 1/2, 0, 0
    runs.add("1110 1110 1011", granularity=3)  # shares 1, 2/3, 1, 1/3
    two, three = runs.table("granularity").rows
    assert (two["accuracy"], three["accuracy"]) == (0.375, 0.75)
    # differences 0, 1/6, 1, 1/3 and, untuned, 1, 1/2, 0, 0
    assert (two["p_best"], three["p_best"]) == (pytest.approx(0.3100, abs=1e-3), 1.0)
    assert two["p_untuned"] == pytest.approx(0.3233, abs=1e-3)


@pytest.mark.parametrize("cut", ["0111 01", "01111"])
def test_a_run_with_other_problems_or_uneven_answers_is_left_out_by_name(runs: Runs, cut: str) -> None:
    for seed, right in enumerate(("0111", "0011", cut)):
        runs.add(right, "0000", facts={"test_set": "t"}, granularity=seed + 1)
    table = runs.table("granularity")
    assert [row["accuracy"] for row in table.rows] == [0.75, 0.5]
    assert table.notes[0].startswith(
        "not taken: run-3: its verdicts are damaged or cut: some problems have more answers"
    )


def _with(name: str, *values: Any) -> Callable[[pa.Table], pa.Table]:
    """Puts these values, over and over, in place of a column."""
    return lambda table: table.set_column(
        table.column_names.index(name), name, pa.array((values * len(table))[: len(table)])
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda table: table.slice(1),  # without the first problem of all
        lambda table: table.slice(0, 3),
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        lambda table: pa.concat_tables([table, table.slice(3)]),
        lambda table: pa.concat_tables([table.slice(0, 2), table.slice(0, 2)]),
        _with("problem_id", "p-000", "p-001", "p-002", "p-004"),
        _with("problem_id", "p-000", "p-001", "p-002", None),
        _with("sample", 1),
        _with("correct", 1, 0),
        _with("correct", 7),
        _with("correct", 0.5),
        _with("correct", float("nan")),
        _with("correct", "yes"),
        _with("correct", True, True, True, None),
        lambda table: table.drop_columns(["correct"]),
    ],
)
def test_a_foreign_table_of_verdicts_is_left_out_by_name(runs: Runs, damage: Callable[[pa.Table], pa.Table]) -> None:
    for level, right in enumerate(("0111", "0011", "1011"), 1):
        runs.add(right, "0000", facts={"test_set": "t"}, granularity=level)
    path = runs.runs[-1].path
    pq.write_table(damage(pq.read_table(path)), path)
    table = runs.table("granularity")
    assert [row["accuracy"] for row in table.rows] == [0.75, 0.5]
    assert table.notes[0].startswith("not taken: run-3: ")


def test_a_second_sample_of_other_problems_is_no_sample(runs: Runs) -> None:
    for level, right in enumerate(("0111 0111", "0011 0011"), 1):
        runs.add(right, "0000", facts={"test_set": "t"}, granularity=level)
    path = runs.runs[-1].path
    named = ["p-000", "p-001", "p-002", "p-003", "p-000", "p-000", "p-002", "p-003"]
    pq.write_table(_with("problem_id", *named)(pq.read_table(path)), path)
    table = runs.table("granularity")
    assert [row["accuracy"] for row in table.rows] == [0.75]
    assert table.notes[0].startswith("not taken: run-2: its verdicts are damaged or cut")


def test_a_parquet_file_damaged_within_is_left_out_by_name(runs: Runs) -> None:
    for level, right in enumerate(("0111", "0011"), 1):
        runs.add(right, "0000", granularity=level)
    path = Path(runs.runs[-1].path)
    whole = path.read_bytes()
    for place in range(8, len(whole) - 8, len(whole) // 12):
        path.write_bytes(whole[:place] + b"\xff" * 60 + whole[place + 60 :])
        rows = [(row["granularity"], row["accuracy"]) for row in runs.table("granularity").rows]
        assert rows[0] == ("1", 0.75) and len(rows) < 3


def _wilson(shares: list[float], answers: int) -> tuple[float, float]:
    n, z = len(shares), 1.959963984540054
    p = sum(shares) / n
    variance = sum((share - p) ** 2 for share in shares) / n
    n_effective = min(answers, n * p * (1 - p) / variance)
    middle, scale = p + z * z / (2 * n_effective), 1 + z * z / n_effective
    half = z * math.sqrt(p * (1 - p) / n_effective + z * z / (4 * n_effective**2))
    return (middle - half) / scale, (middle + half) / scale


def _three(runs: Runs, change: Callable[[Runs], None]) -> list[str]:
    runs.add("0000", granularity=0)
    runs.add("0011", granularity=1)
    change(runs)
    *told, of_seeds = runs.table("granularity").notes
    assert of_seeds == ONE_SEED
    return told


def test_what_is_not_alike_stays_apart_and_is_told(runs: Runs) -> None:
    def change(runs: Runs) -> None:
        runs.add("00111", granularity=1)
        runs.add("0111", granularity=2, facts={"grader": "new"})
        runs.add("1111", granularity=3, decoding={"max_new_tokens": 8})

    told = _three(runs, change)
    assert told[:4] == [
        "svamp, small: rows of 2 test sets (n = 4, 5) are not compared with each other",
        "svamp, small: rows of 2 versions of the grader are not compared with each other",
        "svamp, small: rows of token caps 8, 64 are not compared with each other",
        "svamp, small: rows of 2 settings are not compared with each other; they differ in decoding.max_new_tokens",
    ]
    rows = runs.table("granularity").rows
    assert len(rows) == 5 and {row["p_best"] for row in rows if row["granularity"] != "0"} == {1.0}
    assert [row["answer_only"] for row in rows if row["granularity"] in ("2", "3")] == [None, None]
    assert "grader" in as_markdown(runs.table("granularity")) and len(runs.table("best").rows) == 4


def test_rows_of_one_cell_are_not_averaged(runs: Runs) -> None:
    def change(runs: Runs) -> None:
        runs.add("0111", granularity=1, training={"epochs": 9})

    told = _three(runs, change)
    assert told == ["svamp, small: rows of 2 settings are not compared with each other; they differ in training.epochs"]
    assert [row["accuracy"] for row in runs.table("granularity").rows if row["granularity"] == "1"] in (
        [0.5, 0.75],
        [0.75, 0.5],
    )


def test_missing_cells_and_failed_runs_are_listed(runs: Runs) -> None:
    for student, levels in (("small", (1, 2, 3)), ("large", (2,))):
        for level in levels:
            runs.add("0101", student=student, granularity=level)
    runs.add("0101", granularity=2, format="symbolic")
    assert runs.table("granularity", ("q-1: failed",)).notes == [
        "not taken: q-1: failed",
        "missing: svamp, large, gpt, original: granularity 1, 3",
        "missing: svamp, large, gpt, symbolic: granularity 2",
        ONE_SEED,
    ]
    assert "missing: svamp, large, gpt, 2: format symbolic" in runs.table("format").notes


def test_transfer_is_a_table_of_its_own(runs: Runs) -> None:
    runs.add("0111")
    home = runs.runs[-1]
    params = json.loads(home.params)
    runs.runs += pair("run-0", params, home.untuned_path, runs._write("0001"), tested_on="gsm8k", made_of={})
    runs.runs[1] = pair("run-0", params, home.untuned_path, home.path, made_of={})[1]
    (row,) = runs.table("transfer").rows
    assert (row["trained_on"], row["dataset"], row["accuracy"], row["at_home"]) == ("svamp", "gsm8k", 0.25, 0.75)
    assert [row["dataset"] for row in runs.table("granularity").rows] == ["svamp"]


def test_beyond_stands_beside_the_untuned_student_and_pools_seeds(runs: Runs) -> None:
    def asked(name: str, tuned: str, untuned: str, origin: str = "hub") -> dict[str, tuple[str, str]]:
        path = runs.folder / f"{name}.outcomes"
        marks = [("tuned", tuned), ("untuned", untuned)]
        rows = [Outcome(f"part/{n:05}", role, m == "1", origin) for role, of in marks for n, m in enumerate(of)]
        records.write(path, rows, Outcome)
        return {"arc_easy": (str(path), str(path))}

    runs.add("0111", facts={"outcomes": asked("one", "11110000", "10000000")})
    runs.add("0110", seed=2, facts={"outcomes": asked("two", "11010000", "10000000")})
    runs.add("0001", granularity=5, facts={"outcomes": asked("three", "1", "0", "file")})
    runs.add("0011", granularity=6)
    other, pooled = sorted(runs.table("beyond").rows, key=lambda row: row["n"])
    names = ("task", "granularity", "n", "seeds", "accuracy", "untuned", "at_home")
    assert tuple(pooled[name] for name in names) == ("arc_easy", "3", 8, 2, 0.4375, 0.125, 0.625)
    assert tuple(other[name] for name in names) == ("arc_easy", "5", 1, 1, 1.0, 0.0, 0.25)
    assert pooled["p_untuned"] == pytest.approx(0.1572, abs=1e-3)
    assert (pooled["accuracy_low"], pooled["accuracy_high"]) == pytest.approx(_wilson([1, 1, 0.5, 1, 0, 0, 0, 0], 16))
    found = query(
        Gathered(runs.runs, []),
        "SELECT run, sum(correct::INT)::INT AS hits, any_value(origin) AS origin FROM outcomes JOIN runs USING (run_id)"
        " GROUP BY run ORDER BY hits",
        "csv",
    )[0]
    assert [line.split(",", 1)[1] for line in found.splitlines()[1:]] == ["1,file", "3,hub", "4,hub"]
    assert "test set" in as_markdown(runs.table("beyond"))


def test_layouts(runs: Runs) -> None:
    runs.add("0111")
    table = runs.table("supervision")
    assert as_csv(table).splitlines()[0].startswith("dataset,teacher,granularity,format,student,examples")
    assert table.rows[0]["runs"] == ["run-0"]
    latex = as_latex(runs.table("granularity", ("a_b: failed",)))
    assert (
        latex.startswith(f"% not taken: a_b: failed\n% {ONE_SEED}\n\\begin{{tabular}}")
        and "75.0\\% & 30.1\\% to 95.4\\%" in latex
    )
    assert "| 75.0%    | 30.1% to 95.4% |" in as_markdown(runs.table("granularity"))
    assert [runs.table(name).rows for name in NAMES if name == "transfer"] == [[]]


def test_older_verdicts_lack_columns(runs: Runs) -> None:
    runs.add("0111")
    path = Path(runs.runs[-1].path)
    with pq.ParquetFile(path) as file:
        table = file.read().drop_columns(["sample", "ambiguous", "contains_gold"])
    path.unlink()
    pq.write_table(table, path)
    found = query(
        Gathered(runs.runs, []),
        "SELECT DISTINCT sample, ambiguous FROM verdicts JOIN runs USING (run_id) WHERE role = 'tuned'",
        "csv",
    )[0]
    assert found == "sample,ambiguous\n0,\n"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("COPY runs TO 'x'", "a query is one SELECT"),
        ("SELECT 1; SELECT 2", "a query is one SELECT"),
        ("ATTACH 'x.db'", "a query is one SELECT"),
        ("SET lock_configuration = false", "a query is one SELECT"),
        ("SELECT * FROM read_text('/etc/hostname')", "Permission Error"),
        ("SELECT * FROM gathered", "Table with name gathered does not exist"),
    ],
)
def test_a_query_reads_the_relations_and_nothing_else(runs: Runs, sql: str, told: str) -> None:
    runs.add("0111")
    with pytest.raises(UserError, match=told) as raised:
        query(Gathered(runs.runs, []), sql)
    assert "\n" not in str(raised.value)


def test_a_query_answers(runs: Runs) -> None:
    runs.add("0111")
    sql = "SELECT role, count(*) AS n FROM runs JOIN verdicts USING (run_id) GROUP BY role ORDER BY n, role"
    assert query(Gathered(runs.runs, ["x: failed"]), sql, "csv") == (
        *("role,n\ntuned,4\nuntuned,4\n", ["x: failed"], []),
    )
    sql = "SELECT a.accuracy, sum(share) AS right FROM Arms a JOIN scores USING (arm) WHERE role = 'tuned' GROUP BY ALL"
    assert query(Gathered(runs.runs, []), sql, "csv")[0] == "accuracy,right\n0.75,3.0\n"


def test_the_documented_queries_run(runs: Runs) -> None:
    runs.add("0111")
    text = DOCS.read_text(encoding="utf-8")
    written = re.findall(r'"(SELECT [^"]+)"$', text, re.MULTILINE) + re.findall(
        r"^    (SELECT [^`]+?)\n\n", text, re.MULTILINE
    )
    assert len(written) == 7
    for sql in written:
        assert query(Gathered(runs.runs, []), sql)[0].startswith("| ")


@pytest.mark.parametrize("content", [b"no table", b"", None])
def test_a_verdict_table_that_cannot_be_read_is_left_out_by_name(runs: Runs, content: bytes | None) -> None:
    runs.add("0111", granularity=1)
    runs.add("0011", granularity=2)
    path = Path(runs.runs[-1].path)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    table = runs.table("granularity")
    assert [row["accuracy"] for row in table.rows] == [0.75]
    assert table.notes[0].startswith("not taken: run-2: verdicts cannot be read (") and "`dvc repro`" in table.notes[0]
    with connect(Gathered(runs.runs, [])) as connection:
        assert connection.execute("SELECT count(*), bool_and(lost) FROM left_out").fetchall() == [(1, True)]


@pytest.mark.parametrize(("name", "alike"), [("it's a[1]", "it's a1"), ("a*", "ab"), ("a?", "ab")])
def test_no_name_of_a_folder_is_a_pattern(tmp_path: Path, name: str, alike: str) -> None:
    for folder in (name, alike):
        (tmp_path / folder).mkdir()
    runs, others = Runs(tmp_path / name), Runs(tmp_path / alike)
    runs.add("0111")
    others.add("0001")
    Path(others.runs[-1].path).rename(tmp_path / alike / "0111")
    (row,) = runs.table("best").rows
    assert (row["n"], row["accuracy"]) == (4, 0.75)


@pytest.mark.parametrize(
    "columns",
    [
        {"problem_id": ["p-000", "p-001"], "correct": ["perhaps", "no"]},
        {"problem_id": ["p-000", "p-001"]},
        {"other": [1, 2]},
        {"problem_id": ["x", "y"], "correct": [True, False]},
    ],
)
def test_a_foreign_table_is_left_out_by_name(runs: Runs, columns: dict[str, list[Any]]) -> None:
    for level, right in enumerate(("01", "11", "10"), start=1):
        runs.add(right, facts={"test_set": "t"}, granularity=level)
    pq.write_table(pa.table(columns), runs.runs[-1].path)
    table = runs.table("granularity")
    assert [row["granularity"] for row in table.rows] == ["1", "2"]
    assert table.notes[0].startswith("not taken: run-")


_ROLES = {"question": ["q", "q"], "role": ["tuned", "untuned"]}


@pytest.mark.parametrize(
    "columns",
    [
        {"other": [1, 2]},
        {"question": ["q"], "role": ["tuned"], "right": [True]},
        {**_ROLES, "right": [7, 0]},
        {**_ROLES, "right": [float("nan"), 1.0]},
        {**_ROLES, "right": [True, None]},
        {"question": ["q"] * 3, "role": ["tuned", "untuned", "tuned"], "right": [False, False, True]},
    ],
)
def test_a_foreign_table_beyond_is_left_out_and_the_run_is_not(runs: Runs, columns: dict[str, list[Any]]) -> None:
    path = runs.folder / "foreign"
    pq.write_table(pa.table(columns), path)
    empty = runs.folder / "empty"
    pq.write_table(pa.table(columns).slice(0, 0), empty)
    runs.add("0111", facts={"outcomes": {"arc_easy": (str(path), str(empty))}})
    with connect(Gathered(runs.runs, [])) as connection:
        assert ask(connection, "beyond").rows == []
        assert [row["accuracy"] for row in ask(connection, "granularity").rows] == [0.75]
        [(why,)] = connection.execute("SELECT why FROM left_out WHERE lost").fetchall()
    assert re.fullmatch(r"run-\d: data/beyond/arc_easy is damaged or cut: .*; run `dvc repro`", why)
