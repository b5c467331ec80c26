"""What a study costs, before it runs."""

import pytest

from cot_distill.errors import UserError
from cot_distill.studies.cost import Cost, check_disk, cost
from cot_distill.studies.grid import Study, expand
from stages import params
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)


def runs(**factors):
    study = Study(about="?", grids=[factors])
    return expand("s", study, params.read(ROOT / "params.yaml"), {}, lambda values, where: None)


def test_examples_and_students_are_counted() -> None:
    # Full fine-tuning of 1.24e9 weights: a student of 2.48 GB, two checkpoints of it with 14 bytes a weight more.
    two = runs(dataset="svamp", student="llama_3_2_1b", granularity=[1, 2])
    assert cost(two, {}, 1, False) == Cost(2 * 700 * 3, 4_960_000_000, 2_480_000_000 + 39_680_000_000, [])
    assert cost(two, {"svamp": 673}, 2, True) == Cost(2 * 673 * 3, 0, 2 * (2 * 2_480_000_000 + 39_680_000_000), [])
    few = runs(dataset="svamp", train_problems=100, **{"training.epochs": 2})
    assert cost(few, {}, 1, False).examples == 200
    assert cost([], {}, 1, False) == Cost(0, 0, 0, [])


def test_word_problems_are_made_as_many_as_asked_for() -> None:
    assert cost(runs(train_problems=500), {}, 1, False).examples == 500
    assert cost(runs(train_problems=None), {}, 1, False).examples == 160
    assert cost(runs(dataset="own", train_problems=30), {}, 1, False).examples == 30


def test_a_student_whose_entry_tells_no_weights_is_named(tmp_path, monkeypatch) -> None:
    (tmp_path / "students.yaml").write_text("mine: {model: /models/mine-7b, template: plain}\n")
    mine = runs(student="mine", dataset="svamp")
    monkeypatch.chdir(tmp_path)
    assert cost(mine, {}, 1, False) == Cost(700 * 3, 0, 0, ["mine"])


def test_a_disk_that_is_too_small_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path))
    check_disk(tmp_path / "absent", Cost(0, 1000, 1000, []), False)
    with pytest.raises(
        UserError, match=r"the study \(less with --drop-students\) takes about 1000000000.0 GB, its disk has .* GB free"
    ):
        check_disk(tmp_path, Cost(0, 10**18, 0, []), False)
