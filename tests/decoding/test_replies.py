"""Replies in the shapes that providers give them: text, thoughts, the reason why they ended, and what they cost."""

import json
from typing import Any

import pytest

from cot_distill.decoding import Completion, Request, Sampling
from cot_distill.decoding.faults import has_error
from cot_distill.decoding.replies import decoded, read, was_cut, was_filtered

ASKED = Request("p-1", (("user", "2 + 3?"),), Sampling(0.0, 1.0, 50, 1))
USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}


def reading(message: Any = None, finish: Any = "stop", usage: Any = USAGE, **more: Any) -> Completion | None:
    body = {"choices": [{"message": message or {"content": "5"}, "finish_reason": finish}], "usage": usage, **more}
    return read(decoded(json.dumps(body).encode()), ASKED, 50)


@pytest.mark.parametrize(
    ("message", "text", "thoughts"),
    [
        ({"content": "5"}, "5", ""),
        ({"content": None}, "", ""),
        ({"role": "assistant"}, "", ""),
        ({"content": []}, "", ""),
        ({"content": 7}, "", ""),
        ({"content": {"type": "text", "text": "5"}}, "5", ""),
        ({"content": [{"type": "text", "text": "The answer"}, {"type": "text", "text": " is 5"}]}, "The answer is 5", ""),
        ({"content": ["The answer", " is 5"]}, "The answer is 5", ""),
        ({"content": [{"type": "output_text", "text": "5"}]}, "5", ""),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "5"}]}, "5", "hm"),
        ({"content": [{"type": "thinking", "thinking": "hm", "signature": "xx"}, {"type": "text", "text": "5"}]}, "5", "hm"),
        ({"content": [{"type": "reasoning", "summary": [{"text": "hm"}]}, {"type": "text", "text": "5"}]}, "5", "hm"),
        ({"content": [{"text": "hm", "thought": True}, {"text": "5"}]}, "5", "hm"),
        ({"content": [None, 3, {"type": "image_url", "image_url": {"url": "x"}}]}, "", ""),
        ({"content": "5", "reasoning_content": "hm"}, "5", "hm"),
        ({"content": "5", "reasoning": "hm"}, "5", "hm"),
        ({"content": "5", "reasoning": {"content": "hm"}}, "5", "hm"),
        ({"content": "5", "reasoning": None, "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "5", "hm"),
        ({"content": "5", "reasoning_details": [{"type": "reasoning.encrypted", "data": "xx"}]}, "5", ""),
        ({"content": None, "reasoning_content": "hm"}, "", "hm"),
        ({"content": "a \ud83d b"}, "a � b", ""),
        ({"content": "a \U0001f600 b", "reasoning": "\udc00"}, "a \U0001f600 b", "�"),
    ],
)  # fmt: skip
def test_text_and_thoughts(message: dict[str, Any], text: str, thoughts: str) -> None:
    found = reading(message)
    assert found is not None
    assert (found.text, found.thoughts, found.finish_reason) == (text, thoughts, "stop")
    (found.text + found.thoughts).encode()


@pytest.mark.parametrize(
    ("usage", "prompt", "new", "cached"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 20}, 10, 20, 0),
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 15}}, 10, 20, 0),
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 1030}, 10, 1020, 0),
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 1030, "completion_tokens_details": {"reasoning_tokens": 1000}}, 10, 1020, 0),
        ({"prompt_tokens": 10, "completion_tokens": 20, "completion_tokens_details": {"reasoning_tokens": 1000}}, 10, 1020, 0),
        ({"prompt_tokens": 10, "total_tokens": 1010}, 10, 1000, 0),
        ({"prompt_tokens": 10, "completion_tokens": None, "total_tokens": 1010}, 10, 1000, 0),
        ({"completion_tokens": 20, "total_tokens": 30}, 10, 20, 0),
        ({"prompt_tokens": 10, "completion_tokens": 0, "total_tokens": 10}, 10, 0, 0),
        ({"input_tokens": 10, "output_tokens": 20}, 10, 20, 0),
        ({"promptTokenCount": 10, "candidatesTokenCount": 20, "thoughtsTokenCount": 70, "totalTokenCount": 100}, 10, 90, 0),
        ({"prompt_tokens": 10.0, "completion_tokens": "20"}, 10, 20, 0),
        ({"prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 8}}, 10, 20, 8),
        ({"prompt_tokens": 10, "completion_tokens": 20, "prompt_cache_hit_tokens": 8}, 10, 20, 8),
        ({"prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": None, "completion_tokens_details": None}, 10, 20, 0),
    ],
)  # fmt: skip
def test_what_was_billed(usage: dict[str, Any], prompt: int, new: int, cached: int) -> None:
    found = reading(usage=usage)
    assert found is not None
    assert (found.prompt_tokens, found.new_tokens, found.cached_tokens, found.counted) == (prompt, new, cached, True)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": None},
        {"prompt_tokens": -3},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": True},
        7,
    ],
)
def test_without_a_usage_the_tokens_are_estimated(usage: Any) -> None:
    found = reading({"content": "a" * 40, "reasoning": "b" * 40}, usage=usage)
    assert found is not None
    assert (found.new_tokens, found.counted) == (20, False)


@pytest.mark.parametrize(
    "body",
    [
        {"usage": USAGE},
        {"usage": USAGE, "choices": []},
        {"usage": USAGE, "choices": None},
        {"usage": USAGE, "choices": [None]},
        {"usage": USAGE, "choices": [{"finish_reason": "error"}]},
        {"usage": USAGE, "choices": [{"message": None, "finish_reason": "length"}]},
        {"usage": USAGE, "choices": [{"message": "5", "finish_reason": "length"}]},
        {"usage": USAGE, "error": {"message": "broke"}},
        {"error": {"message": "broke", "usage": USAGE}},
        [{"usage": USAGE, "choices": []}],
    ],
)
def test_whatever_has_a_usage_is_an_answer_that_is_never_good(body: Any) -> None:
    found = read(decoded(json.dumps(body).encode()), ASKED, 50)
    assert found is not None
    assert (found.text, found.prompt_tokens, found.new_tokens) == ("", 10, 20)
    assert was_cut(found.finish_reason) or was_filtered(found.finish_reason)


@pytest.mark.parametrize("body", [{}, [], 7, None, "5", {"error": {"message": "broke"}, "usage": {"prompt_tokens": 0, "completion_tokens": 0}}, {"choices": []}, {"choices": [{}]}, {"choices": [{"message": {"content": 7}}]}])  # fmt: skip
def test_what_is_no_answer_and_was_not_billed(body: Any) -> None:
    assert read(body, ASKED, 50) is None


@pytest.mark.parametrize("body", [
    {"error": {"message": "broke", "code": 502}, "choices": [{"message": {"content": ""}, "finish_reason": None}]},
    {"choices": [{"error": {"message": "broke"}, "message": {"content": None}, "finish_reason": "error"}]},
])  # fmt: skip
def test_an_error_beside_an_empty_choice_is_no_answer(body: Any) -> None:
    assert read(body, ASKED, 50) is None
    assert has_error(body)


@pytest.mark.parametrize("choice", [{"text": "Hi"}, {"delta": {"content": "Hi"}}, {"message": {"content": "Hi"}}])
def test_where_the_text_stands(choice: dict[str, Any]) -> None:
    found = read({"choices": [choice | {"finish_reason": "stop"}], "usage": USAGE, "error": ""}, ASKED, 50)
    assert found is not None and (found.text, found.finish_reason) == ("Hi", "stop")


@pytest.mark.parametrize(
    "finish",
    ["length", "LENGTH", "max_tokens", "MAX_TOKENS", "FINISH_REASON_MAX_TOKENS", "model_length", "max_output_tokens", "token_limit",
     "model_context_window_exceeded", "incomplete", "error", "abort", "cancelled", "insufficient_system_resource", "tool_calls",
     "malformed_function_call", "OTHER", "stop_limit"],
)  # fmt: skip
def test_a_reply_that_is_not_whole(finish: str) -> None:
    assert (was_cut(finish), was_filtered(finish)) == (True, False)


@pytest.mark.parametrize(
    "finish",
    ["content_filter", "Content_Filter", "content-filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "refusal",
     "guardrail_intervened", "content_filtered", "sensitive", "moderation"],
)  # fmt: skip
def test_a_reply_that_was_withheld(finish: str) -> None:
    assert (was_cut(finish), was_filtered(finish)) == (False, True)


@pytest.mark.parametrize("finish", ["stop", "STOP", "FINISH_REASON_STOP", "eos", "eos_token", "end_turn", "stop_sequence", "completed", "unknown"])  # fmt: skip
def test_a_reply_that_is_whole(finish: str) -> None:
    assert (was_cut(finish), was_filtered(finish)) == (False, False)


def test_a_refusal_in_the_models_own_words() -> None:
    found = reading({"content": None, "refusal": "I can't help with that."})
    assert found is not None
    assert (found.text, found.finish_reason) == ("I can't help with that.", "refusal")
    found = reading({"content": "5", "refusal": None})
    assert found is not None and found.finish_reason == "stop"


def test_a_cut_that_the_server_does_not_tell_is_seen_by_the_cap() -> None:
    for finish in (None, ""):
        found = reading(finish=finish, usage=USAGE | {"completion_tokens": 50})
        assert found is not None and found.finish_reason == "length"
        found = reading(finish=finish)
        assert found is not None and found.finish_reason == "unknown"


def test_bodies_with_odd_bytes() -> None:
    usual = json.dumps({"choices": [{"message": {"content": "5"}}]}).encode()
    for content in (b"\xef\xbb\xbf" + usual, b"\n\n  \n" + usual + b"\n", usual.replace(b"5", b"5\xff")):
        found = read(decoded(content), ASKED, 50)
        assert found is not None and found.text.startswith("5")
    with pytest.raises(ValueError, match="Expecting value"):
        decoded(b"<html></html>")
