"""The stage beyond: rows from the hub at a pinned commit, the comparison, and what a user is told."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.evaluation.beyond import files
from tests.hub import serving
from tests.layouts import hub_dataset


def test_each_student_is_asked_on_its_own(project, tmp_path: Path, tiny_student: Path) -> None:
    project.set(beyond=["arc_easy"], beyond_data=str(files.write(tmp_path / "files")))
    done = project.stage("beyond", "tuned", "arc_easy")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    shutil.copytree(tiny_student, project.folder / "data/students/tuned")
    told = {}
    for role in ("tuned", "untuned"):
        done = project.stage("beyond", role, "arc_easy")
        assert done.returncode == 0, done.stderr
        assert (
            f"arc_easy: {role} student: " in done.stdout and "of 2 questions from arc/ARC-Easy-Dev.jsonl" in done.stdout
        )
        rows = pq.read_table(project.folder / f"data/beyond/arc_easy/{role}.parquet").to_pylist()
        assert [(row["question"], row["role"]) for row in rows] == [("arc_easy/00000", role), ("arc_easy/00001", role)]
        told[role] = json.loads((project.folder / f"metrics/beyond/arc_easy/{role}.json").read_text())
    # The same weights in both roles.
    assert told["tuned"] == told["untuned"] and told["tuned"]["n"] == 2


@pytest.mark.slow
def test_the_hub_is_pinned_at_first_use(project, tmp_path: Path) -> None:
    with serving() as hub:
        hub_dataset(tmp_path / "hub/ehovy/race", {("middle", "test"): files.RACE})
        hub.put("ehovy/race", tmp_path / "hub/ehovy/race", "c0ffee" + "0" * 34)
        project.environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
        project.set(beyond=["race_middle"])
        done = project.stage("beyond", "untuned", "race_middle")
    assert done.returncode == 0, done.stderr
    assert "of 2 questions from ehovy/race middle" in done.stdout
    assert "  ehovy/race: c0ffee0000" in (project.folder / "data/revisions.yaml").read_text()


def test_no_hub_is_told_in_a_line(project, tmp_path: Path) -> None:
    project.environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "hf")}
    project.set(beyond=["mmlu"])
    done = project.stage("beyond", "untuned", "mmlu")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "cais/mmlu: cannot be had from the hub (" in done.stderr
    assert "put the official files into a folder 'mmlu' below the one that the param beyond_data names" in done.stderr
    assert not (project.folder / "data/beyond").exists()


def test_an_unknown_benchmark_and_a_missing_package_are_told_by_check(project) -> None:
    project.set(beyond=["arc_easy", "arc_easy"])
    done = project.stage("check")
    assert done.returncode == 1 and "give a list of some of these, each once: arc_challenge, arc_easy" in done.stderr
    project.set(beyond=["arc_easy"])
    files.text(project.folder / "sitecustomize.py", "import sys\nsys.modules['lm_eval'] = None\n")
    project.environment["PYTHONPATH"] = str(project.folder)
    done = project.stage("check")
    assert done.returncode == 1
    assert "which needs lm-eval; `pip install -c constraints.txt -e '.[beyond]'`" in done.stderr
