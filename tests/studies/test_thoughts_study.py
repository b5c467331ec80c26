"""The study `thoughts`: how its problems are made, and that its runs are those that the three claims need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cot_distill.grading import thoughts
from cot_distill.studies import grid
from tests.conftest import ROOT

SCRIPT = ROOT / "studies" / "thoughts_data.py"
OUTPUTS = {
    3: ("Add 3 and 4, which is 7. The answer is 7.", "Take 2 from 9. The answer is 7.", "Hm. The answer is 8."),
    4: ("We add 3 and 4 to get 7. The answer is 7.", "9 less 2 is 7. The answer is 6.", "Hm. The answer is 8."),
    6: ("1. Ann has 3.\n2. She gets 4.\nThe answer is 7.", "1. Take 2. The answer is 7.", "1. Hm. The answer is 8."),
}
QUESTIONS = (
    ("Ann has 3 pens. She gets 4 pens.", "How many pens has she?", 7),
    ("Bob had 9 nuts. He ate 2.", "How many nuts are left?", 7),
    ("Cy saw 8 cats. Two left.", "How many cats stayed?", 6),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "svamp").mkdir()
    rows = [
        {
            "ID": f"chal-{n}",
            "Body": body,
            "Question": asked,
            "Equation": "( 3.0 + 4.0 )",
            "Answer": gold,
            "Type": "Addition",
        }
        for n, (body, asked, gold) in enumerate(QUESTIONS)
    ]
    test = {**rows[0], "ID": "chal-9", "Body": "Dee has 5 cups. She buys 1.", "Question": "How many cups?", "Answer": 6}
    for split, listed in (("train", rows), ("test", [test])):
        (tmp_path / "svamp" / f"{split}.json").write_text(json.dumps(listed))
    for level, outputs in OUTPUTS.items():
        written = [
            {"instruction": f"{body} {asked}", "output": output}
            for (body, asked, _), output in zip(QUESTIONS, outputs, strict=True)
        ]
        (tmp_path / f"SVAMP_ChatGPT_level{level}_ranked.json").write_text(json.dumps(written))
    return tmp_path


def test_a_problem_brings_a_long_trace_and_a_short_chain_of_thought(data: Path) -> None:
    out = data / "thoughts.jsonl"
    command = [sys.executable, str(SCRIPT), "--benchmarks", data, "--published", data, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("thoughts.jsonl: 1 of 3 training problems, 1 test problems\n")
    taught, asked = map(json.loads, out.read_text().splitlines())
    assert (asked["question"], asked["answer"], asked["rationale"]) == (
        "Dee has 5 cups. She buys 1. How many cups?",
        "6",
        None,
    )
    assert (taught["answer"], taught["split"], asked["split"]) == ("7", "train", "test")
    parts = thoughts.split(taught["rationale"])
    assert parts.text == "Add 3 and 4, which is 7.\nThe answer is 7." and parts.finished
    assert parts.thoughts.startswith("1. Ann has 3.\n2. She gets 4.\n\nThat gives 7. Wait, let me check it")
    assert "The question was: How many pens has she? The numbers in it are 3, 4." in parts.thoughts
    assert "We add 3 and 4 to get 7." in parts.thoughts and "The answer is" not in parts.thoughts


def test_a_run_with_a_mixture_is_named_by_its_arms() -> None:
    study = grid.load(ROOT / "studies", "thoughts")
    params = {name: None for name in ("teacher", "granularity", "mixture", "seed", "dataset", "student")}
    params |= {
        "selection": dict.fromkeys(("samples", "keep", "match_by")),
        "decoding": {"engine": "", "max_new_tokens": 1},
    }
    params |= {"own": dict.fromkeys(("file", "rationale", "split", "answer_kind"))}
    names = [run.name for run in grid.expand("thoughts", study, params, {}, lambda values, run: None)]
    assert len(names) == 7
    assert "thoughts-human-granularity_null-mixture_1_thoughts_4" in names
