"""The API engine against a faulty server on loopback: what passes is asked again, what will not pass ends the run."""

import json
import time
from itertools import pairwise

import pytest

from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.openai_engine import Limits, OpenAIEngine, Server, find_server
from cot_distill.errors import UserError
from cot_distill.stopping import Stop

KEY = "sk-secret-0123456789"
QUICK = Limits(concurrency=8, timeout=2, tries=3, patience=2)


def requests(count: int) -> list[Request]:
    sampling = Sampling(temperature=0.7, top_p=1.0, max_new_tokens=50, seed=1)
    return [
        Request(f"p-{number}", (("user", f"Problem {number}\n(The answer is known: {number})"),), sampling)
        for number in range(count)
    ]


def ask(server, count: int = 1, limits: Limits = QUICK, parameters=None) -> dict[str, Completion | Failure]:
    answers: dict[str, Completion | Failure] = {}

    def deliver(request: Request, answer: Completion | Failure) -> None:
        assert request.name not in answers
        answers[request.name] = answer

    engine = OpenAIEngine("gpt-4o", parameters or {}, Server(server.url, KEY), limits)
    engine.complete(requests(count), deliver, Stop())
    return answers


def test_every_request_gets_its_own_answer(chat_server) -> None:
    server = chat_server()
    answers = ask(server, 40)
    assert len(answers) == 40
    for name, answer in answers.items():
        assert isinstance(answer, Completion)
        assert answer.text.endswith(f"\nThe answer is {name.removeprefix('p-')}.")
        assert (answer.finish_reason, answer.counted, answer.model) == ("stop", True, "gpt-4o-served")
        assert answer.prompt_tokens > 10 and answer.new_tokens == len(answer.text.split())
    assert {line["key"] for line in server.log() if "key" in line} == {KEY}


def test_a_server_that_fails_a_third_of_the_time_loses_no_request(chat_server) -> None:
    answers = ask(chat_server("--faults", "third"), 60, Limits(concurrency=16, timeout=1, tries=8))
    assert len(answers) == 60
    assert all(isinstance(answer, Completion) for answer in answers.values())
    assert KEY not in str(answers)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("500", "HTTP 500, in 2 tries ([key] broke)"),
        ("garbage", "the server sent something that is not a chat completion, in 2 tries"),
        ("never", "no answer within 0.5 s, in 2 tries"),
        ('200 {"choices": []}', "the server sent something that is not a chat completion, in 2 tries"),
        ('200 {"choices": [{"message": {"content": 7}}]}', "the server sent something that is not a chat completion"),
        ("200 []", "the server sent something that is not a chat completion, in 2 tries"),
    ],
)
def test_a_request_that_keeps_failing_says_why(chat_server, fault: str, told: str) -> None:
    server = chat_server("--faults", fault)
    answer = ask(server, limits=Limits(concurrency=4, timeout=0.5, tries=2))["p-0"]
    assert isinstance(answer, Failure)
    assert not answer.final
    assert told in answer.reason
    assert len(server.asked()) == 2


@pytest.mark.parametrize("fault", ["hang_up", "half"])
def test_a_broken_connection_is_tried_again(chat_server, fault: str) -> None:
    server = chat_server("--faults", fault)
    answer = ask(server, limits=Limits(concurrency=1, timeout=5, tries=2))["p-0"]
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("connection failed")
    assert len(server.asked()) == 2


def test_retry_after_is_waited_for_and_uses_no_tries_up(chat_server, tmp_path) -> None:
    refused = {"status": 429, "headers": {"retry-after": "0.2"}, "body": {"error": {"message": "slow down"}}}
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"Problem 0": [refused] * 5}))
    server = chat_server("--script", str(script))
    answer = ask(server, limits=Limits(concurrency=1, timeout=5, tries=3))["p-0"]
    assert isinstance(answer, Completion)
    times = [float(str(line["at"])) for line in server.log() if "asked" in line]
    assert len(times) == 6
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(times))


def test_a_server_that_wishes_to_be_left_alone_again_and_again_is_given_up(chat_server) -> None:
    server = chat_server("--faults", "429")
    answer = ask(server, limits=Limits(concurrency=1, timeout=5, tries=3, patience=0))["p-0"]
    assert isinstance(answer, Failure)
    assert answer.reason == "HTTP 429 (slow down, [key]), however long it was waited for"
    assert len(server.asked()) == 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('401 {"error": {"message": "Incorrect API key: sk-secret-0123456789"}}', r"the key is refused .*\[key\]"),
        ('403 {"error": {"message": "no"}}', "refused with HTTP 403"),
        (
            '404 {"error": {"code": "model_not_found", "message": "no such model"}}',
            "model gpt-4o: refused with HTTP 404",
        ),
        ('400 {"error": {"param": "model", "message": "bad model"}}', "refused with HTTP 400 .bad model."),
        ('429 {"error": {"code": "insufficient_quota", "message": "pay"}}', "quota is used up"),
        ("302 {}", "refused with HTTP 302"),
    ],
)
def test_what_will_not_pass_ends_the_run_at_once_with_one_line(chat_server, fault: str, told: str) -> None:
    server = chat_server("--faults", fault)
    start = time.monotonic()
    with pytest.raises(UserError, match=told) as caught:
        ask(server, 50)
    assert time.monotonic() - start < 10
    assert len(server.asked()) <= QUICK.concurrency
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_refused_request_is_not_asked_again_and_the_others_go_on(chat_server) -> None:
    server = chat_server("--faults", '400 {"error": {"message": "too long"}}')
    answers = ask(server, 3)
    assert list(answers.values()) == [Failure("refused with HTTP 400 (too long)", final=True)] * 3
    assert len(server.asked()) == 3


def test_a_server_that_is_not_there(chat_server) -> None:
    server = chat_server()
    server.close()
    answer = ask(server, limits=Limits(concurrency=1, timeout=5, tries=2))["p-0"]
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("connection failed")


def test_a_key_that_a_server_sends_back_is_not_kept(chat_server) -> None:
    server = chat_server("--say", f"Your key is {KEY}. The answer is 5.")
    answer = ask(server)["p-0"]
    assert isinstance(answer, Completion)
    assert answer.text == "Your key is [key]. The answer is 5."


def test_the_server_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    names = ("OPENAI_BASE_URL", "OPENAI_API_KEY")
    with pytest.raises(UserError, match=r"OPENAI_API_KEY is not set; export the key of api\.openai\.com"):
        find_server(None, *names)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    server = find_server("https://example.com/v1", *names)
    assert (server.host, server.key) == ("127.0.0.1:8000", "none")  # a server of one's own needs no key
    monkeypatch.setenv("OPENAI_BASE_URL", "https://user:pass@proxy.example.com/v1")
    assert find_server(None, *names).host == "proxy.example.com"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert KEY not in repr(find_server(None, *names))
    monkeypatch.setenv("OPENAI_BASE_URL", "127.0.0.1:8000")
    with pytest.raises(UserError, match=r"OPENAI_BASE_URL .* is not an http address"):
        find_server(None, *names)


def test_a_server_that_has_closed_is_not_waited_for_by_every_request(chat_server) -> None:
    server = chat_server("--faults", '503 {"error": {"message": "maintenance"}}')
    start = time.monotonic()
    answers = ask(server, 40, Limits(concurrency=8, timeout=5, tries=3, patience=1))
    assert len(answers) == 40
    assert {answer.reason for answer in answers.values()} <= {
        "HTTP 503 (maintenance), however long it was waited for",
        "it was not asked for, however long it was waited for",
    }
    assert time.monotonic() - start < 20
