"""What a study's file expands to."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.studies import grid
from cot_distill.studies.grid import Study, expand, load, set_params
from stages import params
from tests.conftest import ROOT, SHARED

BASE = {
    "dataset": "svamp",
    "granularity": 3,
    "seed": 1,
    "training": {"method": None},
    "benchmarks": "b",
    "calls": {"tries": 8},
}


def names(study: Study, **chosen) -> list[str]:
    return [run.name for run in expand("s", study, BASE, chosen, lambda values, where: None)]


def of(*grids, **keys) -> Study:
    return Study(about="?", grids=list(grids), **keys)


def test_grids_are_products_and_a_study_is_their_union() -> None:
    study = of(
        {"granularity": [1, "padded"], "training.method": ["lora", None]}, {"granularity": 1, "training.method": "lora"}
    )
    runs = expand("s", study, BASE, {}, lambda values, where: None)
    assert [run.name for run in runs] == [
        "s-granularity_1-lora",
        "s-granularity_1-method_null",
        "s-padded-lora",
        "s-padded-method_null",
    ]
    assert runs[2].values == BASE | {"granularity": "padded", "training": {"method": "lora"}}
    assert runs[2].changes == {"granularity": "padded", "training.method": "lora"}
    assert BASE["training"] == {"method": None}


def test_a_name_tells_what_is_made_and_not_where_data_lies() -> None:
    study = of({"granularity": [1, 2]}, params={"seed": 5})
    assert names(study) == ["s-granularity_1", "s-granularity_2"]
    assert names(study, benchmarks="/elsewhere", **{"calls.tries": 2}) == ["s-granularity_1", "s-granularity_2"]
    assert names(study, seed=7) == ["s-granularity_1-seed_7", "s-granularity_2-seed_7"]
    assert names(study, granularity=6) == ["s-granularity_6"]
    assert names(of({"dataset": ["a b/c..d", "x.lock"]})) == ["s-a_b_c_.d", "s-x"]


def test_bad_studies_are_told_in_one_line(tmp_path: Path) -> None:
    def fault(text: str) -> str:
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(UserError) as raised:
            expand("bad", load(tmp_path, "bad"), BASE, {}, lambda values, where: None)
        assert "\n" not in str(raised.value)
        return str(raised.value).replace(f"{tmp_path}/", "")

    assert fault("grids: [{seed: 1}]").startswith("bad.yaml: about is missing")
    keys = " (the keys of a study are about, matched, params, max_hours, grids)"
    assert fault("about: x\ngrids: []") == f"bad.yaml: grids is []; give at least one value{keys}"
    assert fault("about: x\ngrids: [{seed: 1, granularity: []}]") == (
        f"bad.yaml: grids.0.granularity is []; give at least one value{keys}"
    )
    assert fault("about: x\ngrid: []\ngrids: [{seed: 1}]") == f"bad.yaml: grid is not a known setting{keys}"
    for empty in ("", "# nothing yet\n", "---\n", "null"):
        assert fault(empty) == "bad.yaml: must be a mapping, and is empty"
    assert fault("about: [x").startswith("bad.yaml: not valid YAML")
    assert (
        fault("about: x\ngrids: [{sede: 1}]")
        == "studies/bad.yaml: 'sede' is not a param of params.yaml; did you mean seed?"
    )
    assert (
        fault("about: x\ngrids: [{training.epoch: 1}]")
        == "studies/bad.yaml: 'training.epoch' is not a param of params.yaml; did you mean training.method?"
    )
    assert fault("about: x\ngrids: [{dataset: [a b, a_b]}]") == (
        "studies/bad.yaml: two runs would both be called bad-a_b; give the grids other values"
    )
    with pytest.raises(UserError, match=r"none\.yaml: no such study; there are: bad"):
        load(tmp_path, "none")
    with pytest.raises(UserError, match=r"\.\./bad\.yaml: no such study"):
        load(tmp_path, "../bad")


def test_a_name_may_have_hyphens(tmp_path: Path) -> None:
    for name in ("my-study", "1st", "a_b-c"):
        (tmp_path / f"{name}.yaml").write_text("about: x\ngrids: [{seed: 1}]")
        assert load(tmp_path, name).about == "x"
    (tmp_path / "a b.yaml").write_text("about: x\ngrids: [{seed: 1}]")
    with pytest.raises(UserError, match=r"a name takes letters, digits, _ and -; there are: 1st, a_b-c, my-study$"):
        load(tmp_path, "a b")
    for name in ("-x", "..", "x.lock", "ä"):
        with pytest.raises(UserError, match="no such study"):
            load(tmp_path, name)


def test_every_combination_is_checked_before_anything_runs() -> None:
    def check(values, where):
        if values["seed"] > 1:
            raise UserError(f"{where}: seed is {values['seed']}")

    with pytest.raises(UserError) as raised:
        expand("s", of({"seed": [1, 2, 3]}), BASE, {}, check)
    assert str(raised.value) == "studies/s.yaml: 2 of 3 runs cannot be made: s-seed_2: seed is 2; and 1 more"


def test_params_on_the_command_line_are_yaml() -> None:
    assert set_params("training.learning_rate=1e-5") == ("training.learning_rate", 1e-5)
    assert set_params("max_words=null") == ("max_words", None)
    assert set_params("mixed_weights=[1, 2]") == ("mixed_weights", [1, 2])
    with pytest.raises(UserError, match="write it as param=value"):
        set_params("seed")
    with pytest.raises(UserError, match="the value is not valid YAML"):
        set_params("seed=[")


@pytest.mark.parametrize("path", sorted((ROOT / grid.FOLDER).glob("*.yaml")), ids=lambda path: path.stem)
def test_the_studies_that_are_here_can_be_made_where_the_data_are(path: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    runs = expand(
        path.stem,
        load(path.parent, path.stem),
        params.read(ROOT / "params.yaml"),
        {},
        partial(params.checked, with_data=False),
    )
    assert runs and {run.values["seed"] for run in runs} == {100}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the released rationales and the benchmarks are not here")
def test_mini_is_possible_and_matched_as_the_command_match_does(tmp_path: Path, monkeypatch) -> None:
    from cot_distill.studies.matching import matched
    from cot_distill.supervision.teachers.survey import teachable_ids

    folders = {"benchmarks": str(SHARED / "benchmarks"), "published": str(SHARED / "published")}
    monkeypatch.chdir(ROOT)
    runs = expand("mini", load(grid.FOLDER, "mini"), params.read(), folders, params.checked)
    shutil.copy(ROOT / "teachers.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with_file, counts = matched("mini", runs, write=True)
    assert counts == {"svamp": 674}
    assert {run.values["match_arms"] for run in with_file} == {"studies/matched/mini-svamp.txt"}
    arms = [*(f"SVAMP_ChatGPT_level{level}_ranked" for level in range(1, 7)), "SVAMP_only_ans"]
    shared = set.intersection(*teachable_ids(arms, SHARED / "published", SHARED / "benchmarks"))
    lines = (tmp_path / "studies/matched/mini-svamp.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == sorted(shared)


def test_matching_wants_released_rationales(monkeypatch) -> None:
    from cot_distill.studies.matching import matched

    monkeypatch.chdir(ROOT)
    values = params.read(ROOT / "params.yaml")
    runs = expand("s", of({"granularity": [1, 2]}), values, {}, lambda values, where: None)
    with pytest.raises(
        UserError, match=r"s-granularity_1: matched: true goes with released rationales, and 'solver' has none"
    ):
        matched("s", runs, write=False)
