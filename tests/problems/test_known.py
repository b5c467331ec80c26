"""The known benchmarks of benchmarks.yaml, each by a row in our own words, laid out as its own are."""

import json
from pathlib import Path
from typing import Any

import pytest

from cot_distill import problems
from cot_distill.problems.known import KNOWN
from tests.hub import serving
from tests.layouts import hub_dataset

ROWS: dict[str, tuple[dict[str, Any], tuple[str, tuple[str, ...] | None, str]]] = {
    "arc_challenge": ({"id": "1", "question": "Ice is?", "choices": {"text": ["hot", "cold"], "label": ["1", "2"]}, "answerKey": "2"}, ("Ice is?", ("hot", "cold"), "B")),
    "arc_easy": ({"id": "1", "question": "Ice is?", "choices": {"text": ["hot", "cold"], "label": ["A", "B"]}, "answerKey": "B"}, ("Ice is?", ("hot", "cold"), "B")),
    "mmlu": ({"question": "Ice is?", "subject": "physics", "choices": ["hot", "cold", "dry", "red"], "answer": 1}, ("Ice is?", ("hot", "cold", "dry", "red"), "B")),
    "mmlu_pro": ({"question_id": 1, "question": "Ice is?", "options": ["hot", "cold", "red"], "answer": "B", "answer_index": 1, "cot_content": "", "category": "x", "src": "y"}, ("Ice is?", ("hot", "cold", "red"), "B")),
    "boolq": ({"question": "is ice cold", "answer": True, "passage": "Ice is cold."}, ("Ice is cold.\n\nis ice cold", None, "True")),
    "piqa": ({"goal": "Cool tea.", "sol1": "burn it", "sol2": "add ice", "label": 1}, ("Cool tea.", ("burn it", "add ice"), "B")),
    "hellaswag": ({"ind": 1, "activity_label": "x", "ctx_a": "Ann", "ctx_b": "she", "ctx": "Ann sits. She", "endings": ["flies", "rests", "melts", "is ice"], "source_id": "s", "split": "train", "split_type": "x", "label": "1"}, ("Ann sits. She", ("flies", "rests", "melts", "is ice"), "B")),
    "multiarith": ({"question": "What is 3 and 4?", "final_ans": "7"}, ("What is 3 and 4?", None, "7")),
    "asdiv": ({"body": "Ann has 3 figs and 4 pears.", "question": "How many fruits?", "solution_type": "Addition", "answer": "7 (fruits)", "formula": "3+4=7"}, ("Ann has 3 figs and 4 pears. How many fruits?", None, "7")),
    "mawps": ({"id": "m1", "question": "What is 3 and 4?", "chain": "<gadget>3+4</gadget>", "result": "7", "result_unit": "", "equation": "x=3+4", "expression": "3+4"}, ("What is 3 and 4?", None, "7")),
    "aime": ({"id": 0, "problem": "What is $3+4$?", "solution": "It is $\\boxed{007}$.", "answer": "007", "url": "u"}, ("What is $3+4$?", None, "7")),
    "math_500": ({"problem": "Half of 3?", "solution": "It is $\\boxed{\\frac{3}{2}}$.", "answer": "\\frac{3}{2}", "subject": "x", "level": 1, "unique_id": "t/1"}, ("Half of 3?", None, "\\frac{3}{2}")),
    "drop": ({"section_id": "s", "query_id": "q", "passage": "Ann ran.", "question": "Who ran?", "answers_spans": {"spans": ["Ann", "Ann Lee"], "types": ["span", "span"]}}, ("Ann ran.\n\nWho ran?", None, "Ann\nAnn Lee")),
}  # fmt: skip
SIZES: dict[str, problems.Size] = {"train": None, "test": None}


def another(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row with another question."""
    key = next(key for key in ("ctx", "goal", "problem", "question") if key in row)
    return row | {key: f"{row[key]} ({number})"}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("dataset", ROWS)
def test_a_row_of_each(tmp_path: Path, dataset: str) -> None:
    row, read = ROWS[dataset]
    write(tmp_path / dataset / "test.jsonl", [row])
    write(tmp_path / dataset / "train.jsonl", [another(row, 1), another(row, 2)])
    loaded = problems.load(dataset, tmp_path, tmp_path / "revisions.yaml", 1, SIZES)
    [test] = loaded.problems["test"]
    assert (test.question, test.choices, test.gold) == read
    assert test.answer_kind == problems.ANSWER_KIND_OF[dataset] == KNOWN[dataset].facts.answer_kind
    assert len(loaded.problems["train"]) == 2 and {one.dataset for one in loaded.problems["train"]} == {dataset}
    assert test.id.startswith(f"{dataset}-") and list(test.faults()) == []


def test_gpqa_is_shuffled_and_drawn(tmp_path: Path) -> None:
    rows = [
        {"Question": f"Question {n}?", "Correct Answer": "right\n", "Incorrect Answer 1": "a", "Incorrect Answer 2": "b", "Incorrect Answer 3": "c", "Explanation": "Since."}
        for n in range(40)
    ]  # fmt: skip
    write(tmp_path / "gpqa/gpqa_main.jsonl", rows)
    loaded = problems.load("gpqa", tmp_path, tmp_path / "revisions.yaml", 1, SIZES)
    assert loaded.account.rows_kept == {"train": 32, "test": 8}
    both = [*loaded.problems["train"], *loaded.problems["test"]]
    assert {one.gold for one in both} == set("ABCD") and {one.rationale for one in both} == {"Since."}


def test_every_one_is_tried() -> None:
    assert set(ROWS) | {"gpqa"} == set(KNOWN)


def test_a_row_without_gold_is_counted(tmp_path: Path) -> None:
    row, _ = ROWS["hellaswag"]
    write(tmp_path / "hellaswag/train.jsonl", [row])
    write(tmp_path / "hellaswag/test.jsonl", [another(row, 1), another(row, 2) | {"label": ""}])
    account = problems.load("hellaswag", tmp_path, tmp_path / "revisions.yaml", 1, SIZES).account
    assert (account.rows_in["test"], account.dropped["test"]) == (2, {"'label' is empty": 1})


def test_from_the_hub_at_a_pinned_commit(project, tmp_path: Path) -> None:
    row, _ = ROWS["boolq"]
    hub_dataset(tmp_path / "made", {("default", "train"): [row, another(row, 1)], ("default", "validation"): [another(row, 2)]})  # fmt: skip
    with serving() as hub:
        hub.put("google/boolq", tmp_path / "made", "b" * 40)
        project.environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
        project.set(dataset="boolq", teacher="solver", granularity=0, train_problems=None, test_problems=None)
        done = project.stage("prepare")
    assert done.returncode == 0, done.stderr
    assert "prepare: boolq train: 2 problems of 2 rows\nprepare: boolq test: 1 problems of 1 rows\n" in done.stdout
    assert f"boolq:\n  google/boolq: {'b' * 40}\n" in (project.folder / "data/revisions.yaml").read_text()
