"""The rows of other benchmarks, from miniature files and the real ones where they are."""

import json
import sys
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond import bbh
from cot_distill.evaluation.beyond.harness import load
from tests.conftest import SHARED
from tests.evaluation.beyond import files
from tests.hub import serving
from tests.layouts import hub_dataset

OOD = SHARED / "ood"
NO_PINS = Path("data/revisions.yaml")


def test_official_files_become_the_rows_that_lm_eval_fills_in(tmp_path: Path) -> None:
    files.write(tmp_path)
    (easy,) = load("arc_easy", tmp_path, NO_PINS)
    assert easy.source == "arc/ARC-Easy-Dev.jsonl"
    assert easy.rows[1] == {
        "question": "Which of these is short?",
        "choices": {"text": ["a", "zzzzzzzzzzzz"], "label": ["1", "2"]},
        "answerKey": "1",
    }
    virology = load("mmlu", tmp_path, NO_PINS)[1]
    assert (virology.name, virology.task, virology.source) == ("virology", "mmlu_virology", "mmlu/val/virology_val.csv")
    assert virology.rows == [
        {"question": "What is a virus?", "choices": ["a rock", "a germ", "a star", "a song"], "answer": 1}
    ]
    assert [part.task for part in load("bbh", tmp_path, NO_PINS)] == [
        "bbh_cot_fewshot_boolean_expressions",
        "bbh_cot_fewshot_navigate",
    ]
    (absr,) = load("absr", tmp_path, NO_PINS)
    assert absr.rows[0] == {"texts": ["Answer: a", "Answer: zzzzzzzzzzzzzzzzzzzz"], "gold": 1}


def test_the_questions_of_a_race_article_are_one_row(tmp_path: Path) -> None:
    (middle,) = load("race_middle", files.write(tmp_path), NO_PINS)
    assert [row["article"] for row in middle.rows] == ["Ann has a cat.", "It rained."]
    assert (
        middle.rows[1]["problems"]
        == "[{'question': 'What fell?', 'options': ['zzzz', 'rain', 'hail', 'snow'], 'answer': 'B'}]"
    )
    assert middle.rows[0]["problems"].count("'question'") == 2


def test_the_test_split_goes_before_the_development_split(tmp_path: Path) -> None:
    files.write(tmp_path)
    files.text(tmp_path / "mmlu/test/virology_test.csv", '"Is it small, or large?",a,b,c,d,D\n')
    (only,) = load("mmlu", tmp_path, NO_PINS)
    assert (only.source, only.rows[0]["question"], only.rows[0]["answer"]) == (
        "mmlu/test/virology_test.csv",
        "Is it small, or large?",
        3,
    )


@pytest.mark.parametrize(
    ("task", "file", "content", "told"),
    [
        ("arc_easy", "arc/ARC-Easy-Test.jsonl", '{"question": {"stem": "Q", "choices": [{"text": "a", "label": "A"}]}, "answerKey": "B"}', "row 0: the right answer is not one of the 1 choices"),
        ("arc_easy", "arc/ARC-Easy-Test.jsonl", '{"question": {"stem": "Q", "choices": [{"label": "A"}]}, "answerKey": "A"}', "row 0: a choice is missing or empty"),
        ("csqa", "csqa/dev_rand_split.jsonl", '{"question": {"stem": ""}, "answerKey": "A"}', "row 0: 'choices' is missing"),
        ("race_high", "race/high/test.jsonl", '{"example_id": "1", "article": "x", "question": "q", "options": ["a", "b"], "answer": "A"}', "row 0: 'options' does not have four texts"),
        ("race_high", "race/high/test.jsonl", '{"example_id": "1", "article": "x", "question": "q", "options": ["a", "b", "c", "d"], "answer": "AB"}', "row 0: the right answer is not one of the 4 choices"),
        ("bbh", "bbh/navigate.json", '{"examples": []}', "'examples' is not a list of rows"),
        ("bbh", "bbh/naviagte.json", '{"examples": [{"input": "a", "target": "b"}]}', "no task of BIG-Bench Hard has this name"),
        ("bbh", "bbh/navigate.json", '{"examples": [{"input": "a"}]}', "row 0: 'target' is missing"),
        ("mmlu", "mmlu/val/virology_val.csv", "q,a,b,c,A\n", "row 0 has 5 cells, not six"),
        ("mmlu", "mmlu/val/virology_val.csv", "q,a,b,c,d,E\n", "row 0: the right answer is not one of the 4 choices"),
        ("mmlu", "mmlu/val/alchemy_val.csv", "q,a,b,c,d,A\n", "'alchemy' is not a subject of MMLU"),
        ("absr", "absr/test_ppl.json", '{"0": {"label: A": {"testing input": "x"}, "gold": "C"}}', "row 0: the right answer is not one of the 1 choices"),
        ("absr", "absr/test_ppl.json", "[]", "does not map indices to questions"),
        ("absr", "absr/other.json", "{}", "no file absr/test_ppl.json below the folder"),
        ("hellaswag", "x", "", "'hellaswag' is not a benchmark; valid: arc_challenge, arc_easy"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_in_a_line(tmp_path: Path, task: str, file: str, content: str, told: str) -> None:
    files.text(tmp_path / file, content)
    with pytest.raises(UserError) as error:
        load(task, tmp_path, NO_PINS)
    assert told in str(error.value) and "\n" not in str(error.value)


@pytest.mark.skipif(not OOD.is_dir(), reason="the real files are not on this machine")
def test_the_real_files() -> None:
    sizes = {
        task: [len(part.rows) for part in load(task, OOD, NO_PINS)]
        for task in ("arc_easy", "arc_challenge", "absr", "bbh")
    }
    assert sizes == {"arc_easy": [570], "arc_challenge": [299], "absr": [200], "bbh": [250, 250, 250, 250]}
    mmlu = load("mmlu", OOD, NO_PINS)
    assert (len(mmlu), sum(len(part.rows) for part in mmlu)) == (57, 1531)


def test_the_hub_gives_the_same_rows_as_the_files(project, tmp_path: Path) -> None:
    folder = files.write(tmp_path / "files")
    with serving() as hub:
        for repo, splits in files.on_the_hub().items():
            hub_dataset(tmp_path / "hub" / repo, splits)
            hub.put(repo, tmp_path / "hub" / repo, "c0ffee" + "0" * 34)
        project.environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
        told = project.good(sys.executable, "-c", AS_JSON, str(tmp_path / "nothing"))
    assert "  ehovy/race: c0ffee0000" in (project.folder / "data/revisions.yaml").read_text()
    found = json.loads(told.splitlines()[-1])
    for task in ("arc_easy", "arc_challenge", "race_high", "csqa", "mmlu"):
        assert found[task] == [[part.name, part.rows] for part in load(task, folder, NO_PINS)], task
    assert [name for name, _ in found["bbh"]] == bbh.SUBTASKS
    assert dict(found["bbh"])["navigate"] == files.BBH["navigate"]


AS_JSON = """
import json, sys
from pathlib import Path
from cot_distill.evaluation.beyond.harness import load
tasks = ("arc_easy", "arc_challenge", "race_high", "csqa", "mmlu", "bbh")
parts = {task: load(task, Path(sys.argv[1]), Path("data/revisions.yaml")) for task in tasks}
print(json.dumps({task: [[part.name, part.rows] for part in own] for task, own in parts.items()}))
"""
