"""`cot-distill ask`, with a tiny student."""

import shutil

from tests.conftest import Project
from tests.inprocess import cot_distill


def test_both_students_answer_a_question_of_ones_own(project: Project, tiny_student, monkeypatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", project.environment["COT_DISTILL_CACHE"])
    shutil.copytree(tiny_student, project.folder / "data/students/tuned", dirs_exist_ok=True)
    told = cot_distill(project.folder, "ask", "Ann has 3 pens and buys 4. How many has she?", "--choice", "7")
    assert told.code == 0, told.err
    lines = told.out.splitlines()
    assert [line for line in lines if line.endswith("tiny:")] == ["untuned tiny:", "trained tiny:"]
    assert sum(line.startswith("answer read: ") for line in lines) == 2
    assert cot_distill(project.folder, "ask", " ").err == "cot-distill: the question is empty\n"
    shutil.rmtree(project.folder / "data/students/tuned")
    assert cot_distill(project.folder, "ask", "How many?").err.splitlines()[-1] == (
        "cot-distill: data/students/tuned: no trained student is here; run `dvc repro` to train one"
    )
