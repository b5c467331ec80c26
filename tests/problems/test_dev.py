"""The dev split: where its problems come from, and that nobody is trained on them."""

import json
from pathlib import Path

import pytest

from cot_distill import problems, records
from cot_distill.errors import UserError
from cot_distill.problems import dev
from cot_distill.problems.own import Columns
from cot_distill.records import Problem, Verdict


def _problem(number: int, question: str | None = None) -> Problem:
    name = f"p-{number:03}"
    return Problem(name, "d", "train", question or f"How many are {number}?", None, "number", "1", None, None)


def _ids(found: list[Problem]) -> list[str]:
    return [problem.id for problem in found]


def _made(size: dev.Size) -> dict[str, list[Problem]]:
    sizes: dict[str, problems.Size] = {"train": 160, "test": 100}
    return problems.load("word_problems", Path(), Path(), 1, sizes, dev_size=size).problems


@pytest.mark.parametrize(
    ("size", "train", "expected"),
    [(None, 160, 100), (None, 7473, 747), (0.25, 160, 40), (200, 160, 200), (0, 160, 0)],
)
def test_how_many_there_are(size: dev.Size, train: int, expected: int) -> None:
    assert dev.wanted(size, train) == expected


def test_word_problems_draw_more_and_change_neither_training_nor_test() -> None:
    without, made = _made(0), _made(None)
    assert "dev" not in without
    assert {split: len(rows) for split, rows in made.items()} == {"train": 160, "test": 100, "dev": 100}
    assert (made["train"], made["test"]) == (without["train"], without["test"])
    questions = [problem.question for rows in made.values() for problem in rows]
    assert len(set(questions)) == len(questions)
    assert {problem.split for problem in made["dev"]} == {"dev"}


def test_spare_problems_come_first() -> None:
    every = [_problem(number) for number in range(30)]
    drawn = dev.draw(every[:10], every, [], 15, seed=1)
    train, held = drawn.train, drawn.dev
    assert _ids(train) == _ids(every[:10])
    assert len(held) == 15 and not set(_ids(held)) & set(_ids(train))
    assert {problem.split for problem in held} == {"dev"}
    assert _ids(dev.draw(every[:10], every, [], 15, seed=1).dev) == _ids(held)
    assert _ids(dev.draw(every[:10], every, [], 15, seed=2).dev) != _ids(held)
    assert set(_ids(dev.draw(every[:10], every, [], 5, seed=1).dev)) <= set(_ids(held))


def test_a_spare_problem_that_asks_what_is_trained_or_tested_is_none() -> None:
    every = [
        _problem(0),
        _problem(1, "How many are 0 ?"),
        _problem(2, "How many are tested?"),
        _problem(3),
        _problem(4),
    ]
    drawn = dev.draw([every[0]], every, [_problem(9, "how many are TESTED")], 2, seed=1)
    assert (_ids(drawn.train), _ids(drawn.dev)) == (["p-000"], ["p-003", "p-004"])


def test_what_is_missing_is_taken_out_of_training() -> None:
    every = [_problem(number) for number in range(1000)]
    drawn = dev.draw(every, every, [], None, seed=1)
    assert (len(drawn.train), len(drawn.dev)) == (900, 100)
    assert sorted(_ids(drawn.train) + _ids(drawn.dev)) == _ids(every)
    small = dev.draw(every[:40], every[:40], [], None, seed=1)
    assert (len(small.train), len(small.dev)) == (32, 8)  # not 100 of 40: a fifth at most
    with pytest.raises(UserError, match="60 dev problems of 0 spare and 40 training problems leave none to train on"):
        dev.draw(every[:40], every[:40], [], 60, seed=1)


def test_what_a_pilot_is_taught_is_taught_by_the_whole_too(tmp_path: Path) -> None:
    rows = [{"q": f"What is {n} + 1?", "a": n + 1} for n in range(300)]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    columns = Columns(file="mine.jsonl", question="q", answer="a")
    pilot, whole = (
        problems.load("own", tmp_path, tmp_path, 1, {"train": size, "test": None}, columns, dev_size=None).problems
        for size in (50, None)
    )
    assert (len(pilot["train"]), len(whole["train"]), len(whole["dev"])) == (50, 192, 48)
    assert set(_ids(pilot["train"])) <= set(_ids(whole["train"]))


def test_own_data_may_bring_their_dev_split(tmp_path: Path) -> None:
    rows = [{"q": f"What is {n} + 1?", "a": n + 1, "part": ("train", "dev", "test")[n % 3]} for n in range(12)]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    columns = Columns(
        file="mine.jsonl", question="q", answer="a", choices=None, rationale=None, split="part", answer_kind=None
    )
    loaded = problems.load("own", tmp_path, tmp_path, 1, {"train": None, "test": None}, columns, dev_size=None)
    assert loaded.account.rows_kept == {"train": 4, "test": 4, "dev": 4}
    assert {problem.gold for problem in loaded.problems["dev"]} == {"2", "5", "8", "11"}


def _obqa(folder: Path, rows: dict[str, list[tuple[str, str]]]) -> None:
    """Official files of OpenBookQA: by split, the id and question of each row."""
    (folder / "obqa").mkdir()
    choices = [{"label": label, "text": f"{label.lower()} thing"} for label in "ABCD"]
    for split, given in rows.items():
        lines = [
            json.dumps({"id": id, "question": {"stem": stem, "choices": choices}, "answerKey": "A"})
            for id, stem in given
        ]
        (folder / f"obqa/{split}.jsonl").write_text("\n".join(lines))


def test_a_benchmark_brings_its_validation_split_and_keeps_its_training_whole(tmp_path: Path) -> None:
    train = [(f"t-{n}", f"What is number {n}?") for n in range(20)]
    held = [(f"d-{n}", f"What is thing {n}?") for n in range(5)]
    rows = {
        "train": train,
        "test": [("e-0", "What is left?")],
        "dev": [*held, ("d-5", "what is number 3 ?"), ("d-6", "What is LEFT?")],
    }
    _obqa(tmp_path, rows)
    sizes: dict[str, problems.Size] = {"train": None, "test": None}
    whole = problems.load("obqa", tmp_path, tmp_path, 1, sizes, dev_size=None)
    assert whole.account.rows_kept == {"train": 20, "test": 1, "dev": 5}
    assert whole.account.rows_in["dev"] == 7 and whole.account.dropped["dev"] == {"repeats": 2}
    assert _ids(whole.problems["dev"]) == [f"obqa-d-{n}" for n in range(5)]
    few = problems.load("obqa", tmp_path, tmp_path, 1, sizes, dev_size=2).account
    assert few.rows_kept == {"train": 20, "test": 1, "dev": 2}
    assert few.dropped["dev"] == {"not_sampled": 3, "repeats": 2}
    more = problems.load("obqa", tmp_path, tmp_path, 1, sizes, dev_size=8).account
    assert more.rows_kept == {"train": 17, "test": 1, "dev": 8} and more.dropped["train"] == {"dev": 3}
    assert more.rows_in["dev"] == 10


def test_without_the_file_of_its_validation_split_dev_problems_are_drawn(tmp_path: Path) -> None:
    _obqa(tmp_path, {"train": [(f"t-{n}", f"What is number {n}?") for n in range(20)], "test": [("e-0", "Left?")]})
    loaded = problems.load("obqa", tmp_path, tmp_path, 1, {"train": None, "test": None}, dev_size=None)
    assert loaded.account.rows_kept == {"train": 16, "test": 1, "dev": 4}


def test_a_dev_question_among_the_examples_stops_transform(project) -> None:
    project.set(dev_problems=3)
    assert [project.stage(stage).returncode for stage in ("prepare", "generate")] == [0, 0]
    paths = {split: project.folder / f"data/problems/{split}.parquet" for split in ("train", "dev")}
    train, held = (records.read(path, Problem) for path in paths.values())
    records.write(paths["train"], [*train[1:], Problem(**{**_fields(held[0]), "id": train[0].id})], Problem)
    stopped = project.stage("transform")
    assert stopped.returncode == 1
    assert f"1 training questions are dev questions ({train[0].id} = {held[0].id})" in stopped.stderr


def test_the_dev_problems_are_asked_where_params_say_so(project) -> None:
    project.set(dev_problems=3, evaluation__split="dev")
    for stage in ("check", "prepare"):
        assert project.stage(stage).returncode == 0
    told = project.stage("evaluate", "untuned").stdout
    assert "evaluate: untuned student on the dev split: accuracy" in told
    asked = records.read(project.folder / "data/verdicts/untuned.parquet", Verdict)
    assert [verdict.problem_id for verdict in asked] == [f"word_problems-dev-{n:05}" for n in range(3)]


def _fields(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
