"""lm-eval asks students whose likings are known, so that what they get right can be counted by hand."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.harness import ask, load
from cot_distill.evaluation.beyond.rows import Part
from tests.conftest import SHARED
from tests.evaluation.beyond import files
from tests.evaluation.beyond.forced import EVEN, forced

OOD = SHARED / "ood"
NO_PINS = Path("data/revisions.yaml")
needs_real_files = pytest.mark.skipif(not OOD.is_dir(), reason="the real files are not on this machine")


@pytest.fixture
def tokenizer(tiny_student: Path) -> Any:
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(tiny_student)
    loaded.pad_token = loaded.eos_token
    return loaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files.write(tmp_path / "files")


def right(task: str, parts: list[Part], model: Any, tokenizer: Any, limit: int | None = None) -> dict[str, bool]:
    return {one.question: one.right for one in ask(task, parts, model, tokenizer, "tuned", limit)}


@pytest.mark.parametrize("task", ["arc_easy", "arc_challenge"])
def test_arc_counts_the_likelihood_of_a_character(folder: Path, tokenizer: Any, task: str) -> None:
    # As a whole " a" is likelier than twelve z; a character of the latter is likelier.
    found = right(task, load(task, folder, NO_PINS), forced(tokenizer, {"z": EVEN}), tokenizer)
    assert found == {f"{task}/00000": True, f"{task}/00001": False}


def test_csqa_and_mmlu_take_the_likeliest_letter(folder: Path, tokenizer: Any) -> None:
    model = forced(tokenizer, {"B": 2.0, "A": 1.0})
    assert right("csqa", load("csqa", folder, NO_PINS), model, tokenizer) == {
        "csqa/00000": True,
        "csqa/00001": False,
        "csqa/00002": True,
    }
    assert right("mmlu", load("mmlu", folder, NO_PINS), model, tokenizer) == {
        "marketing/00000": False,
        "marketing/00001": True,
        "virology/00000": True,
    }


@pytest.mark.parametrize("school", ["high", "middle"])
def test_race_asks_the_last_question_of_an_article(folder: Path, tokenizer: Any, school: str) -> None:
    task = f"race_{school}"
    found = right(task, load(task, folder, NO_PINS), forced(tokenizer, {"z": 2.0}), tokenizer)
    assert found == {f"{task}/00000": True, f"{task}/00001": False}


def test_bbh_reads_the_answer_of_a_written_cot(folder: Path, tokenizer: Any) -> None:
    tokenizer.add_tokens(["the answer is True."])
    model = forced(tokenizer, {}, {"\n": "the answer is True.", "the answer is True.": "Q"})
    found = right("bbh", load("bbh", folder, NO_PINS), model, tokenizer)
    assert found == {"boolean_expressions/00000": True, "boolean_expressions/00001": False, "navigate/00000": False}


def test_absr_takes_the_lowest_mean_loss_of_the_whole_text(folder: Path, tokenizer: Any) -> None:
    # The first question's right text has the higher sum of losses, and the lower mean.
    found = right("absr", load("absr", folder, NO_PINS), forced(tokenizer, {"z": EVEN}), tokenizer)
    assert found == {"absr/00000": True, "absr/00001": True, "absr/00002": False}


def test_a_limit_asks_the_first_questions_of_each_part(folder: Path, tokenizer: Any) -> None:
    found = right("mmlu", load("mmlu", folder, NO_PINS), forced(tokenizer, {"B": 1.0}), tokenizer, limit=1)
    assert list(found) == ["marketing/00000", "virology/00000"]


def test_what_the_students_limit_cuts_is_told(folder: Path, tokenizer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    model = forced(tokenizer, {"B": 1.0})
    model.config.max_position_embeddings = 64
    right("csqa", load("csqa", folder, NO_PINS), model, tokenizer)
    assert "csqa: the tuned student's limit of 64 tokens cut texts at their beginning, " in capsys.readouterr().err
    model.config.max_position_embeddings = 20
    with pytest.raises(UserError, match="absr: a text has 28 tokens, the student's limit is 20"):
        right("absr", load("absr", folder, NO_PINS), model, tokenizer)


@pytest.mark.slow
@needs_real_files
def test_real_arc_mmlu_and_absr(tokenizer: Any) -> None:
    model = forced(tokenizer, {"B": 1.0})
    answers = {
        file.stem.removesuffix("_val"): [row[-1] for row in csv.reader(file.open(encoding="utf-8"))][:2]
        for file in sorted((OOD / "mmlu/val").glob("*.csv"))
    }
    found = right("mmlu", load("mmlu", OOD, NO_PINS), model, tokenizer, limit=2)
    expected = {
        f"{name}/{number:05}": answer == "B" for name, own in answers.items() for number, answer in enumerate(own)
    }
    assert found == expected and len(found) == 114
    gold = [row["gold"] for row in json.loads((OOD / "absr/test_ppl.json").read_text()).values()]
    found = right("absr", load("absr", OOD, NO_PINS), model, tokenizer, limit=50)
    assert list(found.values()) == [answer == "B" for answer in gold[:50]]
    assert len(right("arc_easy", load("arc_easy", OOD, NO_PINS), model, tokenizer, limit=5)) == 5
