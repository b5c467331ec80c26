"""Where right choices stand: shuffling them, files that list them first, and who reads no question."""

import json
from pathlib import Path

import pytest

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.problems.positions import baselines, shuffled
from cot_distill.records import Problem


def gpqa(folder: Path, count: int) -> None:
    rows = [
        {"Question": f"Question {n}?", "Correct Answer": f"right {n}", "Incorrect Answer 1": "wrong", "Incorrect Answer 2": "bad", "Incorrect Answer 3": "false"}
        for n in range(count)
    ]  # fmt: skip
    (folder / "mine.json").write_text(json.dumps(rows))


def test_right_answers_in_a_column_of_their_own_stop_and_are_shuffled(tmp_path: Path) -> None:
    gpqa(tmp_path, 40)
    with pytest.raises(UserError, match=r"40 of 40 answers are choice A, .* set own.shuffle_choices: true"):
        own.load(tmp_path, Columns(file="mine.json"), 1)
    found = own.load(tmp_path, Columns(file="mine.json", shuffle_choices=True), 1)
    assert {one.gold for one in found.problems} == set("ABCD")
    for one in found.problems:
        assert one.choices and one.choices["ABCD".index(one.gold)].startswith("right ")
        assert sorted(one.choices)[:3] == ["bad", "false", f"right {one.question.split()[1][:-1]}"]
    again = own.load(tmp_path, Columns(file="mine.json", shuffle_choices=True), 1)
    other = own.load(tmp_path, Columns(file="mine.json", shuffle_choices=True), 2)
    assert again.problems == found.problems
    assert [one.id for one in other.problems] == [one.id for one in found.problems]
    assert [one.gold for one in other.problems] != [one.gold for one in found.problems]


@pytest.mark.parametrize(
    ("choices", "kept"),
    [
        (["red", "blue", "green", "All of the above"], {3}),
        (["red", "blue", "none of these.", "green"], {2}),
        (["red", "blue", "A and B", "green", "pink"], {0, 1, 2}),
        (["red", "blue", "green", "Both (A) and (B)", "pink"], {0, 1, 3}),
        (["red", "blue", "green", "Neither", "Both"], {3, 4}),
        (["A", "B", "AB", "O"], set()),
        (["all the king's men", "a horse", "Humpty", "the wall"], set()),
    ],
)
def test_a_choice_that_speaks_of_others_stays_in_its_place(choices: list[str], kept: set[int]) -> None:
    seen: dict[int, set[str]] = {place: set() for place in range(len(choices))}
    for seed in range(200):
        found, [place] = shuffled(choices, [0], str(seed))
        assert sorted(found) == sorted(choices) and found[place] == choices[0]
        for number, text in enumerate(found):
            seen[number].add(text)
    assert {number for number, texts in seen.items() if len(texts) == 1} == kept


def test_all_of_the_above_keeps_what_is_above_it_there() -> None:
    choices = ["red", "blue", "all of the above", "green", "pink"]
    for seed in range(100):
        found, _ = shuffled(choices, [0], str(seed))
        assert (set(found[:2]), found[2], set(found[3:])) == ({"red", "blue"}, "all of the above", {"green", "pink"})


def problem(gold: str, choices: tuple[str, ...] | None, kind: str = "letter") -> Problem:
    return Problem("p", "own", "test", "?", choices, kind, gold, None, None)


def test_what_scores_without_reading_a_question() -> None:
    rows = [problem("A", ("x", "longer")), problem("A", ("longer", "x")), problem("B", ("x", "longer"))]
    assert baselines(rows) == {"majority": 0.6667, "longest_choice": 0.6667}
    assert baselines([problem("True", None, "boolean")] * 3) == {"majority": 1.0}
    assert baselines([problem("3", None, "number")]) == baselines([]) == {}


def test_baselines_stand_in_the_data_report(project, tmp_path: Path) -> None:
    rows = [{"question": f"Is {n} odd?", "answer": n % 4 == 1, "why": f"{n} and 2."} for n in range(40)]
    (tmp_path / "mine.json").write_text(json.dumps(rows))
    values = {"dataset": "own", "teacher": "human", "granularity": None, "benchmarks": str(tmp_path)}
    project.set(**values, train_problems=None, test_problems=None, own__file="mine.json", own__rationale="why")
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    report = (project.folder / "metrics/supervision/report.md").read_text()
    sizes: dict[str, problems.Size] = {"train": None, "test": None}
    columns = Columns(file="mine.json", rationale="why")
    tested = problems.load("own", tmp_path, tmp_path, 1, sizes, columns).problems["test"]
    share = max(sum(one.gold == gold for one in tested) for gold in ("True", "False")) / len(tested)
    told = f"Who reads no question gets of the test problems: majority {share:.1%}.\n"
    assert told in report
