"""What providers' refusals mean, in the shapes that they were seen in."""

import json
import time

import pytest

from cot_distill.decoding.faults import Kind, duration, fault, hint

OPENAI_RATE = (
    "Rate limit reached for gpt-4o in organization org-x on requests per min (RPM): Limit 500, Used 500, Requested 1. "
    "Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more. You can increase "
    "your rate limit by adding a payment method to your account at https://platform.openai.com/account/billing."
)
GEMINI_QUOTA = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."


def gemini(quota: str, delay: str | None) -> list[object]:
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests", "quotaId": quota, "quotaValue": "10"}]},
        {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "https://ai.google.dev/gemini-api/docs/rate-limits"}]},
    ]  # fmt: skip
    if delay:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    return [{"error": {"code": 429, "message": GEMINI_QUOTA, "status": "RESOURCE_EXHAUSTED", "details": details}}]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"error": {"message": OPENAI_RATE, "type": "requests", "code": "rate_limit_exceeded"}}, Kind.LIMITED),
        (429, gemini("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "34s"), Kind.LIMITED),
        (429, gemini("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", None), Kind.LIMITED),
        (429, gemini("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "34s"), Kind.QUOTA),
        (429, {"error": {"message": GEMINI_QUOTA, "type": "insufficient_quota", "code": None}}, Kind.QUOTA),
        (429, {"error": {"message": GEMINI_QUOTA, "type": "x", "code": "insufficient_quota"}}, Kind.QUOTA),
        (429, {"error": {"message": "Rate limit exceeded: free-models-per-day", "code": 429}}, Kind.QUOTA),
        (429, {"error": {"message": "Rate limit reached on tokens per day (TPD): Limit 100000. Please try again in 7m12s."}}, Kind.QUOTA),
        (429, {"error": {"message": "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000."}}, Kind.REFUSED),
        (429, "", Kind.LIMITED),
        (503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>", Kind.BUSY),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Kind.BUSY),
        (200, {"error": {"message": "Rate limited", "code": 429}}, Kind.LIMITED),
        (400, {"error": {"type": "rate_limit_exceeded", "message": "slow"}}, Kind.LIMITED),
        (402, {"error": {"message": "Insufficient credits. Add more using https://openrouter.ai/credits", "code": 402}}, Kind.QUOTA),
        (402, "", Kind.QUOTA),
        (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, Kind.QUOTA),
        (200, {"error": {"message": "Insufficient credits", "code": 402}}, Kind.QUOTA),
        (400, {"error": {"message": "Access denied, please make sure your account is in good standing.", "code": "Arrearage"}}, Kind.QUOTA),
        (403, {"error": {"message": "billing hard limit has been reached", "code": "billing_hard_limit_reached"}}, Kind.QUOTA),
        (400, {"error": {"message": "Your credit balance is too low to access the API."}}, Kind.QUOTA),
        (400, {"error": {"code": "content_filter", "message": "The response was filtered", "status": 400, "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, Kind.REFUSED),
        (403, {"error": {"code": 403, "message": "Your input was flagged", "metadata": {"reasons": ["violence"], "flagged_input": "x"}}}, Kind.REFUSED),
        (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error", "code": "invalid_request_error"}}, Kind.REFUSED),
        (400, {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."}, Kind.REFUSED),
        (400, {"error": {"message": "content filter"}}, Kind.REFUSED),
        (200, {"error": {"code": "content_policy_violation", "message": "no"}}, Kind.REFUSED),
        (500, {"error": {"message": "Your request was rejected as a result of our safety system"}}, Kind.REFUSED),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", "param": "messages", "code": "context_length_exceeded"}}, Kind.REFUSED),
        (400, {"object": "error", "message": "max_tokens is too large: 9000. This model's maximum context length is 4096 tokens", "code": 40303}, Kind.REFUSED),
        (400, {"error": {"message": "The input token count (40000) exceeds the maximum number of tokens allowed (32768)."}}, Kind.REFUSED),
        (413, "<h1>413 Request Entity Too Large</h1>", Kind.REFUSED),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "prompt is too long: 9000 tokens > 8192 maximum"}]}, Kind.REFUSED),
        (200, {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum", "code": 400}}, Kind.REFUSED),
        (400, {"error": {"message": "strange"}}, Kind.INVALID),
        (422, {"detail": "no"}, Kind.INVALID),
        (400, {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "param": "max_tokens", "code": "unsupported_parameter"}}, Kind.FATAL),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted"}]}, Kind.FATAL),
        (400, {"error": {"param": "model", "message": "bad model"}}, Kind.FATAL),
        (400, {"error": {"message": "x is not a valid model ID", "code": "invalid_model"}}, Kind.FATAL),
        (404, {"error": {"code": "model_not_found", "message": "The model `x` does not exist"}}, Kind.FATAL),
        (403, {"error": {"message": "Country, region, or territory not supported", "code": "unsupported_country_region_territory"}}, Kind.FATAL),
        (403, {"error": {"message": "Your account has been flagged for a policy violation"}}, Kind.FATAL),
        (302, "", Kind.FATAL),
        (451, "", Kind.REFUSED),
        (401, {"error": {"message": "Incorrect API key"}}, Kind.KEY),
        (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}], Kind.KEY),
        (407, "", Kind.KEY),
        (500, "", Kind.FAILED),
        (502, "<html><body>Bad gateway</body></html>", Kind.FAILED),
        (504, {"message": "timed out"}, Kind.FAILED),
        (408, "", Kind.FAILED),
        (200, {"error": {"message": "Provider returned error", "code": 502}}, Kind.FAILED),
        (200, {"error": "something broke"}, Kind.FAILED),
        (500, {"error": {"message": "rate limit", "code": 429}}, Kind.LIMITED),
        (503, {"error": {"code": 503, "message": "The model is overloaded. Please try again later.", "status": "UNAVAILABLE"}}, Kind.BUSY),
        (503, {"error": {"message": "overloaded", "retry_after": 3}}, Kind.LIMITED),
        (503, {"error": {"message": "Too many requests"}}, Kind.LIMITED),
        (498, {"error": {"message": "flex tier capacity exceeded", "type": "capacity_exceeded"}}, Kind.BUSY),
        (200, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Kind.BUSY),
        *((status, "<html>gateway</html>", Kind.FAILED) for status in (409, 425, 444, 460, 499, 520, 524, 530, 599)),
        (403, {"error": {"message": "Key limit exceeded (total limit)", "code": 403}}, Kind.QUOTA),
        (400, {"error": {"message": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens", "type": "validation"}}, Kind.REFUSED),
    ],
)  # fmt: skip
def test_what_follows_from_a_refusal(status: int, body: object, kind: Kind) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    assert fault(status, {}, content.encode()).kind is kind


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no"}}, "no"),
        ({"error": "no"}, "no"),
        ({"message": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"detail": [{"msg": "no", "loc": ["body"]}]}, "no"),
        ({"errors": [{"message": "no"}]}, "no"),
        ([{"error": {"message": "no", "code": 400}}], "no"),
        ({"error": {"code": "no"}}, "no"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "no"}}'}}}, "Provider returned error: no"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": "no"}}}, "Provider returned error: no"),
        ("<html><head><style>a {}</style><title>Bad &amp; gone</title></head><body><h1>no</h1></body></html>", "Bad & gone no"),
        ("plain words", "plain words"),
        ("", ""),
        ("[]", ""),
        ("null", ""),
        ({"error": {"message": ["a"]}}, ""),
    ],
)  # fmt: skip
def test_the_servers_own_words(body: object, words: str) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    assert fault(400, {}, content.encode()).words == words


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "3"}, {}, 3.0),
        ({"retry-after": "0.5"}, {}, 0.5),
        ({"retry-after": "-3"}, {}, 0.0),
        ({"retry-after": "1", "retry-after-ms": "120"}, {}, 0.12),
        ({"retry-after": "nan"}, {}, None),
        ({"retry-after": "soon"}, {}, None),
        ({"retry-after": "20s"}, {}, 20.0),
        ({"retry-after": ""}, {"error": {"message": "Please try again in 6m0s."}}, 360.0),
        ({}, {"error": {"message": "Please try again in 120ms. Visit"}}, 0.12),
        ({}, {"error": {"message": "Please try again in 1.5s."}}, 1.5),
        ({}, {"error": {"message": "Please retry after 26 seconds."}}, 26.0),
        ({}, {"error": {"message": "try again in 2 minutes"}}, 120.0),
        ({}, {"error": {"message": "slow down", "retry_after": 4}}, 4.0),
        ({}, {"error": {"message": "slow down", "metadata": {"retry_after_ms": 250}}}, 0.25),
        ({}, gemini("PerMinute", "34.5s"), 34.5),
        ({}, {"error": {"message": "no more than 3 tries"}}, None),
        ({}, {}, None),
    ],
)
def test_how_long_a_server_wishes_to_be_left_alone(
    headers: dict[str, str], body: object, seconds: float | None
) -> None:
    assert fault(429, headers, json.dumps(body).encode()).retry_after == seconds


def test_a_date_and_a_moment_are_told_from_seconds() -> None:
    in_a_while = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    for headers in (
        {"retry-after": in_a_while},
        {"x-ratelimit-reset": str(time.time() + 30)},
        {"x-ratelimit-reset": str(1000 * (time.time() + 30))},
        {"retry-after": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30))},
        {"x-ratelimit-reset-after": "29.5"},
    ):
        wish = fault(429, headers, b"").retry_after
        assert wish is not None and 28 <= wish <= 31, headers


def test_durations_as_providers_write_them() -> None:
    told = ["120ms", "6m0s", "1h2m3s", "34.5s", "2 minutes", "7", "soon"]
    assert [duration(text) for text in told] == [0.12, 360.0, 3723.0, 34.5, 120.0, 7.0, None]


def test_headers_that_tell_the_limit() -> None:
    told = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "120ms",
    }
    found = hint(told, 100)
    assert found is not None and (round(found.rate * 60), found.remaining) == (500, 0)
    daily = {
        "x-ratelimit-limit-requests": "200",
        "x-ratelimit-remaining-requests": "10",
        "x-ratelimit-reset-requests": "82080s",
    }
    found = hint(daily, 100)
    assert found is not None and round(found.rate * 86400) == 200
    tokens = {
        "x-ratelimit-limit-tokens": "60000",
        "x-ratelimit-remaining-tokens": "150",
        **told,
        "x-ratelimit-remaining-requests": "400",
    }
    found = hint(tokens, 100)
    assert found is not None and (found.rate, found.remaining) == (10.0, 1.5)
    assert hint({"x-ratelimit-limit-requests": "many"}, 1) is None
    anthropic = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "10",
        "anthropic-ratelimit-requests-reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 80)),
    }
    found = hint(anthropic, 100)
    assert found is not None and (round(found.rate * 60), found.remaining) == (30, 10)
