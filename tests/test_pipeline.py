"""The DVC graph itself: what re-runs what, experiments in a queue, and equal bytes from equal params."""

import dataclasses
import hashlib
import json
import re
import shutil
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cot_distill import records
from cot_distill.records import Problem

OUTS = ("data/rationales/rationales.parquet", "data/examples/examples.parquet", "data/verdicts/untuned.parquet")
OUTS += ("data/verdicts/tuned.parquet", "metrics/eval.json", "metrics/supervision.json", "metrics/tables/results.csv")
OUTS += (
    "metrics/supervision/report.json",
    "data/student/adapter_config.json",
    "data/student/adapter_model.safetensors",
    "metrics/training/metrics.json",
    "metrics/training/plots/metrics/loss.tsv",
)
SVAMP = {"dataset": "svamp", "teacher": "gpt_4o_published", "train_problems": None, "test_problems": None}
ALL = {"check", "prepare", "generate", "transform", "measure", "train", "evaluate_untuned", "evaluate", "tabulate"}


def repro(project) -> set[str]:
    """Run `dvc repro` and return the stages that ran."""
    return set(re.findall(r"Running stage '([^']+)'", project.good("dvc", "repro", "--no-run-cache")))


def work_off_the_queue(project) -> str:
    """Start DVC's queue, wait until nothing is left in it, and return its last status."""
    project.good("dvc", "queue", "start")
    for _ in range(100):
        time.sleep(3)  # asking costs the workers their cores
        status = project.good("dvc", "queue", "status")
        if "Running" not in status and "Queued" not in status:
            return status
    raise AssertionError(f"the queue did not end: {status}")


def digests(project) -> dict[str, str]:
    return {out: hashlib.sha256((project.folder / out).read_bytes()).hexdigest() for out in OUTS}


def repro_of_verdicts(project) -> set[str]:
    """Run `dvc repro` and return the stages that ran, without `tabulate`, which runs exactly where the tiny student's
    verdicts changed: whether they do depends on the processor's rounding."""
    verdicts = project.folder / "data/verdicts/tuned.parquet"
    before = verdicts.read_bytes()
    ran = repro(project)
    changed = verdicts.read_bytes() != before
    arm_changed = "transform" in ran  # then its name in the table is another
    assert ("tabulate" in ran) == (changed or arm_changed)
    return ran - {"tabulate"}


def test_a_change_re_runs_exactly_what_depends_on_it(versioned) -> None:
    assert repro(versioned) == ALL
    assert repro(versioned) == set()
    first = digests(versioned)

    versioned.edit("teachers.yaml", {"llama_3_70b_published__family": "another"})
    assert repro(versioned) == set()

    versioned.edit("students.yaml", {"smollm2_360m__training__epochs": 9})
    assert repro(versioned) == {"check"}
    # Other words of the student's entry change no answer of the untuned one, and with the same weights none at all.
    versioned.edit("students.yaml", {"tiny__licence": "another"})
    assert repro(versioned) == {"check", "measure", "train"}
    versioned.edit("students.yaml", {"tiny__training": {"learning_rate": 3.0e-4}})
    assert repro_of_verdicts(versioned) == {"check", "measure", "train", "evaluate"}

    versioned.set(training__learning_rate=5.0e-4)
    assert repro_of_verdicts(versioned) == {"check", "train", "evaluate"}

    versioned.set(granularity=2)
    assert repro_of_verdicts(versioned) == {"check", "generate", "transform", "measure", "train", "evaluate"}

    versioned.set(format="symbolic")
    assert repro_of_verdicts(versioned) == {"check", "transform", "measure", "train", "evaluate"}

    with (versioned.folder / "data/benchmarks/README.md").open("a") as file:
        file.write("x")
    assert repro(versioned) == {"prepare"}

    # Back to the start, all of it made again: the same bytes.
    versioned.edit("students.yaml", {"tiny__licence": "none", "tiny__training": {}})
    versioned.set(training__learning_rate=None, granularity=3, format="original")
    repro(versioned)
    assert digests(versioned) == first


def test_a_bad_student_is_found_before_anything_is_made_and_valid_ids_are_told(versioned) -> None:
    versioned.set(student="smolm2", granularity=4)
    done = versioned.run("dvc", "repro")
    assert done.returncode != 0
    assert "student is 'smolm2'; valid: smollm2_135m" in done.stderr
    assert not (versioned.folder / "data/problems").exists()


def test_dag_reads_like_a_method_section(versioned) -> None:
    graph = versioned.good("dvc", "dag", "--dot")
    for edge in (
        "prepare->generate",
        "generate->transform",
        "transform->train",
        "train->evaluate",
        "evaluate->tabulate",
    ):
        one, _, other = edge.partition("->")
        assert f'"{one}" -> "{other}";' in graph
    assert '"prepare" -> "evaluate_untuned";' in graph


def test_queued_experiments_share_work_and_are_compared(versioned) -> None:
    versioned.good("dvc", "exp", "run", "--queue", "-S", "granularity=1,0")
    log = work_off_the_queue(versioned)
    assert log.count("Success") == 2, log
    table = versioned.good("cot-distill", "tables", "--experiments")
    assert table.count("none (untuned)") == 1
    assert "answer only" in table
    assert "solver, level 1, original" in table


def test_a_queued_experiment_runs_the_code_of_its_own_commit(versioned) -> None:
    # As an editable install would: the workspace's code stands on the path of every Python.
    versioned.environment["PYTHONPATH"] = str(versioned.folder)
    file = versioned.folder / "cot_distill/students/prompts.py"
    code = file.read_text()
    versioned.good("dvc", "exp", "run", "--queue", "--name", "early")
    file.write_text(code.replace("Solve this problem.", "Edited after queueing."))
    log = work_off_the_queue(versioned)
    assert "Success" in log
    file.write_text(code)
    versioned.good("dvc", "exp", "apply", "early")
    prompts = pq.read_table(versioned.folder / "data/examples/examples.parquet").column("prompt").to_pylist()
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
    out = versioned.good(
        *(
            "dvc",
            "exp",
            "run",
            "--name",
            "one",
            "-S",
            "dataset=svamp",
            "-S",
            "teacher=gpt_4o_published",
            "-S",
            "train_problems=null",
        ),
        *(
            "-S",
            "test_problems=null",
            "-S",
            f"benchmarks={tmp_path}/benchmarks",
            "-S",
            f"published={tmp_path}/published",
        ),
    )
    assert "Running stage 'tabulate'" in out
    supervision = json.loads((versioned.folder / "metrics/supervision.json").read_text())
    assert (supervision["examples"], supervision["verified_rate"]) == (2, 0.5)
    accounts = json.loads((versioned.folder / "metrics/supervision/report.json").read_text())["accounts"]
    assert (accounts["generate"]["rows_in"], accounts["generate"]["dropped"]) == (3, {"no_answer": 1})
    assert accounts["transform"]["dropped"] == {"no_rationale": 2}
    before = (versioned.folder / "dvc.lock").read_text()
    file = tmp_path / "benchmarks/svamp/test.json"
    file.write_text(file.read_text().replace("pens", "pins"))
    ran = set(re.findall(r"Running stage '([^']+)'", versioned.good("dvc", "repro")))
    assert {"prepare", "evaluate_untuned", "evaluate"} <= ran
    assert "train" not in ran
    shared = versioned.good("cot-distill", "match", "one", "workspace", "--published", f"{tmp_path}/none")
    assert shared == "data/match_arms.txt: 2 problems; the arms teach 2, 2\n"
    assert (versioned.folder / "dvc.lock").read_text() != before


def test_each_dataset_of_transfer_is_a_stage(versioned, tmp_path) -> None:
    def stages() -> set[str]:
        return set(versioned.good("dvc", "stage", "list", "--name-only").split())

    assert not [name for name in stages() if name.startswith("transfer")]
    _write_svamp(tmp_path)
    versioned.set(transfer=["svamp", "gsm8k"], test_problems=3, benchmarks=f"{tmp_path}/benchmarks")
    assert stages() == ALL | {"transfer@svamp", "transfer@gsm8k"}
    assert "Running stage 'transfer@svamp'" in versioned.good("dvc", "repro", "transfer@svamp")
    assert "Running" not in versioned.good("dvc", "repro", "transfer@svamp")
    shown = json.loads(versioned.good("dvc", "metrics", "show", "--json", "metrics/transfer/svamp.json"))
    assert shown[""]["data"]["metrics/transfer/svamp.json"]["data"]["n"] == 3
    assert "data/transfer" not in versioned.good("git", "status", "--short")


def test_published_rationales_can_be_a_pinned_git_repository(versioned, tmp_path) -> None:
    _write_svamp(tmp_path)
    release = tmp_path / "published"
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "release"]):
        versioned.good("git", "-C", str(release), *command)
    commit = versioned.good("git", "-C", str(release), "rev-parse", "HEAD").strip()
    versioned.good("dvc", "import", str(release), "data", "--out", "data/release", "--rev", commit)
    versioned.good("git", "add", "--all")
    versioned.good("git", "commit", "--quiet", "--message", "Import the published rationales")
    versioned.set(**SVAMP, benchmarks=str(tmp_path / "benchmarks"), published="data/release")
    versioned.good("dvc", "repro", "measure")
    assert json.loads((versioned.folder / "metrics/supervision.json").read_text())["examples"] == 2


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
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not shared.is_dir():
        pytest.skip(f"the real data is not at {shared}")
    project.set(**SVAMP, benchmarks=str(shared / "benchmarks"), published=str(shared / "published"))
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

    # Limits, prices and the gate are no reason to run again.
    irrelevant = ["-S", "calls.tries=2", "-S", "calls.max_cost=9", "-S", "gate.p=1"]
    told = versioned.good("dvc", "exp", "run", *changes, *irrelevant, "generate")
    assert "Running stage 'generate'" not in told
    shutil.rmtree(versioned.folder / "data/rationales")

    clone = versioned.folder.parent / "clone"
    versioned.good("git", "clone", "--quiet", str(versioned.folder), str(clone))
    versioned.folder = clone
    told = versioned.good("dvc", "exp", "run", *changes, "generate")
    assert "Running stage 'generate'" in told
    assert len(server.asked()) == 8
    assert pq.read_table(clone / "data/rationales/rationales.parquet").num_rows == 8
