"""Several servers of one model, of which one dies: on loopback, with a key in each request's words."""

import threading
import time
from collections import Counter

import pytest

from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.errors import UserError
from cot_distill.stopping import Stop

LIMITS = Limits(concurrency=8, timeout=5, tries=3, patience=5)


def ask(urls: list[str], count: int, limits: Limits = LIMITS, **entry) -> dict[str, Completion | Failure]:
    answers: dict[str, Completion | Failure] = {}

    def deliver(request: Request, answer: Completion | Failure) -> None:
        assert request.name not in answers
        answers[request.name] = answer

    model = describe({"engine": "openai", "model": "gpt-4o", "base_url": urls, **entry}, "served")
    sampling = Sampling(temperature=0.7, top_p=1.0, max_new_tokens=50, seed=1)
    requests = [
        Request(f"p-{number}", (("user", f"Problem {number}\n(The answer is known: {number})"),), sampling)
        for number in range(count)
    ]
    model.start(limits).complete(requests, deliver, Stop())
    return answers


@pytest.fixture(autouse=True)
def _no_address(monkeypatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")


@pytest.mark.parametrize("count", [600, pytest.param(2000, marks=pytest.mark.slow)])
def test_requests_are_shared_and_one_that_dies_loses_none(chat_server, count: int) -> None:
    one, other = chat_server("--latency", "0.01"), chat_server("--latency", "0.01")

    def kill() -> None:
        while len(other.asked()) < count // 4:
            time.sleep(0.05)
        other.close()

    killer = threading.Thread(target=kill)
    killer.start()
    answers = ask([one.url, other.url], count)
    killer.join()
    assert len(answers) == count
    for name, answer in answers.items():
        assert isinstance(answer, Completion), answer
        assert answer.text.endswith(f"\nThe answer is {name.removeprefix('p-')}.")
    times = Counter([*one.asked(), *other.asked()])
    answered_there = sum("answered" in line for line in other.log())
    assert min(len(one.asked()), answered_there) > count // 5
    twice = {asked for asked, count in times.items() if count > 1}
    assert twice <= set(other.asked())
    assert sum(times.values()) - count <= LIMITS.concurrency  # those in flight at its death


def test_where_all_are_dead_each_request_says_why(chat_server) -> None:
    one, other = chat_server(), chat_server()
    one.close()
    other.close()
    answers = ask([one.url, other.url], 20)
    assert len(answers) == 20
    assert all(isinstance(answer, Failure) and "connection failed" in answer.reason for answer in answers.values())


def test_a_request_that_no_server_answers_stops_none_of_them(chat_server) -> None:
    servers = [chat_server("--faults", "500", "--only", "Problem 7\n") for _ in range(2)]
    answers = ask([server.url for server in servers], 200)
    lost = answers.pop("p-7")
    assert isinstance(lost, Failure) and "HTTP 500, in 3 tries" in lost.reason
    assert len(answers) == 199 and all(isinstance(answer, Completion) for answer in answers.values())
    assert [sum("Problem 7\n" in asked for asked in server.asked()) for server in servers] == [3, 3]


def test_a_refused_key_ends_the_run(chat_server) -> None:
    refusing = chat_server("--faults", "401")
    with pytest.raises(UserError, match="the key is refused"):
        ask([chat_server().url, refusing.url], 20)


def test_what_cannot_be_is_told(monkeypatch) -> None:
    with pytest.raises(UserError, match="base_url"):
        describe({"engine": "openai", "model": "gpt-4o", "base_url": []}, "served")
    two = describe({"engine": "openai", "model": "gpt-4o", "base_url": ["http://a:1/v1", "http://b:1/v1"]}, "served")
    assert two.host() == "a:1, b:1"
    with pytest.raises(UserError, match=r"calls.batch takes one server, and base_url names 2"):
        two.start(LIMITS, batch=True)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://c:1/v1")
    assert two.host() == "c:1"
