"""The pipeline as users run it: whole runs, experiments in a queue, benchmarks and rationales of their own."""

import dataclasses
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dvc.utils.serialize import modify_yaml

from cot_distill import records
from cot_distill.records import Problem
from tests.conftest import SHARED, ChatServer, Make, Project, copied

OUTS = (
    *("data/rationales/rationales.parquet", "data/examples/examples.parquet"),
    *("data/verdicts/untuned.parquet", "data/verdicts/tuned.parquet"),
    *("data/students/tuned/adapter_config.json", "data/students/tuned/adapter_model.safetensors"),
    *("metrics/eval.json", "metrics/supervision.json", "metrics/supervision/report.json"),
    *("metrics/training/metrics.json", "metrics/training/plots/metrics/loss.tsv", "metrics/tables/results.csv"),
)
SVAMP = {"dataset": "svamp", "teacher": "gpt_4o_published", "train_problems": None, "test_problems": None}


STAGES = (("check",), ("prepare",), ("generate",), ("transform",), ("measure",), ("predict",), ("train",))
STAGES += (("evaluate", "untuned"), ("evaluate", "tuned"), ("tabulate",))


@pytest.fixture
def finished(tmp_path: Path, made_once: Callable[[str, Make], Path], repository: Path) -> Project:
    """A copy of a repository whose pipeline has run, every stage of it, with a teacher behind an API.

    The stages ran in this process, and DVC was told: torch is imported once, not once a stage.
    """

    def make(folder: Path) -> None:
        server = ChatServer(folder / "server.jsonl")
        made = copied(repository, folder)
        made.set(teacher="gpt_4o")
        made.environment["OPENAI_BASE_URL"] = server.url
        for stage in STAGES:
            done = made.stage(*stage)
            assert done.returncode == 0, done.stderr
        server.close()
        made.good("dvc", "commit", "--quiet", "--force")
        made.commit("run")

    return copied(made_once("finished", make), tmp_path / "finished")


@pytest.mark.slow
def test_equal_params_give_equal_bytes(finished, versioned, chat_server) -> None:
    """Whether DVC runs each stage in a process of its own or all share one."""
    assert finished.changed() == set()
    versioned.set(teacher="gpt_4o")
    versioned.edit("students.yaml", {"tiny__licence": "another"})  # of which no byte depends
    versioned.environment["OPENAI_BASE_URL"] = chat_server().url
    versioned.good("dvc", "repro")
    assert _digests(versioned) == _digests(finished)


@pytest.mark.slow
def test_a_comment_where_models_are_asked_asks_nothing_again(finished) -> None:
    assert finished.changed() == set()
    before = _digests(finished)
    for room in ("decoding", "grading"):
        with (finished.folder / "cot_distill" / room / "__init__.py").open("a") as code:
            code.write("# A comment.\n")
    finished.environment["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"  # where nobody answers
    done = finished.run("dvc", "repro", "--no-run-cache")
    assert done.returncode == 0, done.stderr
    ran = set(re.findall(r"Running stage '([^']+)'", done.stdout))
    assert ran == {"prepare", "generate", "transform", "evaluate@untuned", "evaluate@tuned"}
    told = re.findall(r"(\d+) responses asked for .*, (\d+) found in the journal", done.stderr)
    assert told == [("0", "8"), ("0", "6"), ("0", "6")]
    assert _digests(finished) == before


@pytest.mark.slow
def test_queued_experiments_run_the_code_of_their_own_commit_and_are_compared(finished, tmp_path) -> None:
    given = tmp_path / "given"
    for folder in ("data/verdicts", "data/students/tuned", "metrics"):
        shutil.copytree(finished.folder / folder, given / folder)
    copies = {  # what costs is copied from the finished run
        "measure": ("metrics", "supervision supervision.json"),
        "train": ("data/students", "tuned", "metrics", "training"),
        "evaluate": ("data/verdicts", "${item.role}.parquet"),
    }
    with modify_yaml(finished.folder / "dvc.yaml") as pipeline:
        for stage, places in copies.items():
            pipeline["stages"][stage]["cmd"] = [
                f"mkdir -p {folder} && cd {given}/{folder} && cp -r {names} $OLDPWD/{folder}"
                for folder, names in zip(places[::2], places[1::2], strict=True)
            ]
    finished.set(teacher="solver")
    finished.commit("copies")
    # As an editable install would: the workspace's code stands on the path of every Python.
    finished.environment["PYTHONPATH"] = str(finished.folder)
    finished.good("dvc", "exp", "run", "--queue", "--name", "first", "-S", "granularity=1")
    finished.good("dvc", "exp", "run", "--queue", "--name", "second", "-S", "granularity=0")
    file = finished.folder / "cot_distill/problems/wording.py"
    code = file.read_text()
    edited = code.replace("Solve this problem.", "Edited after queueing.")
    assert edited != code
    file.write_text(edited)
    log = _work_off_the_queue(finished)
    assert log.count("Success") == 2, log
    file.write_text(code)
    table = finished.good("cot-distill", "tables", "--experiments")
    assert table.count("none (untuned)") == 1
    assert "answer only" in table
    assert "solver, level 1, original" in table
    finished.good("dvc", "exp", "apply", "first")
    prompts = pq.read_table(finished.folder / "data/examples/examples.parquet").column("prompt").to_pylist()
    assert len(prompts) == 8
    assert all("Solve this problem." in prompt for prompt in prompts)


def test_tables_without_a_run_or_a_repository_say_so_in_a_line(versioned, tmp_path) -> None:
    done = versioned.run("cot-distill", "tables")
    assert done.returncode == 1
    assert "no run to show" in done.stderr
    assert "Traceback" not in done.stderr
    shutil.rmtree(versioned.folder / ".dvc")
    done = versioned.run("cot-distill", "tables")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no DVC repository" in done.stderr


def test_published_rationales_teach_svamp(versioned, tmp_path) -> None:
    _write_svamp(tmp_path)
    versioned.stub("measure", "predict", "train", "evaluate", "tabulate")
    changes = {**SVAMP, "benchmarks": f"{tmp_path}/benchmarks", "published": f"{tmp_path}/published"}
    versioned.set(**changes)
    assert "tabulate" in versioned.repro()
    versioned.commit("one")
    versioned.good("git", "tag", "one")
    assert versioned.stage("measure").returncode == 0
    supervision = json.loads((versioned.folder / "metrics/supervision.json").read_text())
    assert (supervision["examples"], supervision["verified_rate"]) == (2, 0.5)
    accounts = json.loads((versioned.folder / "metrics/supervision/report.json").read_text())["accounts"]
    assert (accounts["generate"]["rows_in"], accounts["generate"]["dropped"]) == (3, {"no_answer": 1})
    assert accounts["transform"]["dropped"] == {"no_rationale": 2}
    # Another test question: the students are asked again, and none is trained.
    file = tmp_path / "benchmarks/svamp/test.json"
    file.write_text(file.read_text().replace("pens", "pins"))
    ran = versioned.repro()
    assert {"prepare", "evaluate@untuned", "evaluate@tuned"} <= ran
    assert "train" not in ran
    shared = versioned.good("cot-distill", "match", "one", "workspace", "--published", f"{tmp_path}/none")
    assert shared == "data/match_arms.txt: 2 problems; the arms teach 2, 2\n"


@pytest.mark.slow
def test_published_rationales_can_be_a_pinned_git_repository(versioned, tmp_path) -> None:
    _write_svamp(tmp_path)
    release = tmp_path / "published"
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "release"]):
        versioned.good("git", "-C", str(release), *command)
    commit = versioned.good("git", "-C", str(release), "rev-parse", "HEAD").strip()
    versioned.good("dvc", "import", str(release), "data", "--out", "data/release", "--rev", commit)
    versioned.commit("Import the published rationales")
    versioned.set(**SVAMP, benchmarks=str(tmp_path / "benchmarks"), published="data/release")
    assert versioned.repro("transform") == {"check", "prepare", "generate", "transform"}
    assert pq.read_table(versioned.folder / "data/examples/examples.parquet").num_rows == 2


def test_a_test_question_never_reaches_training(project, tmp_path) -> None:
    _write_svamp(tmp_path)
    train, test = (tmp_path / f"benchmarks/svamp/{split}.json" for split in ("train", "test"))
    rows = json.loads(train.read_text())
    leaked = {**rows[0], "ID": "t-9", "Body": rows[0]["Body"].upper() + "  "}
    test.write_text(json.dumps([*json.loads(test.read_text()), leaked]))
    project.set(**SVAMP, benchmarks=str(tmp_path / "benchmarks"), published=str(tmp_path / "published"))
    done = project.stage("prepare")
    assert "prepare: svamp train: 3 problems of 4 rows (in_test 1)" in done.stdout
    account = json.loads((project.folder / "data/problems/account.json").read_text())
    assert account["in_test"] == [["svamp-c-0", "svamp-t-9"]]
    assert project.stage("generate").returncode == 0
    assert json.loads((project.folder / "data/rationales/account.json").read_text())["dropped"]["in_test"] == 1
    # Whatever would still slip through, the gate stops.
    paths = {split: project.folder / f"data/problems/{split}.parquet" for split in ("train", "test")}
    test_rows, [first, *_] = records.read(paths["test"], Problem), records.read(paths["train"], Problem)
    slipped = dataclasses.replace(first, id="svamp-t-8", split="test", question=first.question.upper())
    records.write(paths["test"], [*test_rows, slipped], Problem)
    done = project.stage("transform")
    assert done.returncode == 1
    assert f"1 training questions are test questions ({first.id} = svamp-t-8)" in done.stderr


def _write_svamp(folder: Path) -> None:
    """A small benchmark and its published rationales, in the official layouts and our own words."""

    def row(name: str, body: str, answer: float) -> dict[str, object]:
        return {"ID": name, "Body": body, "Question": "How many pens?", "Equation": "( 1.0 + 1.0 )", "Answer": answer}

    (folder / "benchmarks/svamp").mkdir(parents=True)
    (folder / "published/data").mkdir(parents=True)
    train = [row(f"c-{n}", f"Ann has {n} pens and gets {n} more", 2.0 * n) for n in range(4)]
    test = [row(f"t-{n}", f"Bob has {n} pens and loses none", 1.0 * n) for n in range(3)]
    outputs = [" 0 + 0 = 0. The answer is 0", "1 + 1 = 3.The answer is 3", "I cannot say."]
    arm = [
        {"instruction": f"{problem['Body']} {problem['Question']}", "output": output}
        for problem, output in zip(train, outputs, strict=False)
    ]
    (folder / "benchmarks/svamp/train.json").write_text(json.dumps(train))
    (folder / "benchmarks/svamp/test.json").write_text(json.dumps(test))
    (folder / "published/data/SVAMP_ChatGPT_level3_ranked.json").write_text(json.dumps(arm))


def test_the_real_benchmark_and_its_published_rationales(project) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the real data is not at {SHARED}")
    project.set(**SVAMP, benchmarks=str(SHARED / "benchmarks"), published=str(SHARED / "published"))
    for stage in ("prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    supervision = json.loads((project.folder / "metrics/supervision.json").read_text())
    assert supervision["examples"] == 694
    assert supervision["verified_rate"] > 0.98


def test_an_experiment_asks_the_named_server_and_a_second_clone_asks_nobody(versioned, chat_server) -> None:
    server = chat_server()
    versioned.environment |= {"OPENAI_BASE_URL": server.url, "HTTPS_PROXY": "http://127.0.0.1:9"}
    changes = ["-S", "teacher=gpt_4o", "-S", "granularity=5"]
    versioned.good("dvc", "exp", "run", *changes, "generate")
    assert len(server.asked()) == 8
    clone = versioned.folder.parent / "clone"
    versioned.good("git", "clone", "--quiet", str(versioned.folder), str(clone))
    versioned.folder = clone
    told = versioned.good("dvc", "exp", "run", *changes, "generate")
    assert "Running stage 'generate'" in told
    assert len(server.asked()) == 8
    assert pq.read_table(clone / "data/rationales/rationales.parquet").num_rows == 8


def _digests(project) -> dict[str, str]:
    return {out: hashlib.sha256((project.folder / out).read_bytes()).hexdigest() for out in OUTS}


def _work_off_the_queue(project) -> str:
    """Start DVC's queue, wait until nothing is left in it, and return its last status."""
    project.good("dvc", "queue", "start")
    for _ in range(100):
        time.sleep(3)  # asking costs the workers their cores
        status = project.good("dvc", "queue", "status")
        if "Running" not in status and "Queued" not in status:
            return status
    raise AssertionError(f"the queue did not end: {status}")
