"""What a dvc.lock tells of the stages behind an out, without a repository."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cot_distill.errors import UserError
from cot_distill.tables.lock import Present, leading_to, load, stages

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


def test_stages_that_lead_to_an_out_and_those_that_were_made_of_another() -> None:
    whole = leading_to(["data/verdicts/tuned.parquet"], stages(LOCK.replace("NEW", "b")))
    assert [stage.name for stage in whole] == ["train", "evaluate"]
    assert [*Present(None).stale(whole)] == []
    alone = leading_to(["data/verdicts/tuned.parquet"], stages(LOCK))  # the student was trained anew, and not asked
    assert [*Present(None).stale(alone)] == ["evaluate"]


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
