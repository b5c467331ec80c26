"""Every stage through its command, on a tiny random student; and what each does with bad input.

Most run within this process, since to import torch takes seconds; each is once a process of its own.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file, save_file

from cot_distill import records
from cot_distill.records import Example
from tests.students.families import FAMILIES

ARGUMENTS = {
    **{stage: () for stage in ("check", "prepare", "generate", "transform", "measure", "train", "tabulate")},
    "evaluate": ("untuned",),
    "beyond": ("untuned", "csqa"),
}
"""Each stage, and what its command needs."""
ROLES = ("untuned", "tuned")


def test_the_stages_make_tables_metrics_and_a_student(project) -> None:
    for stage in ("check", "prepare", "generate", "transform", "measure", "train"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    for role in ROLES:
        done = project.stage("evaluate", role)
        assert done.returncode == 0, done.stderr
    done = project.stage("tabulate")
    assert done.returncode == 0, done.stderr

    data, metrics = project.folder / "data", project.folder / "metrics"
    assert pq.read_table(data / "problems" / "train.parquet").num_rows == 8
    rationales = pq.read_table(data / "rationales" / "rationales.parquet").to_pylist()
    assert {row["granularity"] for row in rationales} == {3}
    assert all(row["verified"] and "=" in row["text"] for row in rationales)
    examples = pq.read_table(data / "examples" / "examples.parquet").to_pylist()
    assert all(row["prompt"].endswith('End with the line "The answer is X."') for row in examples)
    assert all(row["completion"].splitlines()[-1].startswith("The answer is ") for row in examples)
    assert (data / "students/tuned/adapter_model.safetensors").is_file()
    assert not [
        file for file in (data / "students/tuned").iterdir() if str(project.folder.parent) in file.read_text("latin-1")
    ]
    assert set(json.loads((metrics / "eval.json").read_text())) == {
        *("n", "accuracy", "accuracy_low", "accuracy_high", "answered_rate", "truncated_rate", "mean_new_tokens"),
        *("stated_accuracy", "stated_rate"),
        *("baseline_accuracy", "baseline_stated_accuracy", "baseline_answered_rate"),
    }
    supervision = json.loads((metrics / "supervision.json").read_text())
    assert set(supervision) == {"examples", "verified_rate", "mean_words", "mean_steps", "mean_tokens"}
    assert (supervision["examples"], supervision["verified_rate"]) == (8, 1.0)
    report = json.loads((metrics / "supervision" / "report.json").read_text())
    assert report["accounts"]["prepare"]["rows_kept"] == {"train": 8, "test": 6}
    assert (report["tokens"]["limit"], report["tokens"]["over_limit"]) == (2048, 0)
    assert (
        "# Supervision: word_problems, solver, level 3, original" in (metrics / "supervision" / "report.md").read_text()
    )
    drawn = {path.name for path in (metrics / "training/plots/metrics").iterdir()}
    assert drawn == {"loss.tsv", "learning_rate.tsv", "grad_norm.tsv"}
    assert (metrics / "training/plots/metrics/loss.tsv").read_text().startswith("step\tloss\n1\t")
    assert (data / "timings/training/plots/metrics/tokens_per_second.tsv").is_file()
    table = (metrics / "tables" / "results.md").read_text()
    assert "none (untuned)" in table
    assert "solver, level 3, original" in table
    assert not list(project.folder.rglob("*.partial"))


def test_an_answer_only_arm_trains_on_the_answer_line_alone(project) -> None:
    project.set(granularity=0)
    for stage in ("prepare", "generate", "transform"):
        assert project.stage(stage).returncode == 0
    problems = pq.read_table(project.folder / "data/problems/train.parquet").to_pylist()
    examples = pq.read_table(project.folder / "data/examples/examples.parquet").to_pylist()
    assert [row["completion"] for row in examples] == [f"The answer is {row['gold']}." for row in problems]


def test_full_fine_tuning_writes_a_whole_model(project) -> None:
    project.set(training__method="full")
    for stage in ("prepare", "generate", "transform", "train"):
        assert project.stage(stage).returncode == 0
    assert (project.folder / "data/students/tuned/model.safetensors").is_file()
    assert project.stage("evaluate", "tuned").returncode == 0


MIXTURE = [{"weight": 1, "granularity": 6}, {"weight": 4}]
WITH_A_MODEL = [{"weight": 1, "teacher": "gpt_4o"}, {"weight": 1}]
BAD_MIXTURES = [
    ([], "mixture is []; give two arms or more, each with its weight, or null"),
    ([{"weight": 1}], "give two arms or more, each with its weight, or null"),
    ("3", "mixture is '3'; it should be a valid list"),
    ([{"weight": 1}, 3], "mixture.1 is 3"),
    ([{"granularity": 6}, {"weight": 4}], "mixture.0.weight is missing"),
    ([{"weight": 0, "granularity": 6}, {"weight": 4}], "mixture.0.weight is 0; it should be greater than 0"),
    ([{"weight": 1, "level": 6}, {"weight": 4}], "mixture.0.level is not a known setting"),
    (
        [{"weight": 1, "granularity": 0}, {"weight": 4}],
        "mixture.0.granularity is 0; valid: 1, 2, 3, 4, 5, 6, thoughts, null",
    ),
    ([{"weight": 1, "granularity": "mixed"}, {"weight": 4}], "mixture.0.granularity is 'mixed'; valid: 1, 2"),
    ([{"weight": 1, "format": "poem"}, {"weight": 4}], "mixture.0.format is 'poem'; valid: original, least_to_most"),
    ([{"weight": 1, "teacher": None}, {"weight": 4}], "mixture.0.teacher is None"),
    (
        [{"weight": 1, "granularity": 3}, {"weight": 4}],
        "mixture has the arm solver, level 3, original 2 times; give it one weight",
    ),
    ([{"weight": 1, "teacher": "gpt_9"}, {"weight": 4}], "teacher is 'gpt_9'; valid: solver, human"),
    (
        [{"weight": 1, "granularity": "thoughts"}, {"weight": 4}],
        "which cannot serve dataset 'word_problems', granularity thoughts",
    ),
    (
        [{"weight": 1, "teacher": "gpt_4o_published"}, {"weight": 4}],
        "teacher is 'gpt_4o_published', which cannot serve",
    ),
]


def test_what_computes_nothing_imports_no_torch(project) -> None:
    shutil.rmtree(project.folder.parent / "cache" / "examined")  # or `check` would look at nothing
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        if stage in ("prepare", "transform"):
            assert project.stage(stage).returncode == 0
            continue
        done = project.run(sys.executable, "-X", "importtime", "-m", f"stages.{stage}")
        assert done.returncode == 0, done.stderr
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "pydantic" in imported and "torch" not in imported, stage
        assert ("transformers" in imported) == (stage in ("check", "measure"))
    assert "PyTorch" not in done.stderr


def test_a_mixture_teaches_each_problem_by_one_of_its_arms_at_its_level_and_format(project) -> None:
    mixture = [{"weight": 1, "granularity": 6}, {"weight": 2}, {"weight": 1, "format": "symbolic"}]
    project.set(train_problems=60, mixture=mixture)
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    taught = pq.read_table(project.folder / "data/examples/rationales.parquet").to_pylist()
    counts = Counter((row["granularity"], row["format"]) for row in taught)
    assert set(counts) == {(6, "original"), (3, "original"), (3, "symbolic")} and counts.total() == 60
    assert counts[3, "original"] > max(counts[6, "original"], counts[3, "symbolic"])
    assert len({row["problem_id"] for row in taught}) == 60 and {row["teacher"] for row in taught} == {"solver"}
    written = pq.read_table(project.folder / "data/rationales/rationales.parquet").to_pylist()
    assert len(written) == 60  # nobody is asked for what is not taught
    by_id = {row["problem_id"]: row["granularity"] for row in written}
    assert all(by_id[row["problem_id"]] == row["granularity"] for row in taught)
    page = (project.folder / "metrics/supervision/report.md").read_text()
    assert "word_problems, solver, level 6 1 : level 3 2 : level 3 1, original 1 : original 2 : symbolic 1" in page
    entries = json.loads((project.folder / "data/problems/teachers.json").read_text())
    assert list(entries) == ["solver"] and entries["solver"]["source"] == "solver"


def test_in_a_mixture_the_part_that_asks_a_model_may_draw_several_rationales(project, chat_server) -> None:
    server = chat_server()
    project.environment["OPENAI_BASE_URL"] = server.url
    project.set(train_problems=40, mixture=WITH_A_MODEL, selection__samples=3, selection__keep="all")
    for stage in ("check", "prepare", "generate"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    written = pq.read_table(project.folder / "data/rationales/rationales.parquet").to_pylist()
    drawn = {
        teacher: Counter(row["problem_id"] for row in written if row["teacher"] == teacher)
        for teacher in ("gpt_4o", "solver")
    }
    assert len(drawn["gpt_4o"]) + len(drawn["solver"]) == 40
    assert set(drawn["gpt_4o"].values()) == {3} and set(drawn["solver"].values()) == {1}


def _brought(folder) -> None:
    """Problems of one's own, each with thoughts and what was said after them."""
    rows = [
        {
            "question": f"Ann has {number} pens and finds {number + 3}. How many pens has she?",
            "answer": 2 * number + 3,
            "rationale": f"<think>Is it {number}? No, she finds more. {number} + {number + 3}.</think>Add both.\n"
            f"The answer is {2 * number + 3}.",
        }
        for number in range(60)
    ]
    (folder / "data/benchmarks/mine.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_thoughts_are_taught_apart_from_the_answer_and_mix_with_what_was_said(project) -> None:
    _brought(project.folder)
    mixture = [{"weight": 1, "granularity": "thoughts"}, {"weight": 2}]
    own = {"own__file": "mine.jsonl", "own__rationale": "rationale", "dataset": "own", "train_problems": None}
    project.set(teacher="human", granularity=None, mixture=mixture, decoding__max_new_tokens=30, **own)
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    examples = pq.read_table(project.folder / "data/examples/examples.parquet").to_pylist()
    thinking = [row for row in examples if row["thoughts"]]
    assert 0 < len(thinking) < len(examples) / 2
    assert all(row["thoughts"].startswith("Is it ") for row in thinking)
    assert all(re.fullmatch(r"The answer is \d+\.", row["completion"]) for row in thinking)
    said = [row["completion"] for row in examples if not row["thoughts"]]
    assert all(re.fullmatch(r"Add both\.\nThe answer is \d+\.", text) for text in said)
    report = json.loads((project.folder / "metrics/supervision/report.json").read_text())
    assert report["tokens"]["evaluation_cap"] == 30
    assert len(thinking) <= report["tokens"]["over_evaluation_cap"] <= len(examples)
    page = (project.folder / "metrics/supervision/report.md").read_text()
    assert "own, human, thoughts 1 : as written 2, original" in page and "tokens: over evaluation cap" in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dataset": "gsm9k"}, "dataset is 'gsm9k'; valid: word_problems, svamp"),
        ({"teacher": "gpt_9"}, "teacher is 'gpt_9'; valid: solver, human, gpt_4o_published"),
        ({"student": "smolm2"}, "student is 'smolm2'; valid: smollm2_135m"),
        ({"granularity": 7}, "granularity is 7; valid: 0, 1, 2, 3, 4, 5, 6, mixed, padded, thoughts, null"),
        ({"granularity": "3"}, "granularity is '3'"),
        ({"format": "poem"}, "format is 'poem'; valid: original, least_to_most, rephrase_and_respond, symbolic"),
        ({"dataset": "svamp"}, "teacher is 'solver', which cannot serve dataset 'svamp'"),
        ({"granularity": 0, "format": "symbolic"}, "an answer-only arm (granularity 0) has format original alone"),
        ({"gate__max_drop": 2}, "gate.max_drop is 2; it should be less than or equal to 1"),
        ({"granularity": 3.5}, "params.yaml: granularity is 3.5; give a whole number or a word\n"),
        ({"benchmarks": "params.yaml"}, "benchmarks is 'params.yaml': no such folder"),
        ({"benchmarks": "/no/such/folder"}, "benchmarks is '/no/such/folder': no such folder"),
        ({"benchmarks": "../elsewhere"}, "give a folder outside the repository as an absolute path"),
        ({"training__learning_rate": "fast"}, "training.learning_rate is 'fast'"),
        ({"training__epochs": 0}, "training.epochs is 0"),
        ({"granularity": None}, "it writes at granularities 1 to 6"),
        ({"granularity": "thoughts"}, "it has no thoughts; choose a teacher with source model"),
        ({"format": "long_to_short"}, "long_to_short is only for granularity thoughts or null"),
        (
            {"teacher": "gpt_4o", "granularity": "thoughts", "format": "symbolic"},
            "have only the format original or long_to_short",
        ),
        ({"generation__gold_hint": "maybe"}, "generation.gold_hint is 'maybe'; valid: True, False, always"),
        ({"selection__samples": 4}, "selection.samples is 4, but this arm asks no model; set 1"),
        (
            {"teacher": "gpt_4o", "selection__samples": 4, "generation__temperature": 0},
            "selection.samples is 4 and generation.temperature 0, which draws the same text each time; set 0.7",
        ),
        ({"selection__pass_rate": [0.1, 0.9]}, "selection.pass_rate needs several samples for each problem"),
        (
            {"selection__samples": 4, "selection__pass_rate": [0.1, 0.9], "mixture": WITH_A_MODEL},
            "selection.pass_rate counts a model's samples, and a part of the mixture asks no model; set it null\n",
        ),
        ({"selection__pass_rate": [0.9, 0.1]}, "selection.pass_rate is [0.9, 0.1]; give two shares, the lower first"),
        ({"selection__keep": "best"}, "selection.keep is 'best'; valid: first, all, shortest, longest, diverse"),
        (
            {"selection__keep": "all", "selection__rationales_per_problem": 2},
            "selection.keep is all, and rationales_per_problem 2",
        ),
        ({"granularity": "padded", "selection__keep": "all"}, "takes one rationale for each problem"),
        *(({"mixture": mixture}, told) for mixture, told in BAD_MIXTURES),
        (
            {"granularity": "padded", "mixture": MIXTURE},
            "an arm at granularity 'padded'; mix levels 1 to 6, thoughts and null",
        ),
        ({"granularity": 0, "mixture": MIXTURE}, "mixture has an arm at granularity 0; mix levels 1 to 6"),
        (
            {"teacher": "gpt_9", "mixture": [{"weight": 1, "teacher": "solver"}, {"weight": 1, "teacher": "human"}]},
            "teacher is 'gpt_9'; valid: solver, human",
        ),
        ({"training__thoughts": "loud"}, "training.thoughts is 'loud'; valid: template, plain"),
        ({"teacher": "human"}, "the benchmark's own solutions have no levels and formats; set granularity null"),
        ({"train_problems": "some"}, "train_problems is 'some'; valid: a number from 1, null, all"),
        ({"test_problems": 0}, "test_problems is 0; valid: a number from 1, null"),
        ({"dev_problems": 1.5}, "dev_problems is 1.5; valid: a number from 0, a share such as 0.1, null"),
        ({"evaluation__split": "train"}, "evaluation.split is 'train'; valid: test, dev"),
        ({"evaluation__split": "dev", "dev_problems": 0}, "evaluation.split is dev and dev_problems 0"),
        ({"max_words": 0}, "max_words is 0"),
        (
            {"own__answer_kind": "poem"},
            "own.answer_kind is 'poem'; valid: null, number, letter, letters, boolean, latex, text",
        ),
        ({"match_arms": "data/none.txt"}, "match_arms is 'data/none.txt': no such file"),
        ({"colour": "red"}, "colour is not a known setting"),
        ({"decoding__engine": "llama.cpp"}, "decoding.engine is 'llama.cpp'; valid: transformers, vllm"),
        ({"decoding__samples": 4}, "decoding.samples is 4 and decoding.temperature 0, which writes the same each time"),
        (
            {"decoding__beam": 5, "decoding__samples": 4, "decoding__temperature": 0.7},
            "decoding.beam is 5, which draws nothing; set decoding.temperature 0, or beam null",
        ),
        ({"decoding__beam": 5, "decoding__stop": ["Q:"]}, "decoding.stop cannot be combined with decoding.beam"),
        ({"decoding__beam": 1}, "decoding.beam is 1"),
        ({"grading__judge": "nobody"}, "grading.judge is 'nobody'; valid: null, gpt_4o"),
        ({"grading__judge": "solver"}, "grading.judge is 'solver'; valid: null, gpt_4o"),
        ({"decoding__stop": [""]}, "decoding.stop.0 is ''"),
        ({"transfer": ["word_problems"]}, "name other datasets than 'word_problems', each once"),
        ({"transfer": ["svamp", "svamp"]}, "name other datasets than 'word_problems', each once"),
        ({"transfer": ["own"]}, "transfer names own, and own.file is null"),
    ],
)
def test_a_bad_param_is_named(project, change, told) -> None:
    project.set(**change)
    done = project.stage("check")
    assert done.returncode == 1
    assert told in done.stderr
    _one_line(done.stderr)
    assert not (project.folder / "data" / "checked").exists()


def test_a_student_whose_template_does_not_fit_is_told_before_anything_is_paid_for(project) -> None:
    project.edit("students.yaml", {"tiny__template": "gemma"})
    done = project.stage("check")
    assert done.returncode == 1
    assert done.stderr.startswith("check: template 'gemma': this student's tokenizer has no <start_of_turn>, <end_of")
    _one_line(done.stderr)
    assert not (project.folder / "data" / "checked").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="it has a GPU")
def test_the_engine_is_found_once(project) -> None:
    project.set(decoding__engine="auto")
    for stage in (("check",), ("prepare",), ("evaluate", "untuned")):
        done = project.stage(*stage)
        assert done.returncode == 0, done.stderr
    untuned = json.loads((project.folder / "data/students/untuned/student.json").read_text())
    assert untuned["engine"] == "transformers"
    assert (project.folder / "data/verdicts/untuned.parquet").is_file()


@pytest.mark.parametrize("stage", ARGUMENTS)
def test_a_bad_param_is_named_by_any_stage_before_it_works(project, stage) -> None:
    project.set(dataset="gsm9k")
    before = sorted(project.folder.rglob("*"))
    done = project.process(stage, *ARGUMENTS[stage])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{stage}: params.yaml: dataset is 'gsm9k'; valid: word_problems, svamp")
    _one_line(done.stderr)
    made = [path for path in sorted(project.folder.rglob("*")) if "__pycache__" not in str(path)]
    assert made == [path for path in before if "__pycache__" not in str(path)]


def test_a_missing_or_broken_params_file_is_told(project) -> None:
    (project.folder / "params.yaml").write_text("dataset: [")
    done = project.stage("check")
    assert done.returncode == 1
    assert "params.yaml: not valid YAML" in done.stderr
    _one_line(done.stderr)
    for text, told in (("", "must be a mapping"), ("dataset: svamp", "has no teacher, granularity, ")):
        (project.folder / "params.yaml").write_text(text)
        done = project.stage("check")
        assert (done.returncode, f"params.yaml: {told}" in done.stderr) == (1, True)
        _one_line(done.stderr)
    done = project.run("cot-distill", "study", "status", "mini")
    assert (done.returncode, "params.yaml: has no teacher, granularity, " in done.stderr) == (1, True)
    _one_line(done.stderr)
    (project.folder / "params.yaml").unlink()
    done = project.stage("check")
    assert (done.returncode, "no such file" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "train.json: no such file; put it there"),
        (b"", "train.json: is empty"),
        (b'[{"ID": "c-1", "Body": "Ann', "train.json: not valid JSON, perhaps cut off"),
        (b"[\xff", "train.json: not UTF-8 at its beginning"),
        (b'"rows"', "train.json: holds no list of rows"),
        (b'[{"ID": "c-1", "Body": "A", "Question": "Q?", "Equation": "1"}]', "row 0: 'Answer' is missing"),
        (b'[{"ID": "c-1", "Body": "A", "Question": "Q?", "Equation": "1", "Answer": "x"}]', "'x', not a number"),
        (
            b'[{"ID": "c-1", "Body": null, "Question": "Q?", "Equation": "1", "Answer": 1}]',
            "'Body' is null, not text",
        ),
        (b"[1]", "row 0 is no object"),
    ],
)
def test_a_broken_data_file_is_named_and_nothing_is_written(project, content, told) -> None:
    folder = project.folder / "bench" / "svamp"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "train.json").write_bytes(content)
    project.set(dataset="svamp", granularity=0, benchmarks=str(folder.parent))
    done = project.stage("prepare")
    assert done.returncode == 1
    assert told in done.stderr
    _one_line(done.stderr)
    assert not (project.folder / "data" / "problems").exists()


def test_a_stage_whose_input_is_missing_says_what_to_run_and_what_that_costs(project) -> None:
    for stage, told in (
        ("generate", "`dvc repro prepare` makes it, and asks and trains no model"),
        ("transform", "`dvc repro prepare` makes it, and asks and trains no model"),
        ("measure", "`dvc repro prepare` makes it, and asks and trains no model"),
        ("train", "`dvc repro transform` makes it; `cot-distill generate --dry-run` says before what asking its"),
        ("evaluate", "`dvc repro prepare` makes it, and asks and trains no model"),
        ("tabulate", "`dvc repro` makes it: it trains the student, and asks it"),
    ):
        done = project.stage(stage, *ARGUMENTS[stage])
        assert done.returncode == 1
        assert f"no such table; {told}" in done.stderr
        _one_line(done.stderr)


def _taught(project, count: int = 8) -> None:
    """Examples, as `transform` would write them; the last one is the longest."""
    rows = [Example(f"p-{number}", f"What is {number} + 1?", f"The answer is {number + 1}.") for number in range(count)]
    if rows:
        rows[-1] = Example(rows[-1].problem_id, "What" + " then" * 40 + "?", rows[-1].completion)
    records.write(project.folder / "data/examples/examples.parquet", rows, Example)


@pytest.mark.parametrize(
    ("count", "change", "told"),
    [
        (0, {}, "train: no examples to train on; see the reasons in metrics/supervision/report.md\n"),
        (
            8,
            {"training__max_tokens": 128},
            "train: 1 of 8 examples are over training.max_tokens of 128, the longest, p-7, has 223 tokens; cut, they "
            "would lose their answers: raise training.max_tokens, or leave them out by training.too_long drop\n",
        ),
        (
            8,
            {"training__max_tokens": 16, "training__too_long": "drop"},
            "train: all 8 examples are over training.max_tokens of 16; raise it\n",
        ),
        pytest.param(
            8,
            {"training__method": "qlora"},
            "train: training.method is qlora, which needs an NVIDIA GPU; take lora on this machine\n",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="it has a GPU"),
        ),
        pytest.param(
            8,
            {"training__parallel": "ddp"},
            "train: training.parallel is ddp, and this machine has no GPU; set training.processes, or "
            "training.parallel none\n",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="it has a GPU"),
        ),
    ],
    ids=["empty", "too_long", "all_too_long", "qlora", "no_devices"],
)
def test_what_cannot_be_trained_is_told_in_a_line(project, count, change, told) -> None:
    _taught(project, count)
    project.set(**change)
    done = project.stage("train")
    assert (done.returncode, done.stderr) == (1, told)
    assert not (project.folder / "data/students/tuned").exists()


def test_dropped_examples_are_counted(project) -> None:
    _taught(project)
    project.set(training__max_tokens=128, training__too_long="drop", training__batch_size=2)
    done = project.stage("train")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"train: 12 steps over 7 examples, 1 over the limit dropped, loss \d\.\d{3} at the end\n", done.stdout
    )


@pytest.mark.parametrize("family", ["llama", "bloom"])
def test_a_loss_that_is_no_number_stops_training(project, tmp_path, family) -> None:
    folder = FAMILIES[family](tmp_path / "poisoned")
    weights = load_file(folder / "model.safetensors")
    norm = next(name for name in weights if name.endswith(("model.norm.weight", "ln_f.weight")))
    weights[norm][:] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _taught(project, 2)
    project.edit("students.yaml", {"tiny__model": str(folder)})
    project.set(training__method="full")
    done = project.stage("train")
    assert done.returncode == 1
    assert "the loss is nan at step 1, examples p-" in done.stderr
    assert "p-0" in done.stderr and "p-1" in done.stderr
    _one_line(done.stderr.splitlines(keepends=True)[-1])  # BLOOM's batches are padded, which is told before
    assert not (project.folder / "data/students/tuned").exists()


STOPPED = """
import runpy, sys
from cot_distill.training.curve import Curve
real = Curve.add
def add(self, log):
    if log["step"] == 3:
        print("at work", flush=True)
        sys.stdin.readline()  # until the signal was sent
    return real(self, log)
Curve.add = add
runpy.run_module("stages.train", run_name="__main__", alter_sys=True)
"""
"""A training that waits in its third step."""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_says_so_in_a_line_and_continues(project, number) -> None:
    _taught(project)
    project.set(training__batch_size=1, training__epochs=3)
    started = subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        cwd=project.folder,
        env=project.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "at work\n"
    os.kill(started.pid, number)
    out, err = started.communicate("\n", timeout=60)
    name = signal.Signals(number).name
    assert (started.returncode, out) == (1, ""), err
    assert err == (
        f"{name}: finishing what is in flight; a second signal ends at once\n"
        f"train: training stopped ({name}) at step 4 of 24; run the same command again to continue\n"
    )
    assert not (project.folder / "data/students/tuned").exists()
    done = project.stage("train")
    assert (done.returncode, done.stderr) == (0, "training: continues from step 4\n")
    assert done.stdout.startswith("train: 24 steps over 8 examples, loss ")


KILLED = """
import runpy, sys
from cot_distill.decoding.journal import Shelf
real, added = Shelf.add, []
def add(self, *given, **facts):
    real(self, *given, **facts)
    added.append(given)
    if len(added) == 5:
        print("at work", flush=True)
        sys.stdin.read()
Shelf.add = add
sys.argv = ["evaluate", "untuned"]
runpy.run_module("stages.evaluate", run_name="__main__", alter_sys=True)
"""
"""An evaluation that waits where its fifth answer is in the journal."""


@pytest.mark.slow
def test_a_killed_evaluation_goes_on_and_gives_the_same_bytes(project) -> None:
    project.set(decoding__batch_size=2, test_problems=12)
    assert project.stage("prepare").returncode == 0
    verdicts = project.folder / "data/verdicts/untuned.parquet"
    done = project.stage("evaluate", "untuned")
    assert "decoding: 12 responses asked for (" in done.stderr
    undisturbed = verdicts.read_bytes()
    verdicts.unlink()

    cache = project.folder.parent / "second"
    project.environment["COT_DISTILL_CACHE"] = str(cache)
    started = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=project.folder,
        env=project.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert started.stdout.readline() == "at work\n"
    started.kill()
    started.communicate()
    assert not verdicts.exists()
    done = project.stage("evaluate", "untuned")
    assert "decoding: 7 responses asked for (" in done.stderr
    assert "5 found in the journal" in done.stderr
    assert verdicts.read_bytes() == undisturbed


def test_several_samples_give_majority_and_pass_rates(project) -> None:
    project.set(decoding__samples=3, decoding__temperature=1.0)
    stages = (
        ["prepare"],
        ["generate"],
        ["transform"],
        ["train"],
        ["evaluate", "untuned"],
        ["evaluate", "tuned"],
        ["tabulate"],
    )
    for stage in stages:
        done = project.stage(*stage)
        assert done.returncode == 0, done.stderr
    rows = pq.read_table(project.folder / "data/verdicts/tuned.parquet").to_pylist()
    assert [row["sample"] for row in rows] == [0, 1, 2] * 6
    metrics = json.loads((project.folder / "metrics/eval.json").read_text())
    assert (metrics["n"], metrics["samples"]) == (6, 3)
    assert {"maj_at_k_low", "maj_at_k_high", "pass_at_k_low", "pass_at_k_high", "baseline_pass_at_k"} < set(metrics)
    assert metrics["accuracy"] <= metrics["pass_at_k"]
    head = (project.folder / "metrics/tables/results.md").read_text().splitlines()[0]
    assert "| maj@k " in head and "| pass@k " in head


def test_a_student_is_asked_the_problems_of_another_dataset(project) -> None:
    folder = project.folder / "bench" / "svamp"
    folder.mkdir(parents=True)
    for split, count in (("train", 2), ("test", 4)):
        rows = [
            {
                "ID": f"{split}-{n}",
                "Body": f"Ann has {n} pens",
                "Question": f"How many {split}?",
                "Equation": "1",
                "Answer": n,
            }
            for n in range(count)
        ]
        (folder / f"{split}.json").write_text(json.dumps(rows))
    project.set(benchmarks=str(folder.parent), transfer=["svamp"], test_problems=3)
    for stage in (["prepare"], ["generate"], ["transform"], ["train"]):
        assert project.stage(*stage).returncode == 0
    for role in ROLES:
        done = project.stage("evaluate", role, "--dataset", "svamp")
        assert done.returncode == 0, done.stderr
        assert f"evaluate: {role} student on svamp: accuracy " in done.stdout
        verdicts = pq.read_table(project.folder / f"data/transfer/svamp/{role}.parquet").to_pylist()
        assert [row["problem_id"] for row in verdicts] == ["svamp-test-0", "svamp-test-1", "svamp-test-2"]
        metrics = json.loads((project.folder / f"metrics/transfer/svamp/{role}.json").read_text())
        assert metrics["n"] == 3
        assert set(metrics) == {
            *("n", "accuracy", "accuracy_low", "accuracy_high", "answered_rate", "truncated_rate", "mean_new_tokens"),
            *("stated_accuracy", "stated_rate"),
        }
    assert not (project.folder / "data/verdicts").exists()


def test_a_student_s_own_settings_train_it(project) -> None:
    _taught(project)
    project.edit("students.yaml", {"tiny__training": {"epochs": 2, "batch_size": 4}})
    done = project.stage("train")
    assert done.stdout.startswith("train: 4 steps over 8 examples, loss ")
    project.set(training__epochs=1)
    assert project.stage("train").stdout.startswith("train: 2 steps over 8 examples, loss ")


WAITING = """
import runpy, time
import pyarrow.parquet as pq
real = pq.write_table
def write_table(table, file):
    real(table, file)
    print("at work", flush=True)
    while True:  # not signal.pause(), which sleeps on if the signal comes just before it
        time.sleep(0.05)
pq.write_table = write_table
runpy.run_module("stages.prepare", run_name="__main__", alter_sys=True)
"""
"""A stage that waits where its table is written and not yet under its final name."""


def test_ctrl_c_ends_a_stage_with_one_line(project) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "at work\n"
    assert list(project.folder.rglob("*.partial"))
    os.kill(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 130, err
    assert err == "prepare: stopped; run the same command again to continue\n"
    assert not list(project.folder.rglob("*.partial"))


@pytest.mark.parametrize("stage", ARGUMENTS)
def test_help(project, stage) -> None:
    done = project.stage(stage, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def _one_line(told: str) -> None:
    assert told.count("\n") == 1, told
    assert "Traceback" not in told
