"""A teacher behind a provider that misbehaves: what is billed, kept, told, and asked for again."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cot_distill.decoding import Completion, Request, Sampling, openai_engine, rate
from cot_distill.decoding.journal import Shelf, held
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.decoding.spending import Price
from cot_distill.errors import UserError
from cot_distill.records import Problem
from cot_distill.supervision import teachers
from cot_distill.supervision.teachers import Wish, Written
from cot_distill.supervision.teachers.forecast import forecast
from cot_distill.supervision.teachers.model import Calls, Generation, ModelTeacher
from tests.chat_server import Behaviour, InThread

ROOT = Path(__file__).resolve().parents[3]
PRICE = Price(10.0, 100.0, 1.0)
QUICK = Limits(concurrency=4, timeout=2, tries=3, patience=1)
BROKEN = Behaviour(500, {}, {"error": {"message": "broke"}})
THOUGHT = {"prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 1100}


@pytest.fixture(autouse=True)
def _environment(provider: InThread, served: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Seconds in life; what is waited for is tried elsewhere.
    monkeypatch.setattr(openai_engine, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(rate, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(rate, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(rate, "_START", 1000.0)
    follow(provider, {})


def follow(provider: InThread, script: dict[str, list[Behaviour]]) -> None:
    """Have the server follow a script from now on, as if it had been asked nothing before."""
    provider.server.script, provider.server.tried, provider.server.lines = script, {}, []


def problems(count: int) -> list[Problem]:
    return [
        Problem(f"p-{number}", "own", "train", f"Sum {number}: how much is {number} + 7?", None, "number", str(number + 7), None, None)
        for number in range(count)
    ]  # fmt: skip


def teacher(
    max_cost: float | None = None,
    attempts: int = 1,
    allow_missing: float = 0,
    limits: Limits = QUICK,
    price: Price | None = PRICE,
    experiment: str | None = None,
    **entry: Any,
) -> ModelTeacher:
    model = describe({"source": "model", "engine": "openai", "model": "gpt"} | entry, "teacher gpt")
    generation = Generation(True, attempts, "drop", Sampling(0.7, 0.95, 200, 1))
    return ModelTeacher("gpt", model, generation, Calls(limits, price, max_cost, allow_missing, experiment=experiment))


def ask(count: int, **options: Any) -> Written:
    return teacher(**options).write(problems(count), [], 3)


def booked() -> float:
    return sum(one.cost for one in held())


def cost(usage: dict[str, Any]) -> float:
    cached = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
    new = max(usage["completion_tokens"], usage.get("total_tokens", 0) - usage["prompt_tokens"])
    return ((usage["prompt_tokens"] - cached) * 10 + cached * 1 + new * 100) / 1e6


def billed(provider: InThread) -> float:
    return sum(cost(line["usage"]) for line in provider.server.lines if line.get("usage"))


def test_thoughts_that_ate_the_cap_are_booked_and_asked_for_once(provider: InThread) -> None:
    thinking = Behaviour(merged={"message": {"content": None}, "finish_reason": "length", "usage": THOUGHT})
    follow(provider, {"Sum 1:": [thinking] * 9})
    written = ask(3)
    assert Counter(one.verdict for one in written.attempts) == {"good": 2, "truncated": 1}
    assert sum("asked" in line for line in provider.server.lines) == 3
    assert booked() == pytest.approx(billed(provider)) and billed(provider) > 0.1
    ask(3)
    assert sum("asked" in line for line in provider.server.lines) == 3


def test_a_reply_that_was_cut_or_filtered_teaches_nothing(provider: InThread) -> None:
    reasons = ["length", "MAX_TOKENS", "model_length", "content_filter", "SAFETY", "error"]
    follow(
        provider,
        {f"Sum {number}:": [Behaviour(merged={"finish_reason": reason})] for number, reason in enumerate(reasons)},
    )
    written = ask(7)
    assert [one.verdict for one in sorted(written.attempts, key=lambda one: one.problem_id)] == [
        *("truncated", "truncated", "truncated", "refused", "refused", "truncated", "good"),
    ]
    assert {one.finish_reason for one in written.attempts} == {*reasons, "stop"}
    assert [one.problem_id for one in written.rationales] == ["p-6"]


def test_moderation_and_length_cost_their_own_problem_and_nothing_stops(provider: InThread) -> None:
    follow(
        provider,
        {
            "Sum 0:": [
                Behaviour(403, {}, {"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["x"]}}})
            ]
            * 9,
            "Sum 1:": [Behaviour(400, {}, {"error": {"code": "content_filter", "message": "filtered"}})] * 9,
            "Sum 2:": [Behaviour(200, {}, {"error": {"code": "content_policy_violation", "message": "no"}})] * 9,
            "Sum 3:": [Behaviour(400, {}, {"error": {"code": "context_length_exceeded", "message": "too long"}})] * 9,
        },
    )
    written = ask(60, attempts=2)
    assert len(written.rationales) == 56
    assert written.account.dropped == {"refused": 3, "too_long": 1}
    assert sum("asked" in line for line in provider.server.lines) == 60


def test_refused_problems_in_a_row_do_not_stop_the_run(provider: InThread) -> None:
    refused = Behaviour(400, {}, {"error": {"code": "content_filter", "message": "filtered"}})
    follow(provider, {f"Sum {number}:": [refused] for number in range(40)})
    written = ask(41, limits=dataclasses.replace(QUICK, concurrency=1))
    assert (len(written.rationales), written.account.dropped) == (1, {"refused": 40})


def test_an_arm_is_not_thinned_unless_it_may_be(provider: InThread) -> None:
    broken = {f"Sum {number}:": [BROKEN] * 99 for number in (3, 5)}
    follow(provider, broken)
    with pytest.raises(UserError, match=r"2 of 40 problems got no answer, such as p-3: HTTP 500, in 3 tries .broke.; .*run the same command again.*allow_missing to 2 "):  # fmt: skip
        ask(40)
    for allowed in (2, 0.05):
        written = ask(40, allow_missing=allowed)
        assert (len(written.rationales), written.account.dropped) == (38, {"no_response": 2})
    for allowed in (1, 0.04):
        with pytest.raises(UserError, match="2 of 40 problems got no answer"):
            ask(40, allow_missing=allowed)
    follow(provider, {})
    assert len(ask(40).rationales) == 40
    assert sum("asked" in line for line in provider.server.lines) == 2


def test_an_attempt_that_failed_is_missing_even_where_an_earlier_one_was_rejected(provider: InThread) -> None:
    wrong = Behaviour(merged={"message": {"content": "We guess.\nThe answer is 99."}})
    follow(provider, {"Sum 0:": [wrong]})
    provider.server.script["Sum 0:"] = [wrong]
    original = provider.server.behaviour

    def behaviour(digest: str, asked: str, key: str) -> Behaviour:
        first = not provider.server.tried
        return original(digest, asked, key) if first else BROKEN

    provider.server.behaviour = behaviour  # type: ignore[method-assign]
    try:
        with pytest.raises(UserError, match="1 of 1 problems got no answer"):
            ask(1, attempts=2)
    finally:
        provider.server.behaviour = original  # type: ignore[method-assign]


def test_max_cost_is_passed_by_no_more_than_what_was_in_flight(provider: InThread) -> None:
    thinking = Behaviour(merged={"message": {"content": None}, "usage": {**THOUGHT, "total_tokens": 20_100}})
    follow(provider, {"Sum": [thinking] * 99})
    each = cost(THOUGHT | {"total_tokens": 20_100})
    with pytest.raises(UserError, match=r"stopped \(the next request could pass calls\.max_cost; .*\$"):
        ask(200, max_cost=0.5)
    assert booked() == pytest.approx(billed(provider))
    assert billed(provider) <= 0.5 + QUICK.concurrency * each  # it bills a hundred times what was asked for at most


def test_max_cost_holds_for_all_commands_of_one_experiment(provider: InThread) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 100}  # $0.011; up to $0.03 is set aside
    follow(provider, {"Sum": [Behaviour(merged={"usage": usage})] * 99})
    one_by_one = dataclasses.replace(QUICK, concurrency=1)
    for count, name in ((4, "one"), (4, "two"), (4, "one")):  # the last is replayed
        ask(count, max_cost=0.1, experiment=name, limits=one_by_one, model=name)
    with pytest.raises(
        UserError, match=r"could pass calls\.max_cost; .*\$0\.0220 after \$0\.0440 that this experiment"
    ):
        ask(40, max_cost=0.09, experiment="one", limits=one_by_one, model="another")
    assert booked() == pytest.approx(10 * 0.011)
    ask(4, max_cost=0.1, experiment="three", limits=one_by_one, model="one")  # paid for by another


def test_the_cap_that_counts_is_that_of_the_entry(provider: InThread) -> None:
    with pytest.raises(UserError, match=r"the next request could pass calls\.max_cost"):
        ask(1, max_cost=0.9, parameters={"max_completion_tokens": 10_000})
    assert not provider.server.lines
    assert len(ask(1, max_cost=1.1, parameters={"max_completion_tokens": 10_000}).rationales) == 1
    with pytest.raises(UserError, match="leaves the length of a reply open"):
        ask(2, max_cost=1.1, parameters={"max_tokens": None})


def test_cached_tokens_cost_what_they_cost(provider: InThread) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 900}}
    follow(provider, {"Sum": [Behaviour(merged={"usage": usage})]})
    ask(1)
    assert booked() == pytest.approx((100 * 10 + 900 * 1 + 10 * 100) / 1e6)


def test_a_server_that_is_too_busy_for_one_problem_is_asked_again_however_often(provider: InThread) -> None:
    busy = Behaviour(529, {}, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    follow(provider, {"Sum 0:": [busy] * 9})  # thrice as often as a failure is tried
    assert len(ask(40).rationales) == 40
    assert sum("asked" in line for line in provider.server.lines) == 49


def test_an_error_within_a_choice_that_was_not_billed_is_asked_for_again(provider: InThread) -> None:
    broken = {"choices": [{"error": {"code": 502, "message": "upstream"}, "message": {"content": ""}}]}
    follow(provider, {"Sum 0:": [Behaviour(200, {}, broken), Behaviour(200, {}, {"code": 50505, "message": "busy"})]})
    assert len(ask(2).rationales) == 2
    assert sum("asked" in line for line in provider.server.lines) == 4


def test_quota_stops_at_once_in_the_servers_words(provider: InThread) -> None:
    quota = Behaviour(429, {}, {"error": {"type": "insufficient_quota", "message": "You exceeded your current quota"}})
    follow(provider, {"Sum": [quota] * 99})
    with pytest.raises(UserError, match=r"the account's quota is used up \(You exceeded your current quota\)"):
        ask(100)
    assert sum("asked" in line for line in provider.server.lines) <= QUICK.concurrency


def test_what_is_in_flight_when_the_quota_ends_is_brought_home(provider: InThread) -> None:
    quota = Behaviour(402, {}, {"error": {"message": "Insufficient credits"}})
    follow(provider, {"Sum 3:": [quota] * 99})
    original = provider.server.behaviour

    def behaviour(digest: str, asked: str, key: str) -> Behaviour:
        found = original(digest, asked, key)
        provider.server.latency = 0.0 if found.status == 402 else 0.5
        return found

    provider.server.behaviour = behaviour  # type: ignore[method-assign]
    try:
        with pytest.raises(UserError, match=r"quota is used up \(Insufficient credits\)"):
            ask(4)
    finally:
        provider.server.behaviour, provider.server.latency = original, 0.0  # type: ignore[method-assign]
    assert sum(one.responses for one in held()) == 3
    assert booked() == pytest.approx(billed(provider))


def test_the_waiting_is_told(provider: InThread, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("cot_distill.decoding.pacing._TOLD_FROM", 0.1)
    ask(5, limits=dataclasses.replace(QUICK, requests_per_minute=300))
    assert "waiting for the rate limit: 300 a minute" in capsys.readouterr().err


def test_tokens_a_minute_are_kept(provider: InThread) -> None:
    ask(20, limits=dataclasses.replace(QUICK, tokens_per_minute=120_000))
    times = [line["at"] for line in provider.server.lines if line.get("usage")]
    tokens = sum(
        line["usage"]["prompt_tokens"] + line["usage"]["completion_tokens"]
        for line in provider.server.lines
        if line.get("usage")
    )
    assert tokens <= 2_000 * (times[-1] - times[0] + 2) + 1_500


def _stream(*events: Any) -> Behaviour:
    return Behaviour(stream=list(events))


def _delta(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


USAGE = {"prompt_tokens": 100, "completion_tokens": 50}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
ANSWER = "We add.\nThe answer is 7."


@pytest.mark.parametrize(
    ("events", "verdict", "thoughts"),
    [
        ([_delta(content="We add.\n"), _delta(content="The answer is 7."), END, {"choices": [], "usage": USAGE}, "data: [DONE]"], "good", ""),
        ([": ping", _delta(role="assistant", content=""), _delta(reasoning_content="h"), _delta(reasoning_content="m"), _delta(content=ANSWER), END, {"usage": USAGE}], "good", "hm"),
        (["event: x", _delta(content=[{"type": "thinking", "thinking": "hm"}]), _delta(content=[{"type": "text", "text": ANSWER}]), END, {"choices": [], "usage": USAGE}], "good", "hm"),
        ([_delta(content=ANSWER), {**END, "usage": USAGE}], "good", ""),
        ([_delta(content=ANSWER + "\x85"), "data:" + json.dumps(END), {"usage": USAGE, "choices": []}, "data:[DONE]"], "good", ""),
        ([_delta(content=ANSWER), {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}], "usage": USAGE}], "truncated", ""),
        ([_delta(content=ANSWER), {"usage": USAGE}, "hang_up"], "truncated", ""),
        ([_delta(content=ANSWER), {"usage": USAGE}, {"error": {"message": "broke"}}], "truncated", ""),
        ([{"usage": USAGE, "error": {"message": "broke", "code": 500}}], "empty", ""),
    ],
)  # fmt: skip
def test_a_stream_is_read_as_a_whole_reply(provider: InThread, events: list[Any], verdict: str, thoughts: str) -> None:
    follow(provider, {"Sum 0:": [_stream(*events)]})
    written = ask(1, stream=True)
    assert [one.verdict for one in written.attempts] == [verdict if verdict != "empty" else "truncated"]
    assert booked() == pytest.approx(cost(USAGE))
    with Shelf(describe({"source": "model", "engine": "openai", "model": "gpt"}, "x").identity()) as shelf:
        kept = [json.loads(line) for path in shelf.folder.glob("*.jsonl") for line in path.read_text().split("\n")[:-1]]
    assert [one.get("thoughts", "") for one in kept] == [thoughts]


@pytest.mark.parametrize(
    "events",
    [
        [_delta(content="We"), "hang_up"],
        [_delta(content="We")],
        [{"error": {"message": "overloaded", "code": 503}}],
        ["data: garbage"],
        [],
        [_delta(content="We"), "…", "…", "…"],
    ],
)  # fmt: skip
def test_a_stream_that_broke_off_unbilled_is_asked_for_again(provider: InThread, events: list[Any]) -> None:
    follow(provider, {"Sum 0:": [_stream(*events)]})
    written = ask(1, stream=True, limits=dataclasses.replace(QUICK, timeout=0.8))
    assert len(written.rationales) == 1
    assert sum("asked" in line for line in provider.server.lines) == 2


def test_a_stream_may_take_longer_than_the_time_out_as_long_as_something_comes(provider: InThread) -> None:
    events = ["…", ": ping", "…", _delta(content=ANSWER), "…", END, {"usage": USAGE, "choices": []}]
    follow(provider, {"Sum 0:": [_stream(*events)]})
    assert len(ask(1, stream=True, limits=dataclasses.replace(QUICK, timeout=0.8)).rationales) == 1
    assert sum("asked" in line for line in provider.server.lines) == 1


def test_a_stream_from_a_server_that_was_not_asked_for_one_and_none_from_one_that_was(provider: InThread) -> None:
    whole = {"choices": [{"message": {"content": ANSWER}, "finish_reason": "stop"}], "usage": USAGE}
    follow(provider, {"Sum 0:": [_stream(_delta(content=ANSWER), END, {"usage": USAGE, "choices": []})]})
    assert len(ask(1).rationales) == 1
    follow(provider, {"Sum 0:": [Behaviour(200, {}, whole)]})
    assert len(ask(1, stream=True, model="another").rationales) == 1


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"parameters": {"n": 4}}, r"parameters\.n is 4; only one completion of each reply is read"),
        ({"parameters": {"extra_body": {"a": 1}}}, r"parameters\.extra_body .*write its fields under parameters directly"),
        ({"parameters": {"stream": True}}, r"parameters\.stream is True; set `stream: true` in the entry"),
        ({"parameters": {"seed": 0}}, r"parameters\.seed is 0; each attempt has a seed of its own"),
        ({"parameters": {"logprobs": True}}, r"parameters\.logprobs is True; it asks for output that is not read"),
        ({"parameters": {"tools": [{}]}}, r"parameters\.tools"),
        ({"parameters": {"max_tokens": 5, "max_completion_tokens": 5}}, "both set"),
        ({"parameters": {"max_completion_tokens": "many"}}, "give a number of tokens"),
        ({"parameters": {"stream_options": {}}}, r"parameters\.stream_options"),
        ({"arguments": {"dtype": "float32"}}, "arguments does nothing for the engine openai"),
        ({"chat_template": {"enable_thinking": False}}, "chat_template does nothing for the engine openai"),
        ({"engine": "transformers", "stream": True}, "stream does nothing for the engine transformers"),
        ({"engine": "vllm", "parameters": {"seed": None}}, "parameters does nothing for the engine vllm"),
    ],
)  # fmt: skip
def test_settings_that_would_do_nothing_are_refused(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        teacher(**entry)


def test_settings_that_ask_for_nothing_more_are_let_pass() -> None:
    teacher(parameters={"n": 1, "seed": None, "logprobs": False, "tools": [], "stream": False, "top_k": 5})


def test_the_dry_run_says_what_a_teacher_that_thinks_may_cost(provider: InThread) -> None:
    thinking = teacher(parameters={"max_completion_tokens": 10_000})
    told = forecast([Wish(thinking, problems(4), (3,))])
    assert "; $4.0" in told and "if every reply has the maximum length" in told  # 4 replies of 10,000 tokens
    assert "unknown until a few are asked: how long the teacher thinks" in told
    thinking.write(problems(1), [], 3)
    told = forecast([Wish(thinking, problems(4), (3,))])
    assert "; $3.0" in told and "unknown" not in told
    assert "how long a reply may get" in forecast([Wish(teacher(parameters={"max_tokens": None}), problems(4), (3,))])
    assert "how long the teacher thinks" not in forecast([Wish(teacher(), problems(4), (3,))])


@pytest.mark.parametrize(
    ("name", "variable", "fields"),
    [
        ("gpt_4o", "OPENAI", {"temperature", "top_p", "max_tokens", "seed"}),
        ("gemini_flash", "GEMINI", {"temperature", "top_p", "max_tokens", "reasoning_effort"}),
        ("gpt_5_mini", "OPENAI", {"max_completion_tokens", "reasoning_effort"}),
        ("deepseek_reasoner", "DEEPSEEK", {"max_tokens", "stream", "stream_options"}),
        ("qwen3_235b_thinking", "DASHSCOPE", {"temperature", "top_p", "max_tokens", "seed", "stream", "stream_options"}),
        ("gpt_oss_120b", "VLLM", {"temperature", "top_p", "max_tokens", "seed", "reasoning_effort", "stream", "stream_options"}),
        ("deepseek_r1_openrouter", "OPENROUTER", {"temperature", "top_p", "max_tokens", "seed", "provider", "stream", "stream_options"}),
    ],
)  # fmt: skip
def test_the_entries_of_the_catalogue_ask_what_their_servers_take(
    provider: InThread, monkeypatch: pytest.MonkeyPatch, name: str, variable: str, fields: set[str]
) -> None:
    monkeypatch.setenv(f"{variable}_BASE_URL", provider.url)
    monkeypatch.setenv(f"{variable}_API_KEY", "sk-secret-0123456789")
    asked: list[dict[str, Any]] = []
    thoughts = {"message": {"reasoning_content": "hm"}, "usage": THOUGHT}
    follow(provider, {"Sum 0:": [Behaviour(merged=thoughts)]})
    monkeypatch.setattr(provider.server, "seen", asked.append)
    entry = teachers.entries(ROOT / "teachers.yaml")[name]
    written = teacher(**entry).write(problems(2), [], 3)
    assert len(written.rationales) == 2
    assert [body.keys() - {"model", "messages"} for body in asked] == [fields, fields]
    assert booked() == pytest.approx(billed(provider))
    [kept] = [one for one in written.attempts if one.problem_id == "p-0"]
    assert (kept.tokens_in, kept.tokens_out) == (100, 1000)


# -- Sequences of behaviours ---------------------------------------------------------------------------------------

_ERRORS = [
    {"error": {"message": "broke"}},
    [{"error": {"message": "broke", "code": 500}}],
    "<html><h1>broke</h1></html>",
    "",
    {"detail": "broke"},
]


def _usages() -> st.SearchStrategy[dict[str, Any]]:
    tokens = st.integers(1, 900)

    def usage(prompt: int, new: int, hidden: int, cached: int, total: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": new}
        if total:
            made["total_tokens"] = prompt + new + hidden
        if cached:
            made["prompt_tokens_details"] = {"cached_tokens": min(cached, prompt)}
        return made

    return st.builds(usage, tokens, tokens, st.sampled_from([0, 0, 700]), st.sampled_from([0, 0, 300]), st.booleans())


_BILLED = st.one_of(
    st.builds(
        lambda usage, message, finish: Behaviour(merged={"usage": usage, "message": message, "finish_reason": finish}),
        _usages(),
        st.sampled_from([{}, {}, {"content": None}, {"content": "x \ud83d"}, {"content": 7}, {"content": None, "refusal": "No."},
                         {"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "5"}]}]),
        st.sampled_from(["stop", "STOP", "length", "MAX_TOKENS", "model_length", "content_filter", None, "error"]),
    ),
    st.builds(lambda usage: Behaviour(200, {}, {"choices": [], "usage": usage}), _usages()),
    st.builds(lambda usage, status: Behaviour(status, {}, {"error": {"message": "broke"}, "usage": usage}), _usages(), st.sampled_from([200, 400, 500, 503])),
)  # fmt: skip
_UNBILLED = st.one_of(
    st.builds(Behaviour, st.sampled_from([429, 503]), st.sampled_from([{}, {"retry-after": "0"}, {"retry-after-ms": "5"}]), st.sampled_from(_ERRORS)),
    st.builds(Behaviour, st.sampled_from([500, 502, 200, 408]), st.just({}), st.sampled_from(_ERRORS)),
    st.sampled_from([Behaviour(then="hang_up"), Behaviour(then="half")]),
    st.sampled_from([
        Behaviour(400, {}, {"error": {"code": "content_filter", "message": "filtered"}}),
        Behaviour(403, {}, {"error": {"message": "flagged", "metadata": {"reasons": ["x"]}}}),
        Behaviour(400, {}, {"error": {"code": "context_length_exceeded", "message": "too long"}}),
        Behaviour(200, {}, {"error": {"code": 429, "message": "slow down"}}),
    ]),
)  # fmt: skip
_COUNT = 5


class Killed(BaseException):
    """What a kill is here: everything ends where it is."""


def _run(runs: Iterator[int | None], max_cost: float | None) -> Written | str:
    """Ask until it is done, killed as often as `runs` says: after so many answers have been journalled."""
    original = Shelf.add
    for killed_after in runs:
        left = [killed_after]

        def add(shelf: Shelf, request: Request, completion: Completion, left: list[int | None] = left, **facts: Any) -> None:  # fmt: skip
            original(shelf, request, completion, **facts)
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed

        Shelf.add = add  # type: ignore[assignment, method-assign]
        try:
            return ask(_COUNT, attempts=2, max_cost=max_cost, limits=dataclasses.replace(QUICK, concurrency=2))
        except Killed:
            continue
        except UserError as error:
            return str(error)
        finally:
            Shelf.add = original  # type: ignore[method-assign]
    raise AssertionError


@pytest.mark.slow
@seed(20)
@settings(max_examples=1000, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
@given(
    scripts=st.lists(st.lists(st.one_of(_BILLED, _UNBILLED, _UNBILLED), max_size=4), min_size=_COUNT, max_size=_COUNT),
    kills=st.lists(st.integers(0, 4), max_size=2),
    max_cost=st.sampled_from([None, None, 0.05, 0.3]),
)
def test_whatever_a_server_does_what_it_bills_is_booked_once(
    provider: InThread, tmp_path_factory: pytest.TempPathFactory, scripts: list[list[Behaviour]], kills: list[int], max_cost: float | None
) -> None:  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COT_DISTILL_CACHE", str(tmp_path_factory.mktemp("cache")))
        follow(provider, {f"Sum {number}:": script for number, script in enumerate(scripts)})
        outcome = _run(iter([*kills, None]), max_cost)
        lost = _lost_in_flight(provider, len(kills))
        assert booked() <= billed(provider) + 1e-9
        if not kills:
            assert booked() == pytest.approx(billed(provider))
        assert lost <= 2 * len(kills)
        bills = Counter(line["answered"] for line in provider.server.lines if line.get("usage"))
        assert sum(bills.values()) - len(bills) <= lost  # nothing that was booked is asked for again
        if max_cost is not None:
            most = max([cost(line["usage"]) for line in provider.server.lines if line.get("usage")], default=0)
            assert billed(provider) <= (max_cost + 2 * most) * (1 + len(kills)) + 1e-9
        if isinstance(outcome, str):
            assert any(word in outcome for word in ("max_cost", "got no answer", "no request got an answer")), outcome
        else:
            account = outcome.account
            assert account.rows_kept + sum(account.dropped.values()) == account.rows_in == _COUNT


def _lost_in_flight(provider: InThread, kills: int) -> int:
    """Billed replies that the journal has not: what was in flight at a kill."""
    answered = sum(1 for line in provider.server.lines if line.get("usage"))
    return answered - sum(one.responses for one in held())
