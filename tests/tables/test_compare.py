"""The comparison against numbers worked out by hand."""

from pathlib import Path

import pytest

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.evaluation.verdicts import metrics
from cot_distill.records import Verdict
from cot_distill.tables.compare import as_csv, compare, markdown
from cot_distill.tables.runs import pair

PARAMS = {
    "dataset": "svamp",
    "student": "s",
    "teacher": "solver",
    "granularity": 3,
    "format": "original",
    "seed": 100,
    "training": {},
}


def _verdicts(path: Path, *right: str) -> str:
    """A word of digits a sample, a digit a problem: 1 for a right answer, 0 for none, others for a wrong one."""
    rows = [
        Verdict(
            problem_id=f"p-{n}",
            dataset="svamp",
            completion="text",
            gold="1",
            predicted=ok if ok != "0" else None,
            correct=ok == "1",
            read_by="boxed" if ok != "0" else None,
            answered=ok != "0",
            ambiguous=False,
            contains_gold=ok == "1",
            truncated=ok == "0",
            new_tokens=10 + n,
            sample=sample,
        )
        for sample, word in enumerate(right)
        for n, ok in enumerate(word)
    ]
    records.write(path, rows, Verdict)
    return str(path)


def test_accuracy_interval_gain_and_p(tmp_path: Path) -> None:
    untuned = _verdicts(tmp_path / "untuned", "1000000000")
    tuned = _verdicts(tmp_path / "tuned", "0111111100")
    base, arm = compare(pair("workspace", PARAMS, untuned, tuned))
    assert (base["role"], base["n"], base["correct"], base["accuracy"], base["gain"], base["p"]) == (
        *("untuned", 10, 1, 0.1),
        *(None, None),
    )
    assert (arm["n"], arm["correct"], arm["accuracy"], arm["answered_rate"], arm["truncated_rate"]) == (
        10,
        7,
        0.7,
        0.7,
        0.3,
    )
    assert arm["gain"] == pytest.approx(0.6)
    assert (arm["only_this_right"], arm["only_untuned_right"]) == (7, 1)
    # 7 against 1 of 10: t = 2.449490 with 11 degrees of freedom
    assert (arm["p"], arm["p_holm"]) == pytest.approx((0.0323, 0.0323), abs=1e-4)
    assert arm["mean_new_tokens"] == 14.5
    assert arm["accuracy_low"] == pytest.approx(0.3968, abs=1e-4)
    table = markdown([base, arm])
    assert "| +60.0 (+5.1 to +94.9, p = 0.032) |" in table
    assert "| 70.0%    | 39.7% to 89.2% |" in table
    assert len({len(line) for line in table.splitlines()}) == 1  # and no line below: the answers are numbers
    assert as_csv([base, arm]).splitlines()[2].startswith("workspace,tuned,svamp,s,solver,3,original,100,1,10,7,0.7")


def test_what_one_scores_who_reads_no_question_stands_below(tmp_path: Path) -> None:
    golds, longest = "AABA", (True, False, True, False)
    rows = {}
    for role, said in (("untuned", "ABAB"), ("tuned", "AABB")):
        problems = enumerate(zip(golds, said, longest, strict=True))
        rows[role] = [
            Verdict(f"p-{n}", "csqa", "text", gold, one, one == gold, "boxed", True, False, one == gold, False, 9, longest=right)
            for n, (gold, one, right) in problems
        ]  # fmt: skip
        records.write(tmp_path / role, rows[role], Verdict)
    found = compare(pair("workspace", PARAMS | {"dataset": "csqa"}, str(tmp_path / "untuned"), str(tmp_path / "tuned")))
    assert [(row["majority"], row["longest_choice"]) for row in found] == [(0.75, 0.5), (None, None)]
    told = markdown(found).splitlines()
    assert told[-2:] == ["", "- without reading a question of csqa: majority 75.0%, longest choice 50.0%"]
    numbers = metrics(rows["tuned"], rows["untuned"])
    assert (numbers["majority"], numbers["longest_choice"]) == (0.75, 0.5)


def test_samples_are_means_with_majority_and_pass_rates(tmp_path: Path) -> None:
    untuned = _verdicts(tmp_path / "untuned", "1000", "1000")
    # Samples of the four problems: 1 1 1, 1 2 2, 1 2 none, none none none.
    tuned = _verdicts(tmp_path / "tuned", "1110", "1220", "1200")
    base, arm = compare(pair("workspace", PARAMS, untuned, tuned))
    assert (arm["n"], arm["samples"], arm["correct"], arm["accuracy"]) == (4, 3, 5, pytest.approx(5 / 12))
    # The majority is right, wrong, tied and without a vote.
    assert arm["maj_at_k"] == pytest.approx((1 + 0 + 0.5 + 0) / 4)
    assert arm["pass_at_k"] == 0.75
    assert arm["maj_at_k_low"] < 0.375 < arm["maj_at_k_high"]
    assert arm["gain"] == pytest.approx(((1 - 1) + 1 / 3 + 1 / 3 + 0) / 4)
    assert (arm["p"], arm["only_this_right"]) == (pytest.approx(0.5611, abs=1e-4), None)
    assert (base["samples"], base["accuracy"], base["pass_at_k"]) == (2, 0.25, 0.25)
    header, _, *rows = markdown([base, arm]).splitlines()
    assert [cell.strip(" |") for cell in header.split(" | ")[-3:]] == ["k", "maj@k", "pass@k"]
    assert "| 3 | 37.5% (" in rows[1]
    single = _verdicts(tmp_path / "single", "1000")
    assert "maj@k" not in markdown(compare(pair("workspace", PARAMS, single, single)))


def test_problems_answered_unequally_often_are_told(tmp_path: Path) -> None:
    path = _verdicts(tmp_path / "v", "11", "1")
    with pytest.raises(
        UserError, match="workspace: its verdicts are damaged or cut: some problems have more answers than others"
    ):
        compare(pair("workspace", PARAMS, path, path))


def test_an_answer_only_arm_has_no_teacher(tmp_path: Path) -> None:
    path = _verdicts(tmp_path / "v", "10")
    _, arm = pair("x", {**PARAMS, "granularity": 0}, path, path)
    assert (arm.teacher, arm.format, arm.granularity) == (None, None, "0")
    assert "answer only" in markdown(compare([arm]))


def test_no_runs_give_no_rows_and_a_missing_table_is_told(tmp_path: Path) -> None:
    assert compare([]) == []
    with pytest.raises(UserError, match="verdicts cannot be read"):
        compare(pair("x", PARAMS, str(tmp_path / "none"), str(tmp_path / "none")))


def test_no_name_of_a_folder_is_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a[1]"
    folder.mkdir()
    untuned, tuned = _verdicts(folder / "untuned", "1000"), _verdicts(folder / "tuned", "1110")
    assert [row["accuracy"] for row in compare(pair("exp", PARAMS, untuned, tuned))] == [0.25, 0.75]
