"""The batch interface against the stand-in of it: what is sent once, what is brought home, and what a kill loses."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.batches import BatchEngine
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.openai_engine import Limits, OpenAIEngine, Server
from cot_distill.errors import UserError
from cot_distill.stopping import Stop
from tests.chat_server import Behaviour, InThread
from tests.chat_server import Server as StandIn

MODEL = {"engine": "openai", "model": "gpt-4o", "revision": None, "parameters": {}}
ROOT = Path(__file__).resolve().parents[2]


def requests(count: int) -> list[Request]:
    sampling = Sampling(temperature=0.7, top_p=1.0, max_new_tokens=50, seed=1)
    return [
        Request(f"p-{number}", (("user", f"Problem {number}.\n(The answer is known: {number})"),), sampling)
        for number in range(count)
    ]


def ask(url: str, root: Path, count: int, stop: Stop | None = None) -> dict[str, Completion | Failure]:
    """What the journal has not is asked for, and journalled."""
    answers: dict[str, Completion | Failure] = {}
    with Shelf(MODEL, root) as shelf:

        def deliver(request: Request, answer: Completion | Failure) -> None:
            assert request.name not in answers
            answers[request.name] = answer
            if isinstance(answer, Completion):
                shelf.add(request, answer)

        server = Server(url, "sk-secret-0123456789")
        single = OpenAIEngine("gpt-4o", {}, server, Limits(4, 5, 2, patience=1))
        engine = BatchEngine("gpt-4o", {}, server, single, shelf.folder, shelf.key)
        engine.complete([one for one in requests(count) if shelf.find(one) is None], deliver, stop or Stop())
        return answers | {one.name: found for one in requests(count) if (found := shelf.find(one))}


@pytest.fixture
def stand_in():
    running = InThread(StandIn())
    yield running
    running.close()


def test_every_request_is_in_one_batch_and_has_its_own_answer(stand_in, tmp_path: Path) -> None:
    answers = ask(stand_in.url, tmp_path, 30)
    assert len(answers) == 30
    for name, answer in answers.items():
        assert isinstance(answer, Completion) and answer.batched and answer.counted
        assert answer.text.endswith(f"The answer is {name.removeprefix('p-')}.")
    assert sum("batched" in line for line in stand_in.server.lines) == 30
    assert sum("asked" in line for line in stand_in.server.lines) == 0
    assert not list(tmp_path.rglob("batches/*.json"))
    [batch] = stand_in.server.batches.batches.values()
    assert batch["endpoint"] == "/v1/chat/completions"


def test_what_fails_in_a_batch_is_asked_for_by_itself(stand_in, tmp_path: Path) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 50}
    stand_in.server.script = {
        "Problem 0.": [Behaviour(500, {}, {"error": {"message": "broke"}})],
        "Problem 1.": [Behaviour(then="never")],
        "Problem 2.": [Behaviour(400, {}, {"error": {"code": "content_filter", "message": "filtered"}})],
        "Problem 3.": [Behaviour(200, {}, {"choices": [], "usage": usage})],
        "Problem 4.": [Behaviour(401, {}, {"error": {"message": "bad key"}})],
    }
    server = stand_in.server
    server.behaviour = lambda digest, asked, key: StandIn.behaviour(server, digest, asked, key) if digest.startswith("batch") else Behaviour()  # type: ignore[method-assign]  # fmt: skip
    answers = ask(stand_in.url, tmp_path, 6)
    batched = {name: answer.batched for name, answer in answers.items() if isinstance(answer, Completion)}
    assert batched == {"p-0": False, "p-1": False, "p-3": True, "p-4": False, "p-5": True}
    refused = answers["p-2"]
    assert isinstance(refused, Failure)
    assert (refused.reason, refused.cause) == ("refused with HTTP 400 (filtered)", "moderation")
    empty = answers["p-3"]
    assert isinstance(empty, Completion) and (empty.text, empty.new_tokens) == ("", 50)
    assert sum("asked" in line for line in server.lines) == 3


def test_a_stop_leaves_the_batch_to_the_next_run(stand_in, tmp_path: Path) -> None:
    stand_in.server.batches.seconds = 3600
    stop = Stop()
    stop.reason = "SIGINT"
    assert ask(stand_in.url, tmp_path, 5, stop) == {}
    assert len(list(tmp_path.rglob("batches/*.json"))) == 1
    stand_in.server.batches.seconds = 0
    assert len(ask(stand_in.url, tmp_path, 8)) == 8  # three more than before: a batch of their own
    assert len(stand_in.server.batches.batches) == 2
    assert sum("batched" in line for line in stand_in.server.lines) == 8


def test_a_batch_whose_name_was_lost_is_found_by_its_mark(stand_in, tmp_path: Path) -> None:
    stand_in.server.batches.seconds = 3600
    stop = Stop()
    stop.reason = "SIGINT"
    ask(stand_in.url, tmp_path, 5, stop)
    [note] = tmp_path.rglob("batches/*.json")
    note.write_text(json.dumps(json.loads(note.read_text()) | {"batch": None}))
    stand_in.server.batches.seconds = 0
    assert len(ask(stand_in.url, tmp_path, 5)) == 5
    assert len(stand_in.server.batches.batches) == 1


def test_a_server_without_the_interface_and_a_batch_that_is_refused_are_told(stand_in, tmp_path: Path) -> None:
    stand_in.server.batches.missing = True
    with pytest.raises(
        UserError, match=r"the batch interface refuses POST /files \(HTTP 404 no route .*; set calls\.batch"
    ):
        ask(stand_in.url, tmp_path, 5)
    stand_in.server.batches.missing = False
    finish = stand_in.server.batches._finish

    def refuse(batch: dict[str, object]) -> None:
        batch |= {"status": "failed", "errors": {"data": [{"message": "too many tokens enqueued"}]}}

    stand_in.server.batches._finish = refuse
    with pytest.raises(UserError, match=r"batch_0 was refused \(too many tokens enqueued\)"):
        ask(stand_in.url, tmp_path, 5)
    stand_in.server.batches._finish = finish
    assert len(ask(stand_in.url, tmp_path, 5)) == 5


_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.decoding.test_batches import ask
print(len(ask(sys.argv[1], Path(sys.argv[2]), 40)), flush=True)
"""


@pytest.mark.slow
def test_twenty_kills_lose_no_batch_and_send_none_twice(chat_server, tmp_path: Path) -> None:
    server = chat_server("--batch-seconds", "6", "--latency", "0.05")
    command = [sys.executable, "-c", _RUN.format(root=str(ROOT)), server.url, str(tmp_path / "journal")]
    moments = random.Random(7)
    for number in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.2) if number < 15 else moments.uniform(1, 3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "40\n", done.stderr
    sent = [line["batched"] for line in server.log() if "batched" in line]
    assert sorted(map(str, sent)) == sorted(request.prompt[0][1] for request in requests(40))
    assert server.asked() == []
