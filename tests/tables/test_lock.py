"""What a dvc.lock tells of the stages behind an out, without a repository."""

from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from cot_distill.errors import UserError
from cot_distill.tables.current import Present
from cot_distill.tables.lock import leading_to, load, stages

ROOT = Path(__file__).resolve().parents[2]

LOCK = """
schema: '2.0'
stages:
  check:
    cmd: check
    outs: [{path: data/checked, md5: a}]
  train:
    cmd: train
    deps: [{path: data/checked, md5: a}]
    params: {params.yaml: {training.epochs: 2, seed: 1, calls: {tries: 8}}}
    outs: [{path: data/student, md5: NEW}]
  evaluate:
    cmd: evaluate
    deps: [{path: data/student/weights, md5: w}, {path: data/student, md5: b}]
    outs: [{path: data/verdicts, md5: c}]
  tabulate:
    cmd: tabulate
    deps: [{path: data/verdicts, md5: c}]
    outs: [{path: metrics, md5: d}]
"""


PIPELINE = """
stages:
  train: {cmd: train, desc: Trains., deps: ["${match_arms}"], params: [training.epochs, seed]}
  evaluate: {cmd: evaluate}
"""
PARAMS = {"training": {"epochs": 2}, "seed": 1, "calls": {"tries": 8}, "match_arms": "list.txt"}
MATCHED = "deps: [{path: list.txt, md5: 187ef4436122d1cc2f40dc2b92f0eba0}, "


SOUND = LOCK.replace("NEW", "b").replace("deps: [{path: data/checked", MATCHED + "{path: data/checked")


def test_stages_that_lead_to_an_out() -> None:
    behind = leading_to(["data/verdicts/tuned.parquet"], stages(LOCK))
    assert [stage.name for stage in behind] == ["train", "evaluate"]


@pytest.mark.parametrize(
    ("lock", "params", "pipeline", "listed", "stale"),
    [
        (
            SOUND.replace("student, md5: b}]\n  evaluate", "student, md5: n}]\n  evaluate"),
            PARAMS,
            PIPELINE,
            "ab",
            ["evaluate"],
        ),  # the student was trained anew, and not asked
        (SOUND, PARAMS, PIPELINE, "ab", []),
        (SOUND, PARAMS | {"calls": {"tries": 8}, "transfer": ["x"]}, PIPELINE, "ab", []),
        (SOUND, PARAMS | {"seed": 2}, PIPELINE, "ab", ["train"]),
        (SOUND, PARAMS, PIPELINE.replace("Trains", "Trains it"), "ab", []),
        (SOUND, PARAMS, PIPELINE.replace("cmd: train", "cmd: train twice"), "ab", ["train"]),
        (SOUND, PARAMS, "stages: {train: {}}", "ab", ["train", "evaluate"]),
        (SOUND, PARAMS, "- no pipeline", "ab", ["train", "evaluate"]),
        (SOUND, PARAMS, PIPELINE, "abc", ["train"]),
        (SOUND, PARAMS | {"match_arms": "other.txt"}, PIPELINE, "ab", ["train"]),
        (SOUND.replace("/checked, md5: a}]\n    params", "/checked, md5: z}]\n    params"), PARAMS, PIPELINE, "ab", []),
    ],
)
def test_stages_that_would_run_anew_are_stale(
    tmp_path: Path, lock: str, params: dict[str, Any], pipeline: str, listed: str, stale: list[str]
) -> None:
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "list.txt").write_text(listed)
    with Repo.init(str(tmp_path), no_scm=True) as repo:
        behind = leading_to(["data/verdicts/tuned.parquet"], stages(lock))
        assert [*Present(repo).stale(behind, params, pipeline)] == stale


def test_params_that_differ_are_named_unless_no_result_depends_on_them() -> None:
    train = stages(LOCK)[1]
    assert train.other_params({"training": {"epochs": 2}, "seed": 1, "calls": {"tries": 1}}) == []
    assert train.other_params({"training": {"epochs": 3}, "seed": 2}) == ["seed", "training.epochs"]


def test_yaml_is_read_as_dvc_reads_it() -> None:
    words = (
        "off no Yes y 0o17 017 0x1F 0b11 1_000 1e3 5e-05 -.5 .inf -.INF .nan null ~ true FALSE 12:30 1.2.3 2024-02-29"
    )
    lines = [f"k{number}: {word}" for number, word in enumerate(words.split())]
    lines += [
        "empty:",
        "text: 'off'",
        "base: &base {a: 1}",
        "merged: {<<: *base, b: 2}",
        'double: "1"',
        "list: [1, on]",
    ]
    for text in ("\n".join(lines), (ROOT / "params.yaml").read_text(), (ROOT / "dvc.lock").read_text()):
        assert repr(load(text)) == repr(YAML(typ="safe", pure=True).load(text))


@pytest.mark.parametrize("text", ["", "stages", "stages: [1]", "stages: {a: 1}", "{"])
def test_a_lock_that_is_none_is_told(text: str) -> None:
    with pytest.raises(UserError, match=r"its dvc\.lock cannot be read"):
        stages(text)


def test_a_stage_that_dvc_yaml_has_no_longer_is_passed_over() -> None:
    now = LOCK + "  evaluate@tuned:\n    cmd: other\n    outs: [{path: data/verdicts, md5: e}]\n"
    assert [stage.name for stage in stages(now)] == ["check", "train", "tabulate", "evaluate@tuned"]
