"""The response journal: what it keeps, through crashes, damage and several processes at once."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cot_distill.decoding import Completion, Request, Sampling
from cot_distill.decoding.journal import Shelf, held, prune

MODEL = {"engine": "openai", "model": "owner/gpt-4o", "revision": None, "parameters": {}}
SAMPLING = Sampling(temperature=0.7, top_p=0.95, max_new_tokens=100, seed=1)
ANSWER = Completion("We add.\nThe answer is 5.", 8, "stop", 40, True, "gpt-4o-served")


def asked(text: str, sample: int = 0, sampling: Sampling = SAMPLING) -> Request:
    return Request("p-1", (("user", text),), sampling, sample)


def three_responses(root: Path) -> tuple[Path, list[bytes]]:
    """The journal's file with the answers to questions 0 to 2, and its lines."""
    with Shelf(MODEL, root) as shelf:
        for number in range(3):
            shelf.add(asked(f"question {number}"), ANSWER)
    [file] = shelf.folder.glob("*.jsonl")
    return file, file.read_bytes().splitlines(keepends=True)


def test_a_response_is_found_again_by_all_that_it_depends_on(tmp_path: Path) -> None:
    with Shelf(MODEL, tmp_path) as shelf:
        assert shelf.find(asked("2 + 3?")) is None
        shelf.add(asked("2 + 3?"), ANSWER, cost=0.01, host="127.0.0.1:8000")
        assert shelf.find(asked("2 + 3?")) == ANSWER
    with Shelf(MODEL, tmp_path) as shelf:
        assert shelf.find(asked("2 + 3?")) == ANSWER
        assert shelf.find(asked("2 + 4?")) is None
        assert shelf.find(asked("2 + 3?", sample=1)) is None
        assert shelf.find(asked("2 + 3?", sampling=Sampling(0.7, 0.95, 101, 1))) is None
        assert shelf.find(asked("2 + 3?", sampling=Sampling(0.7, 0.95, 100, 2))) is None
    for change in ({"engine": "vllm"}, {"model": "gpt-4"}, {"revision": "2"}, {"parameters": {"stop": "."}}):
        assert Shelf(MODEL | change, tmp_path).find(asked("2 + 3?")) is None


def test_the_name_of_the_problem_does_not_matter_and_the_text_of_all_turns_does(tmp_path: Path) -> None:
    with Shelf(MODEL, tmp_path) as shelf:
        shelf.add(asked("2 + 3?"), ANSWER)
        assert shelf.find(Request("another", (("user", "2 + 3?"),), SAMPLING)) == ANSWER
        assert shelf.find(Request("p-1", (("user", "2 + "), ("user", "3?")), SAMPLING)) is None


def test_many_runs_leave_many_files_and_all_are_read(tmp_path: Path) -> None:
    for number in range(150):
        with Shelf(MODEL, tmp_path) as shelf:
            shelf.add(asked(f"question {number}"), ANSWER)
    with Shelf(MODEL, tmp_path) as shelf:
        assert len(list(shelf.folder.glob("*.jsonl"))) == 150
        assert [shelf.find(asked(f"question {number % 150}")) for number in range(300)] == [ANSWER] * 300


@pytest.mark.parametrize("left", [1, 40, 150])
def test_a_torn_last_record_costs_that_record_alone(tmp_path: Path, left: int) -> None:
    file, lines = three_responses(tmp_path)
    file.write_bytes(lines[0] + lines[1] + lines[2][:left])
    with Shelf(MODEL, tmp_path) as shelf:
        assert [shelf.find(asked(f"question {number}")) for number in range(3)] == [ANSWER, ANSWER, None]
        shelf.add(asked("question 2"), ANSWER)
    with Shelf(MODEL, tmp_path) as shelf:
        assert shelf.find(asked("question 2")) == ANSWER
    assert [(one.responses, one.damaged) for one in held(tmp_path)] == [(3, 1)]


def test_a_damaged_record_in_the_middle_is_asked_for_again(tmp_path: Path) -> None:
    file, lines = three_responses(tmp_path)
    for damage in (lines[1][:100] + b"\0" * 20 + b"\n", b"\n", b"null\n", lines[1].replace(b'"text"', b'"txet"')):
        file.write_bytes(lines[0] + damage + lines[2])
        with Shelf(MODEL, tmp_path) as shelf:
            assert [shelf.find(asked(f"question {number}")) for number in range(3)] == [ANSWER, None, ANSWER]


_WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.decoding.test_journal import MODEL, ANSWER, asked
from cot_distill.decoding.journal import Shelf
with Shelf(MODEL, Path(sys.argv[1])) as shelf:
    for number in range(200):
        shelf.add(asked(f"{{sys.argv[2]}} {{number}}"), ANSWER)
"""


def test_several_processes_write_at_once_and_none_loses_a_record(tmp_path: Path) -> None:
    code = _WRITER.format(root=str(Path(__file__).resolve().parents[2]))
    reader = Shelf(MODEL, tmp_path)
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)]) for number in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    reader.refresh()
    assert len(reader) == 800
    assert all(reader.find(asked(f"{writer} {number}")) == ANSWER for writer in range(4) for number in range(200))


_TURN = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.decoding.test_journal import MODEL, ANSWER, asked
from cot_distill.decoding.journal import Shelf
with Shelf(MODEL, Path(sys.argv[1])) as shelf, shelf.turn("level 3"):
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
    shelf.add(asked("2 + 3?"), ANSWER)
"""


def test_a_second_process_waits_for_the_first_and_finds_its_responses(tmp_path: Path) -> None:
    code = _TURN.format(root=str(Path(__file__).resolve().parents[2]))
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path), "1"], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with Shelf(MODEL, tmp_path) as shelf:
            with shelf.turn("level 4"):
                assert shelf.find(asked("2 + 3?")) is None
            with shelf.turn("level 3"):
                assert shelf.find(asked("2 + 3?")) == ANSWER


def test_a_killed_process_gives_its_turn_up(tmp_path: Path) -> None:
    code = _TURN.format(root=str(Path(__file__).resolve().parents[2]))
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path), "60"], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.kill()
    start = time.monotonic()
    with Shelf(MODEL, tmp_path) as shelf, shelf.turn("level 3"):
        assert time.monotonic() - start < 30


def test_what_is_held_and_what_it_cost(tmp_path: Path) -> None:
    with Shelf(MODEL, tmp_path) as shelf:
        shelf.add(asked("one"), ANSWER, cost=0.25, host="api.openai.com")
        shelf.add(asked("two"), ANSWER, cost=None, host="127.0.0.1:8000")
    [one] = held(tmp_path)
    assert (one.model, one.engine, one.responses, one.tokens_in, one.tokens_out) == (
        "owner/gpt-4o",
        "openai",
        2,
        80,
        16,
    )
    assert (one.cost, one.unpriced, one.hosts) == (0.25, 1, ("127.0.0.1:8000", "api.openai.com"))
    assert "prompt" not in json.loads(next(one.folder.glob("*.jsonl")).read_text().splitlines()[0])


def test_pruning_takes_what_is_named_and_leaves_what_is_in_use(tmp_path: Path) -> None:
    with Shelf(MODEL, tmp_path) as shelf:
        shelf.add(asked("one"), ANSWER)
        assert prune("gpt", None, tmp_path) == (0, 0)  # still being written
        assert shelf.find(asked("one")) == ANSWER
    assert prune("llama", None, tmp_path) == (0, 0)
    assert prune(None, 1, tmp_path) == (0, 0)
    files, size = prune("gpt", None, tmp_path)
    assert (files, size > 100) == (1, True)
    assert Shelf(MODEL, tmp_path).find(asked("one")) is None
