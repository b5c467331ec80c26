"""Models as teachers, through the stages' own commands and a server on loopback."""

import json
import random
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

CLI = (sys.executable, "-m", "cot_distill.cli")
KEY = "sk-secret-0123456789"


@pytest.fixture
def taught(project, chat_server):
    """A project whose teacher is gpt_4o, and a starter of its server."""

    def start(*options: str):
        server = chat_server(*options)
        project.environment |= {
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": KEY,
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
        }
        return server

    project.set(teacher="gpt_4o", calls__concurrency=8, calls__timeout=5, calls__tries=6)
    return project, start


def rows(project, name: str = "rationales/rationales") -> list[dict[str, object]]:
    return pq.read_table(project.folder / "data" / f"{name}.parquet").to_pylist()


def good(project, *stages: str) -> str:
    """Run stages that must succeed; returns what the last one told."""
    for stage in stages:
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_rationales_are_asked_for_once_whatever_is_made_of_them(taught) -> None:
    project, start = taught
    server = start()
    told = good(project, "prepare", "generate")
    assert "8 rationales for 8 problems, 8 state the gold answer" in told
    assert "8 responses asked for (" in told and "$0.0" in told
    [row, *_] = rows(project)
    assert (row["teacher"], row["granularity"], row["format"], row["verified"]) == ("gpt_4o", 3, "original", True)
    assert (row["model"], row["revision"]) == ("gpt-4o-2024-11-20", "gpt-4o-2024-11-20-served")
    assert json.loads(str(row["sampling"])) == {
        **{"temperature": 0.7, "top_p": 0.95, "max_new_tokens": 1024, "seed": 1},
        **{"sample": 0},
    }
    assert row["text"].startswith("First we look at case ") and "answer" not in row["text"]
    assert row["tokens_in"] > 50 and row["tokens_out"] == 16
    first = (project.folder / "data/rationales/rationales.parquet").read_bytes()

    told = good(project, "generate")
    assert (
        "0 responses asked for (0 tokens, $0.0000 after $0.0077 that this experiment had cost), 8 found in the journal"
        in told
    )
    assert (project.folder / "data/rationales/rationales.parquet").read_bytes() == first
    assert len(server.asked()) == 8

    # A server is not needed for what is in the journal, and nothing of it lies around.
    server.close()
    good(project, "generate")
    assert not [path for path in project.folder.parent.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()
                and path.name != "server-0.jsonl"]  # fmt: skip

    project.set(teacher_seed=2, calls__tries=1)
    done = project.stage("generate")
    assert done.returncode == 1
    assert "no request got an answer; the last one: connection failed" in done.stderr


def test_a_mixed_arm_pays_only_for_what_other_arms_have_not(taught) -> None:
    project, start = taught
    server = start()
    good(project, "prepare", "generate")
    project.set(granularity="mixed", mixed_weights=[0, 0, 1, 0, 1, 0])
    told = good(project, "generate", "transform")
    assert "8 examples of 8 problems" in told
    assert len(server.asked()) == 16
    assert {(row["problem_id"], row["granularity"]) for row in rows(project)} == {
        (row["problem_id"], level) for row in rows(project) for level in (3, 5)
    }
    assert {row["granularity"] for row in rows(project, "examples/rationales")} == {3, 5}

    project.set(granularity="padded")
    told = good(project, "generate", "transform")
    assert len(server.asked()) == 24
    assert all("We take our time" not in row["text"] for row in rows(project))


@pytest.mark.parametrize("format", ["least_to_most", "rephrase_and_respond", "symbolic"])
def test_a_format_is_a_rewrite_of_the_base_rationale_verified_again(taught, format: str) -> None:
    project, start = taught
    server = start()
    good(project, "prepare", "generate")
    project.set(format=format, generation__attempts=2)
    # The stand-in is told no gold answer here and says 7: every rewrite is wrong, asked for twice, and dropped.
    done = project.stage("transform")
    assert done.returncode == 1
    assert "none of the 0 rationales can teach ({'no_rationale': 8}); choose another arm" in done.stderr
    assert len(server.asked()) == 8 + 16


def test_a_rewrite_that_is_right_teaches(taught) -> None:
    project, start = taught
    start("--say", "Sub-question 1: What?\nAnswer 1: That.\nThe answer is 7.")
    good(project, "prepare")
    table = pq.read_table(project.folder / "data/problems/train.parquet")
    gold = table.column_names.index("gold")
    pq.write_table(table.set_column(gold, table.schema.field("gold"), [["7"] * 8]), project.folder / "data/problems/train.parquet")  # fmt: skip
    good(project, "generate")
    project.set(format="least_to_most")
    good(project, "transform")
    assert {row["completion"] for row in rows(project, "examples/examples")} == {
        "Sub-question 1: What?\nAnswer 1: That.\nThe answer is 7."
    }
    assert {row["format"] for row in rows(project, "examples/rationales")} == {"least_to_most"}
    assert {row["verdict"] for row in rows(project, "examples/attempts")} == {"good"}


def test_what_verification_rejects_is_asked_for_again_then_dropped_or_kept(taught) -> None:
    project, start = taught
    server = start("--say", "We guess.\nThe answer is 123456789.")
    project.set(generation__attempts=3)
    told = good(project, "prepare", "generate")
    assert "0 rationales for 8 problems, 0 state the gold answer, 8 wrong_answer" in told
    assert len(server.asked()) == 24
    attempts = rows(project, "rationales/attempts")
    assert [row["attempt"] for row in attempts] == [0, 1, 2] * 8
    assert {(row["verdict"], row["stated_answer"], row["kept"]) for row in attempts} == {
        ("wrong_answer", "123456789", False)
    }

    project.set(generation__rejected="keep")
    told = good(project, "generate")
    assert "8 rationales for 8 problems, 0 state the gold answer" in told
    assert len(server.asked()) == 24
    assert [row["attempt"] for row in rows(project, "rationales/attempts") if row["kept"]] == [0] * 8


def test_a_faulty_server_costs_no_row_and_the_key_is_in_no_file(taught) -> None:
    project, start = taught
    start("--faults", "third")
    project.set(train_problems=60, calls__timeout=1, calls__tries=10, calls__concurrency=16)
    told = good(project, "prepare", "generate")
    assert len({row["problem_id"] for row in rows(project)}) == len(rows(project)) == 60
    assert KEY not in told
    for path in project.folder.parent.rglob("*"):
        if path.is_file() and not path.name.startswith("server-"):
            assert KEY.encode() not in path.read_bytes(), path


def test_a_request_that_keeps_failing_is_told_by_its_problem(taught) -> None:
    project, start = taught
    good(project, "prepare")
    bad = rows(project, "problems/train")[2]
    server = start("--only", str(bad["question"]), "--faults", '400 {"error": {"message": "content filter"}}')
    told = good(project, "generate")
    assert f"problem {bad['id']} got no answer: refused with HTTP 400 (content filter)" in told
    assert "7 rationales for 8 problems, 7 state the gold answer, 1 refused" in told
    assert bad["id"] not in {row["problem_id"] for row in rows(project)}
    assert len(server.asked()) == 8
    told = good(project, "generate")  # the seven are in the journal, the eighth is tried anew
    assert "1 refused" in told and len(server.asked()) == 9


def test_a_server_that_has_gone_stops_the_stage_and_leaves_no_table(taught) -> None:
    project, start = taught
    start("--faults", "500")
    project.set(train_problems=60, calls__tries=1)
    good(project, "prepare")
    done = project.stage("generate")
    assert done.returncode == 1
    assert "stopped (20 requests in a row failed, the last one: HTTP 500" in done.stderr
    assert done.stderr.strip().endswith("run the same command again to continue")
    assert "Traceback" not in done.stderr
    assert not (project.folder / "data/rationales").exists()


def test_max_cost_stops_before_it_is_passed_and_a_higher_one_continues(taught) -> None:
    project, start = taught
    server = start()
    # The price of a request is bounded by its cap of 100 tokens: 0.01 dollars each, and about as much for its prompt.
    project.set(calls__prices={"gpt_4o": {"input": 10.0, "output": 100.0}}, generation__max_new_tokens=100)
    project.set(train_problems=40, calls__max_cost=0.1, calls__concurrency=8)
    good(project, "prepare")
    done = project.stage("generate")
    assert done.returncode == 1
    assert "stopped (the next request could pass calls.max_cost; " in done.stderr
    spent = float(done.stderr.rpartition("$")[2].split()[0])
    assert 0.08 < spent <= 0.1  # as near as the bound of one more request allows, however many were in flight
    paid = len(server.asked())
    assert 5 < paid < 40
    project.set(calls__max_cost=10.0)
    good(project, "generate")
    assert len(server.asked()) == 40

    project.set(calls__prices={})
    done = project.stage("generate")
    assert (done.returncode, "calls.max_cost is set, but this teacher has no price" in done.stderr) == (1, True)


def test_experiments_of_one_budget_share_max_cost(taught) -> None:
    project, start = taught
    start()
    project.set(calls__prices={"gpt_4o": {"input": 10.0, "output": 100.0}}, generation__max_new_tokens=100)
    project.set(calls__max_cost=0.06, calls__budget="shop", calls__concurrency=1)
    good(project, "prepare", "generate")
    project.set(granularity=5)
    done = project.stage("generate")
    assert (done.returncode, "the next request could pass calls.max_cost" in done.stderr) == (1, True)
    project.set(calls__budget="another")
    good(project, "generate")
    project.set(calls__budget="../shop")
    done = project.stage("generate")
    assert done.returncode == 1 and "params.yaml: calls.budget is '../shop'; " in done.stderr


def test_the_dry_run_shows_the_first_request_and_what_is_left_to_pay(taught) -> None:
    project, start = taught
    server = start()
    good(project, "prepare")
    told = project.good(*CLI, "generate", "--dry-run")
    assert "--- user ---\nYou write solutions from which a small language model will learn to reason." in told
    assert "(The answer is known: " in told
    assert "calls to make: 8 (" in told and "; 0 are in the journal)" in told
    assert "cost, estimated: $0.0" in told
    assert server.asked() == []
    assert not (project.folder / "data/rationales").exists()

    project.set(granularity="mixed", calls__prices={})
    told = project.good(*CLI, "generate", "--dry-run")
    assert "calls to make: 48 (" in told
    assert "cost, estimated: unknown: calls.prices has no price for this teacher" in told

    project.set(granularity=3)
    good(project, "generate")
    told = project.good(*CLI, "generate", "--dry-run")
    assert "first request" not in told
    assert "calls to make: 0 (" in told and "; 8 are in the journal)" in told


def test_the_dry_run_takes_changed_params_and_counts_rewrites(taught) -> None:
    project, start = taught
    server = start()
    before = (project.folder / "params.yaml").read_bytes()

    def told(*changes: str) -> str:
        return project.good(*CLI, "generate", "--dry-run", *(part for one in changes for part in ("-S", one)))

    assert "calls to make: 8 (retries" in told("granularity=5")  # no stage has run
    assert "calls to make: 16 (8 of them rewrites in a format; retries" in told("format=symbolic")
    assert "calls to make: 56 (8 of them rewrites" in told("granularity=mixed", "format=symbolic")
    assert told("teacher=solver") == "No model is asked: 0 calls, no cost.\n"
    assert "calls to make: 4 (" in told("train_problems=4")
    own = "-S dataset=own -S teacher=human -S granularity=null -S own.file=none.csv".split()
    done = project.run(*CLI, "generate", "--dry-run", *own)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1) and "none.csv" in done.stderr
    assert (project.folder / "params.yaml").read_bytes() == before and not server.asked()
    for change, fault in (
        ("granulrity=5", "-S granulrity: 'granulrity' is not a param of params.yaml; did you mean granularity?"),
        ("granularity=9", "params.yaml: granularity is 9; valid: 0, 1"),
        ("granularity", "-S granularity: write it as param=value"),
    ):
        done = project.run(*CLI, "generate", "--dry-run", "-S", change)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1) and fault in done.stderr
    done = project.run(*CLI, "generate", "-S", "granularity=5")
    assert done.returncode == 1 and "-S needs --dry-run" in done.stderr

    good(project, "prepare", "generate")
    assert "calls to make: 8 (8 of them rewrites in a format; retries" in told("format=symbolic")
    project.set(format="symbolic")
    project.stage("transform")  # the stand-in knows no answer without its hint: none of its rewrites passes
    assert "calls to make: 0 (retries after verification come on top; 16 are in the journal)" in told()


def test_the_journal_command_shows_and_prunes(taught) -> None:
    project, start = taught
    start()
    good(project, "prepare", "generate")
    told = project.good(*CLI, "journal")
    assert "| gpt-4o-2024-11-20 | openai | 8         | 0       |" in told
    for options, fault in (
        (["--prune"], "choose which with --model TEXT or --days N"),
        (["--days", "1"], "add --prune"),
    ):
        done = project.run(*CLI, "journal", *options)
        assert (done.returncode, fault in done.stderr) == (1, True)
    assert project.good(*CLI, "journal", "--prune", "--model", "gpt-4o").startswith("deleted 1 files")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_finishes_what_is_in_flight_and_says_how_to_go_on(taught, number: signal.Signals) -> None:
    project, start = taught
    server = start("--latency", "0.3")
    project.set(train_problems=100)
    good(project, "prepare")
    with subprocess.Popen(
        [sys.executable, "-m", "stages.generate"],
        cwd=project.folder, env=project.environment, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        while len(server.asked()) < 20:
            time.sleep(0.05)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"{number.name}: finishing what is in flight" in told
    assert f"stopped ({number.name}): " in told and "run the same command again to continue" in told
    answered = sum("answered" in line for line in server.log())
    assert answered == len(server.asked()) < 100
    assert f"{answered} responses are in the journal" in told
    good(project, "generate")
    assert len(server.asked()) == 100


@pytest.mark.parametrize(("kills", "problems"), [(3, 120), pytest.param(20, 500, marks=pytest.mark.slow)])
def test_killed_again_and_again_nothing_is_paid_twice_and_the_table_is_the_same(
    taught, kills: int, problems: int
) -> None:
    project, start = taught
    server = start("--latency", "0.1")
    project.set(train_problems=problems, calls__concurrency=4)
    good(project, "prepare")
    moments = random.Random(4)
    journalled: set[str] = set()
    for _ in range(kills):
        before = len(server.asked())
        process = subprocess.Popen([sys.executable, "-m", "stages.generate"], cwd=project.folder, env=project.environment, stderr=subprocess.DEVNULL)  # fmt: skip
        answered = before + moments.randint(8, 24)  # four are in flight: at least four of these are answered
        while len(server.asked()) < answered:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not journalled & set(asked_since(server, before))
        journalled |= journalled_questions(project)
    assert kills < len(journalled) < problems
    before = len(server.asked())
    good(project, "generate")
    assert not journalled & set(asked_since(server, before))
    assert len(set(server.asked())) == problems
    assert len(server.asked()) <= problems + kills * 4

    disturbed = (project.folder / "data/rationales/rationales.parquet").read_bytes()
    project.environment["COT_DISTILL_CACHE"] += "-undisturbed"
    server = start()
    good(project, "generate")
    assert len(server.asked()) == problems
    assert (project.folder / "data/rationales/rationales.parquet").read_bytes() == disturbed


@pytest.mark.slow
def test_four_samples_of_a_thousand_problems_are_four_thousand_requests_whatever_kills_them(taught) -> None:
    project, start = taught
    server = start("--latency", "0.02")
    project.set(train_problems=1000, selection__samples=4, calls__concurrency=16)
    good(project, "prepare")
    for answered in (300, 1500, 2600):
        process = subprocess.Popen([sys.executable, "-m", "stages.generate"], cwd=project.folder, env=project.environment, stderr=subprocess.DEVNULL)  # fmt: skip
        while len(server.asked()) < answered:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = good(project, "generate")
    assert "4000 rationales for 1000 problems" in told
    # What was in flight when it was killed is all that is asked again.
    assert 4000 <= len(server.asked()) <= 4000 + 3 * 16
    asked = len(server.asked())
    project.set(selection__samples=2, selection__keep="all")
    told = good(project, "generate")
    assert "2000 rationales for 1000 problems" in told and "0 responses asked for" in told
    told = good(project, "transform", "measure")
    assert {row["sample"] for row in rows(project, "examples/examples")} == {0, 1}
    report = json.loads((project.folder / "metrics/supervision/report.json").read_text())
    assert (report["examples"], report["problems_taught"]) == (2000, 1000)
    assert report["pass_rates"] == {"samples": 2, "mean": 1.0, "problems": {"0": 0, "1": 0, "2": 1000}}
    project.set(selection__match_by="rows")
    good(project, "transform")
    assert len(rows(project, "examples/examples")) == 1000
    assert len({row["problem_id"] for row in rows(project, "examples/examples")}) == 500
    assert len(server.asked()) == asked


def asked_since(server, before: int) -> list[str]:
    return server.asked()[before:]


def journalled_questions(project) -> set[str]:
    """The last turns of the requests whose responses the journal holds whole."""
    names = set()
    for path in project.folder.parent.glob("cache/journal/*/*.jsonl"):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                names.add(json.loads(line)["name"])
    return {
        f"Problem:\n{row['question']}\n\n(The answer is known: {row['gold']})"
        for row in rows(project, "problems/train")
        if row["id"] in names
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"modle": "x"}, "teacher is 'bad', which cannot serve"),
        ({"engine": "llama"}, "engine: Input should be 'openai', 'vllm' or 'transformers'"),
        (
            {"arguments": {"batch": 3}, "engine": "transformers"},
            "arguments.batch is unknown to the engine transformers",
        ),
        ({"arguments": {"dtype": "int8"}, "engine": "transformers"}, "arguments.dtype is 'int8'; valid: bfloat16"),
    ],
)
def test_a_bad_entry_is_told_before_anything_is_asked(project, change: dict[str, object], told: str) -> None:
    entry = {"source": "model", "engine": "openai", "model": "m"} | change
    project.edit("teachers.yaml", {"bad": entry})
    project.set(teacher="bad")
    done = project.stage("check")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
