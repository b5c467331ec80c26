"""`cot-distill grade`: rows in, the same rows with a verdict out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cot_distill.evaluation.completions import grade_lines
from cot_distill.problems.names import answer_kind_of

FRUIT = ["apple", "pear", "plum"]


def grade(*rows: Any) -> list[dict[str, Any]]:
    return list(grade_lines([row if isinstance(row, str) else json.dumps(row) for row in rows], answer_kind_of))


@pytest.mark.parametrize(
    ("row", "predicted", "correct"),
    [
        ({"dataset": "svamp", "completion": "4 * 6 = 24.\nThe answer is 24.", "gold": "24"}, "24", True),
        ({"dataset": "gsm8k", "completion": "#### 1,234", "gold": "1,234"}, "1234", True),
        ({"dataset": "gsm8k", "completion": "So $1,200.50 in all.", "gold": 1200.5}, "1200.5", True),
        ({"dataset": "svamp", "completion": "The answer is 25.", "gold": 24}, "25", False),
        ({"dataset": "csqa", "completion": "It is the pear.\nThe answer is pear.", "gold": "B", "choices": FRUIT}, "B", True),
        ({"dataset": "aqua", "completion": "The answer is (C).", "gold": "c", "choices": None}, "C", True),
        ({"dataset": "obqa", "completion": "The answer is A.", "gold": "pear", "choices": FRUIT}, "A", False),
        ({"dataset": "strategyqa", "completion": "The answer is yes.", "gold": True}, "True", True),
        ({"dataset": "strategyqa", "completion": "The answer is False.", "gold": "no"}, "False", True),
        ({"dataset": "math", "completion": r"Thus \boxed{\dfrac{1}{2}}.", "gold": r"\frac{1}{2}"}, r"\dfrac{1}{2}", True),
        ({"answer_kind": "number", "completion": "The answer is 3/4", "gold": "0.75"}, "0.75", True),
        ({"dataset": "svamp", "completion": "I do not know.", "gold": "24"}, None, False),
        ({"dataset": "svamp", "completion": "", "gold": "24"}, None, False),
    ],
)  # fmt: skip
def test_a_row_is_read_and_compared(row: dict[str, Any], predicted: str | None, correct: bool) -> None:
    [graded] = grade(row)
    assert {name: graded[name] for name in row} == row
    assert (graded["predicted"], graded["correct"]) == (predicted, correct)
    assert graded["reason"] in ("no_answer", "boxed", "hashes", "answer_line", "conclusion")
    assert (graded["reason"] == "no_answer") is (predicted is None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"dataset": "gsm9k", "completion": "5", "gold": "5"}, "dataset is 'gsm9k'; valid: word_problems, svamp"),
        ({"completion": "5", "gold": "5"}, "dataset is None; valid: "),
        ({"dataset": ["svamp"], "completion": "5", "gold": "5"}, "dataset is ['svamp']; valid: "),
        ({"answer_kind": "word", "completion": "5", "gold": "5"}, "answer_kind is 'word'; valid: number, letter"),
        ({"dataset": "svamp", "gold": "5"}, "completion is not a text"),
        ({"dataset": "svamp", "completion": 5, "gold": "5"}, "completion is not a text"),
        ({"dataset": "svamp", "completion": "5"}, "gold is not a text"),
        ({"dataset": "svamp", "completion": "5", "gold": "many"}, "gold is 'many', which is not a number"),
        ({"dataset": "csqa", "completion": "A", "gold": "A", "choices": "AB"}, "choices is not a list of texts"),
        ({"dataset": "csqa", "completion": "A", "gold": "A", "choices": [None]}, "choices is not a list of texts"),
        (
            {"dataset": "csqa", "completion": "A", "gold": "A", "choices": {"label": ["2", "3"], "text": ["a", "b"]}},
            "choices are not labelled A",
        ),
    ],
)
def test_a_bad_row_comes_back_with_its_reason(row: dict[str, Any], reason: str) -> None:
    [graded] = grade(row)
    assert graded["correct"] is None
    assert graded["predicted"] is None
    assert graded["reason"].startswith(reason)
    assert {name: graded[name] for name in row} == row


@pytest.mark.parametrize("line", ["{", "7", "[1]", "null", "[" * 100_000, "\x00"])
def test_a_line_that_is_no_row_is_kept(line: str) -> None:
    [graded] = grade(line)
    reason = "the line is not a JSON object"
    assert graded == {"line": line, "predicted": None, "correct": None, "stated": False, "reason": reason}


NAMES = {
    "gsm8k": "GSM8K openai/gsm8k gsm-8k openai/gsm8k:main gsm8k/main gsm8k_main gsm8k-socratic gsm8k_test openai/grade-school-math",
    "svamp": "SVAMP ChilleD/SVAMP svamp_train",
    "aqua": "AQuA AQuA-RAT aqua_rat AQUA_RAT deepmind/aqua_rat aqua_rat/raw",
    "math": "MATH MATH-500 math_500 math500 HuggingFaceH4/MATH-500 hendrycks_math competition_math hendrycks/competition_math "
    "EleutherAI/hendrycks_math:algebra lighteval/MATH nlile/hendrycks-MATH-benchmark",
    "csqa": "CSQA commonsenseqa CommonsenseQA commonsense_qa Commonsense-QA tau/commonsense_qa commonsense_qa@validation",
    "obqa": "OBQA openbookqa OpenBookQA openbook_qa allenai/openbookqa openbookqa/main",
    "strategyqa": "StrategyQA strategy_qa strategy-qa ChilleD/StrategyQA wics/strategy-qa strategyqa_dev",
}  # fmt: skip
GOLD = (
    dict.fromkeys(("gsm8k", "svamp", "math"), "5")
    | dict.fromkeys(("aqua", "csqa", "obqa"), "B")
    | {"strategyqa": "yes"}
)


@pytest.mark.parametrize("dataset", NAMES)
def test_a_dataset_goes_by_its_usual_names(dataset: str) -> None:
    gold = GOLD[dataset]
    names = [*NAMES[dataset].split(), "  " + dataset.upper(), dataset.title() + " (test)"]
    rows = [{"dataset": name, "completion": f"The answer is {gold}.", "gold": gold} for name in names]
    assert [row["dataset"] for row in grade(*rows) if not row["correct"]] == []


@pytest.mark.parametrize("name", ["gsm9k", "mathqa", "mmmlu", "arc", "", "main", "test/main"])
def test_an_unknown_dataset_is_told_with_the_known_ones(name: str) -> None:
    [graded] = grade({"dataset": name, "completion": "The answer is 5.", "gold": "5"})
    assert graded["correct"] is None
    assert graded["reason"] == (
        f"dataset is {name!r}; valid: word_problems, svamp, gsm8k, aqua, math, csqa, obqa, strategyqa, "
        "arc_challenge, arc_easy, mmlu, mmlu_pro, gpqa, boolq, piqa, hellaswag, multiarith, asdiv, mawps, aime, math_500, drop, or give answer_kind"
    )


@pytest.mark.parametrize(
    "choices",
    [
        ["A) 5", "B) 7", "C) 9"],
        ["A)5", "B)7", "C)9"],
        ["(a) 5", "(b) 7", "(c) 9"],
        ["A. 5", "B. 7", "C. 9"],
        ["A: 5", "B: 7", "C: 9"],
        ["5", "7", "9"],
        [5, 7, 9],
        {"label": ["A", "B", "C"], "text": ["5", "7", "9"]},
        {"A": "5", "B": "7", "C": "9"},
        [{"label": "A", "text": "5"}, {"label": "B", "text": "7"}, {"label": "C", "text": "9"}],
    ],
)
@pytest.mark.parametrize("gold", ["B", "(B)", "B.", "b", "B) 7", "7", 7])
def test_choices_and_gold_come_in_many_layouts(choices: Any, gold: Any) -> None:
    for completion in ("It is 3 + 4 = 7.", "The answer is (B).", "Answer: B) 7", "The answer is 7."):
        [graded] = grade({"dataset": "aqua", "completion": completion, "gold": gold, "choices": choices})
        assert (graded["predicted"], graded["correct"], graded["choices"]) == ("B", True, choices)


@pytest.mark.parametrize(
    ("dataset", "gold", "right", "wrong"),
    [
        ("gsm8k", "Ann sold 48/2 = <<48/2=24>>24 clips in May.\nSo 48+24 = <<48+24=72>>72.\n#### 72", "72", "24"),
        ("gsm8k", "#### 1,872", "1872", "1"),
        ("gsm8k", 18.0, "18", "180"),
        ("svamp", "145.0", "145", "1450"),
        ("math", "We have $3 + 4 = 7$, so the answer is $\\boxed{\\frac{1}{7}}$.", "\\boxed{\\frac17}", "\\boxed{7}"),
        ("math", "\\boxed{(1, 2)}", "$(1,2)$", "$(2,1)$"),
        ("math", 0.5, "$\\frac12$", "$2$"),
        ("strategyqa", False, "The answer is no.", "The answer is yes."),
        ("strategyqa", "Yes", "The answer is yes.", "The answer is no."),
        ("strategyqa", "false", "The answer is no.", "The answer is yes."),
    ],
)
def test_gold_may_be_a_whole_solution(dataset: str, gold: Any, right: str, wrong: str) -> None:
    rows = [{"dataset": dataset, "completion": text, "gold": gold} for text in (right, wrong)]
    assert [row["correct"] for row in grade(*rows)] == [True, False]


def test_gold_that_is_a_choice_word_for_word_is_that_choice() -> None:
    row = {
        "dataset": "obqa",
        "completion": "The answer is B.",
        "gold": "A vitamin",
        "choices": ["C vitamins", "A vitamin"],
    }
    assert [one["correct"] for one in grade(row, row | {"gold": "C vitamins"})] == [True, False]


@pytest.mark.parametrize(
    ("row", "predicted", "correct"),
    [
        ({"completion": "The answer is C.", "gold": 2, "choices": FRUIT}, "C", True),
        ({"completion": "The answer is A.", "gold": 0}, "A", True),
        ({"completion": "The answer is B.", "gold": 7, "choices": [5, 7, 9]}, "B", True),
        ({"completion": "The answer is 3.", "gold": "3", "choices": {"label": ["1", "2", "3"], "text": FRUIT}}, "C", True),
        ({"completion": "The answer is C.", "gold": "3", "choices": {"label": [1, 2, 3], "text": FRUIT}}, "C", True),
        ({"completion": "The answer is 0.", "gold": "A", "choices": {"0": "apple", "1": "pear", "2": "plum"}}, "A", True),
    ],
)  # fmt: skip
def test_labels_and_places_of_choices(row: dict[str, Any], predicted: str, correct: bool) -> None:
    [graded] = grade({"answer_kind": "letter"} | row)
    assert (graded["predicted"], graded["correct"], graded["stated"]) == (predicted, correct, True)


def test_truncated_text_and_letters() -> None:
    row = {"dataset": "svamp", "completion": "So he has 5 pens.", "gold": "5"}
    whole, cut, broken = grade(row, row | {"truncated": True}, row | {"truncated": "no"})
    assert (whole["correct"], whole["stated"], whole["reason"]) == (True, False, "conclusion")
    assert (cut["correct"], cut["reason"]) == (False, "truncated")
    assert broken["reason"] == "truncated is 'no'; give true or false"
    [near] = grade({"answer_kind": "text", "completion": "It was Curie.", "gold": ["Marie Curie", "Skłodowska"]})
    assert (near["correct"], near["f1"]) == (False, 0.6667)
    [both] = grade({"answer_kind": "letters", "completion": "The answers are C and A.", "gold": ["A", "C"]})
    assert both["correct"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cot_distill.cli", "grade", *arguments], capture_output=True, text=True
    )


def test_the_command_keeps_order_and_fields_and_fails_only_where_every_row_is_bad(tmp_path: Path) -> None:
    good = {"id": 7, "dataset": "svamp", "completion": "The answer is 5.", "gold": "5", "extra": {"ä": [1]}}
    (tmp_path / "in.jsonl").write_text(
        "\n".join([json.dumps(good), "{", "", json.dumps(good | {"gold": "6"})]), "utf-8"
    )
    out = tmp_path / "out.jsonl"
    done = run(str(tmp_path / "in.jsonl"), "--out", str(out))
    assert (done.returncode, done.stdout) == (0, f"{out}: 1 right, 1 wrong, 1 that cannot be graded\n")
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert rows[0] == good | {"predicted": "5", "correct": True, "stated": True, "reason": "answer_line"}
    assert [row["correct"] for row in rows] == [True, None, False]

    (tmp_path / "in.jsonl").write_text("{\n")
    done = run(str(tmp_path / "in.jsonl"), "--out", str(out))
    assert done.returncode == 1
    assert "no row can be graded; `reason` in" in done.stderr
    done = run(str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "x"))
    assert (done.returncode, "No such file" in done.stderr, (tmp_path / "x").exists()) == (1, True, False)
