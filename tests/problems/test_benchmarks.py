"""The seven benchmarks: miniature files of each layout, the hub on loopback, and the real files where they are."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems import sources
from cot_distill.records import Problem
from tests.conftest import ROOT, SHARED
from tests.hub import serving
from tests.layouts import AQUA, official, on_the_hub

PAPER = {"train": None, "test": None}
EVERY_ROW = {"train": problems.ALL, "test": None}
REAL = SHARED / "benchmarks"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"needs the official files in {REAL}")


def load(dataset: str, folder: Path, sizes=EVERY_ROW) -> problems.Loaded:
    return problems.load(dataset, folder, folder / "revisions.yaml", 1, sizes)


def problem(dataset: str, folder: Path, part: str) -> Problem:
    loaded = load(dataset, folder)
    [found] = [one for rows in loaded.problems.values() for one in rows if part in one.question]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return official(tmp_path / "benchmarks")


@pytest.mark.parametrize(
    ("dataset", "part", "expected"),
    [
        ("svamp", "Ann has", ("svamp-chal-1", "Ann has 3 pens. Bob gave her 4 more. How many pens has Ann now?", None, "number", "7", "( 3.0 + 4.0 )")),
        ("gsm8k", "hens", ("gsm8k-9344522db9d562d1", "A farm has 1,000 hens and sells 40. How many stay?", None, "number", "960", "1000 - 40 = 960 hens stay.")),
        ("gsm8k", "book", (None, "A book costs $2,500. What do 2 cost?", None, "number", "5000", "They cost 2 * 2500 = $5,000.")),
        ("aqua", "car", (None, "A car drives 60 miles in 2 hours. How many miles an hour?", ("20", "30", "40", "50", "60"), "letter", "B", "60 / 2 = 30\nAnswer B")),
        ("math", "frac", (None, "What is $\\frac{1}{2}$ of 3?", None, "latex", "\\frac{3}{2}", "First $\\boxed{7}$ comes to mind, but it is $\\boxed{\\frac{3}{2}}$.")),
        ("csqa", "cold", ("csqa-1", "Where is milk kept cold?", ("oven", "fridge", "shoe", "lamp", "sea"), "letter", "B", "A fridge is cold.")),
        ("obqa", "cold", ("obqa-1", "Where is milk kept cold?", ("oven", "fridge", "shoe", "lamp"), "letter", "B", None)),
        ("strategyqa", "Is 7 even?", ("strategyqa-q7", "Is 7 even?", None, "boolean", "False", "Even numbers halve. 7 is a number.")),
    ],
)  # fmt: skip
def test_a_row_becomes_a_problem(folder: Path, dataset: str, part: str, expected) -> None:
    found = problem(dataset, folder, part)
    given, *rest = expected
    assert [found.question, found.choices, found.answer_kind, found.gold, found.rationale] == rest
    assert given is None or found.id == given
    assert found.answer_kind == problems.ANSWER_KIND_OF[dataset]


def test_strategyqa_is_parted_by_row(folder: Path) -> None:
    loaded = load("strategyqa", folder, PAPER)
    assert loaded.account.rows_kept == {"train": 2000, "test": 1}
    assert [one.id for one in loaded.problems["test"]] == ["strategyqa-last"]


@pytest.mark.parametrize("dataset", ["csqa", "obqa"])
def test_a_training_row_that_asks_a_test_question_falls_and_is_told(folder: Path, dataset: str) -> None:
    loaded = load(dataset, folder)
    # csqa shows all five choices, so that row 2 is the test's row 9; obqa's four are other ones.
    leaked = [("csqa-2", "csqa-9")] if dataset == "csqa" else []
    assert loaded.account.in_test == leaked
    assert loaded.account.rows_in["train"] == 3
    assert len(loaded.problems["train"]) == 3 - len(leaked)
    assert loaded.account.dropped["train"] == ({"in_test": 1} if leaked else {})
    # Row 3 has the same stem and other choices: it stays, and is listed.
    assert (f"{dataset}-3", f"{dataset}-9", 100.0) in loaded.account.most_alike


@pytest.mark.parametrize("dataset", ["gsm8k", "math"])
def test_questions_that_differ_in_a_sign_alone_are_two_problems(folder: Path, dataset: str) -> None:
    path, column = (folder / dataset / "train.jsonl"), "question" if dataset == "gsm8k" else "problem"
    row = json.loads(path.read_text().splitlines()[0])
    path.write_text("".join(json.dumps(row | {column: f"What is 12 {sign} 5?"}) + "\n" for sign in "+*-/"))
    train = load(dataset, folder).problems["train"]
    assert len({one.id for one in train}) == 4


def test_a_row_without_gold_is_counted(folder: Path) -> None:
    assert load("math", folder).account.dropped["train"] == {"no_gold": 1}


def test_only_the_rows_that_the_paper_used(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [AQUA["train"][0] | {"question": f"Case {number}: how far?"} for number in range(4)]
    (folder / "aqua/train.json").write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[1]]))
    from cot_distill.problems.benchmark import question_hash

    used = [question_hash(f"case {number} HOW far", row["options"][0:0] or ["20", "30", "40", "50", "60"]) for number, row in enumerate(rows[:3])]  # fmt: skip
    (tmp_path / "aqua.txt").write_text("\n".join(used))
    monkeypatch.setattr(problems, "_USED_ROWS", tmp_path)
    loaded = load("aqua", folder, PAPER)
    assert sorted(one.question for one in loaded.problems["train"]) == [
        f"Case {number}: how far?" for number in range(3)
    ]
    assert loaded.account.dropped["train"] == {"duplicate": 1, "not_in_paper": 1}
    assert load("aqua", folder).account.rows_kept["train"] == 4


def test_none_of_the_papers_rows_is_an_error(folder: Path) -> None:
    with pytest.raises(UserError, match="none of 1 rows is one of the 1297 that the paper trained on"):
        load("math", folder, PAPER)


def test_a_larger_sample_contains_the_smaller(folder: Path) -> None:
    few, more = (
        {one.id for one in load("strategyqa", folder, {"train": size, "test": None}).problems["train"]}
        for size in (5, 9)
    )
    assert len(few) == 5 and few < more
    with pytest.raises(UserError, match="strategyqa train holds 2000 problems, params ask for 2001"):
        load("strategyqa", folder, {"train": 2001, "test": None})


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("gsm8k/train.jsonl", {"answer": "no result"}, "row 0: 'answer' states no result after ####"),
        ("gsm8k/train.jsonl", {"answer": "x #### many"}, "row 0: the gold answer is ' many', not a number"),
        ("gsm8k/train.jsonl", {"question": 5}, "row 0: 'question' is a number, not text"),
        ("gsm8k/train.jsonl", {"question": ["a"]}, "row 0: 'question' is a list, not text"),
        ("aqua/train.json", {"correct": "F"}, "row 0: 'correct' is 'F', not the letter of one of the options"),
        ("aqua/train.json", {"options": []}, "row 0: 'options' is a list, not a list of texts"),
        ("math/train.jsonl", {"solution": "no box"}, "row 0: 'solution' holds no \\boxed{} answer"),
        ("csqa/train_rand_split.jsonl", {"question": {"stem": "Q", "choices": [{"label": "B", "text": "x"}, {"label": "A", "text": "y"}]}}, "row 0: choice 0 is not labelled A"),
        ("obqa/train.jsonl", {"answerKey": "E"}, "row 0: the gold answer is 'E', not a letter"),
        ("obqa/train.jsonl", {"question": {"stem": "\ud800", "choices": [{"label": "A", "text": "x"}]}, "answerKey": "A"}, "half a character"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named(folder: Path, file: str, change, told: str) -> None:
    path = folder / file
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first) | change), *rest]))
    with pytest.raises(UserError) as raised:
        load(file.partition("/")[0], folder)
    assert told in str(raised.value) and str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_official_id_that_stands_twice(folder: Path) -> None:
    path = folder / "svamp/train.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([*rows, rows[0]]))
    with pytest.raises(UserError, match="the id 'svamp-chal-1' is there twice"):
        load("svamp", folder)


def test_the_hub_is_pinned_at_first_use(tmp_path: Path) -> None:
    revisions = tmp_path / "revisions.yaml"
    shutil.copy(ROOT / "data/revisions.yaml", revisions)

    def from_hub(cache: str, *datasets: str) -> dict[str, list[list[str]]]:
        hub_of = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / cache), "HF_HUB_DISABLE_TELEMETRY": "1"}
        done = subprocess.run(
            [sys.executable, "-c", FROM_HUB, str(revisions), *datasets],
            env={**os.environ, **hub_of}, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    with serving() as hub:
        for repo, folder in on_the_hub(tmp_path / "hub").items():
            hub.put(repo, folder, "c0ffee" + "0" * 34)
        sizes = {"svamp": 2, "gsm8k": 1, "aqua": 1, "math": 7, "csqa": 2, "obqa": 3}
        found = from_hub("hf", *sizes)
        assert {dataset: len(rows) for dataset, rows in found.items()} == sizes
        for dataset in ("svamp", "gsm8k", "aqua", "obqa"):
            local = load(dataset, official(tmp_path / "official")).problems["train"]
            assert found[dataset] == [[one.id, one.gold] for one in local]
        pins = revisions.read_text()
        assert "  openai/gsm8k: c0ffee0000" in pins and pins.startswith("# The version")
        # A newer commit appears: the pinned one is asked for, whatever the newest is.
        hub.put("openai/gsm8k", tmp_path / "hub/openai/gsm8k", "f" * 40)
        hub.requests.clear()
        assert from_hub("another", "gsm8k")["gsm8k"] == found["gsm8k"]
        assert any(f"/resolve/c0ffee{'0' * 34}/" in request for request in hub.requests)
        assert not any("f" * 40 in request for request in hub.requests)


FROM_HUB = """
import json, sys
from pathlib import Path
from cot_distill import problems
sizes = {"train": "all", "test": None}
loaded = {name: problems.load(name, Path("nowhere"), Path(sys.argv[1]), 1, sizes) for name in sys.argv[2:]}
print(json.dumps({name: [[one.id, one.gold] for one in one.problems["train"]] for name, one in loaded.items()}))
"""


def test_no_hub_is_told_in_a_line(project, tmp_path: Path) -> None:
    project.environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "hf")}
    project.set(dataset="gsm8k", granularity=0)
    done = project.stage("prepare")
    assert done.returncode == 1
    assert "openai/gsm8k: cannot be had from the hub (" in done.stderr
    assert "put the official files into a folder 'gsm8k'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.folder / "data/problems").exists()


def test_the_archive_is_pinned_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    revisions, archive = tmp_path / "revisions.yaml", tmp_path / "web" / "data.zip"
    archive.parent.mkdir()

    def pack(question: str) -> None:
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("strategyqa/rows.json", json.dumps([{"question": question}]))

    def rows(member: str) -> list[dict[str, str]]:
        return list(sources.Pinned("strategyqa", revisions).rows("", [sources.Archive(url, member)]))

    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=archive.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/data.zip"
        revisions.write_text("strategyqa: null\n")
        pack("first")
        assert rows("rows.json") == [{"question": "first"}]
        pinned, first = revisions.read_text(), archive.read_bytes()
        assert len(pinned.split()[-1]) == 64
        pack("changed")
        # The cached archive has the pinned hash: it is used, and nothing is asked for.
        assert rows("rows.json") == [{"question": "first"}]
        shutil.rmtree(tmp_path / "cache")
        with pytest.raises(UserError, match="the file has changed"):
            rows("rows.json")
        revisions.write_text("strategyqa: null\n")
        assert rows("rows.json") == [{"question": "changed"}]
        # What is in the cache has another hash than the pinned: it is fetched anew.
        revisions.write_text(pinned)
        archive.write_bytes(first)
        assert rows("rows.json") == [{"question": "first"}]
        with pytest.raises(UserError, match=r"holds no file 'other\.json'"):
            rows("other.json")
        shutil.rmtree(tmp_path / "cache")
        archive.write_bytes(b"no archive")
        revisions.write_text("strategyqa: null\n")
        with pytest.raises(UserError, match="is no zip archive"):
            rows("rows.json")
        server.shutdown()
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(UserError, match=r"data\.zip: cannot be had from the web \("):
        rows("rows.json")


@pytest.mark.slow
@needs_real
@pytest.mark.parametrize(
    ("dataset", "train", "test"),
    [("svamp", 700, 300), ("gsm8k", 7473, 1319), ("math", 1297, 500), ("csqa", 9741, 1221), ("obqa", 4957, 500), ("strategyqa", 2000, 290)],
)  # fmt: skip
def test_the_papers_sizes(dataset: str, train: int, test: int) -> None:
    loaded = load(dataset, REAL, PAPER)
    leaked = 14 if dataset == "obqa" else 0
    assert loaded.account.rows_kept == {"train": train - leaked, "test": test}
    assert len(loaded.account.in_test) == leaked


@pytest.mark.slow
@needs_real
def test_the_real_gold_of_math_is_the_whole_box() -> None:
    train = load("math", REAL, PAPER).problems["train"]
    # Golds with braces: the release cut its own at the first closing one.
    assert sum("}" in one.gold for one in train) == 71
    for one in train:
        assert one.gold.count("{") == one.gold.count("}")
        assert f"{{{one.gold}" in (one.rationale or "").replace("\\boxed ", "\\boxed{") or f" {one.gold}" in (
            one.rationale or ""
        )


@needs_real
def test_the_equal_stems_of_obqa_are_listed() -> None:
    alike = [pair for pair in load("obqa", REAL, PAPER).account.most_alike if pair[2] == 100.0]
    assert len(alike) == 9  # with the 14 that fell, the 23 test stems that stand in the training split
